// Names and states of windows, terminals and alarms in words, the same wherever
// they appear. A machine is called as people call it; its name in the files
// stands beside it, small.
import type { ManagerAlarm, ManagerTerminal, ManagerTicket, ManagerView, ManagerWindow } from "@/api/types";
import { clock, has, name, shortDay, t } from "@/i18n";
import { faultRemedy, faultWords, given } from "@/ui/words";

export type Tone = "plain" | "ok" | "info" | "warn" | "error" | "offline";

/** Kiosk 1, computer of counter 2, station of a department. */
export function terminalName(of: ManagerTerminal): string {
  if (of.role === "counter" && of.window) return t("manager.place.counter", { id: of.window });
  if (of.department) return t("manager.place.outside", { place: name(of.place) || of.department });
  const key = `manager.place.${of.role}`;
  return has(key) ? t(key, { n: of.nth }) : of.id;
}

export const windowName = (id: string): string => t("manager.place.window", { id });

const TERMINALS: Record<string, Tone> = { ok: "ok", warn: "warn", fault: "error", offline: "offline", revoked: "error" };
export const terminalTone = (of: ManagerTerminal): Tone => TERMINALS[of.state] ?? "plain";
export const terminalState = (of: ManagerTerminal): string => t(`manager.device.${of.state}`);

const WINDOWS: Record<string, Tone> = { open: "info", called: "ok", serving: "ok", paused: "warn", closed: "plain" };
const WINDOW_SIGNS: Record<string, string> = { open: "hand", called: "bell", serving: "people", paused: "pause", closed: "close" };
export const windowTone = (of: ManagerWindow): Tone => (of.alert ? "error" : (WINDOWS[of.state] ?? "plain"));
export const windowSign = (of: ManagerWindow): string => (of.alert ? "warn" : (WINDOW_SIGNS[of.state] ?? "info"));
export const windowState = (of: ManagerWindow): string => t(`manager.window.${of.alert || of.state}`);

export { given };

/** A clock time today, with its day when it was another. */
export function moment(at: string | undefined, now: number): string {
  if (!given(at)) return "";
  const day = shortDay(at);
  return day === shortDay(now) ? clock(at) : `${day} ${clock(at)}`;
}

export const sinceMinutes = (at: string | undefined, now: number): number =>
  given(at) ? Math.max(0, Math.floor((now - Date.parse(at)) / 60_000)) : 0;

export interface AlarmWords {
  title: string;
  todo: string;
  to: { name: string; params?: { id: string } };
  since: string;
}

/** What is wrong, what to do, and where to look. */
export function alarmWords(alarm: ManagerAlarm, view: ManagerView, now: number): AlarmWords {
  const { kind, code } = alarm;
  const id = alarm.id ?? "";
  const params: Record<string, unknown> = { ...(alarm.params ?? {}) };
  const terminal = view.terminals?.find((one) => one.id === id);
  if (kind === "window") params["name"] = windowName(id);
  if (kind === "group") params["name"] = name(view.groups?.find((one) => one.id === id)?.name) || id;
  if (kind === "terminal") params["name"] = terminal ? terminalName(terminal) : id;
  if (code === "long_service") params["minutes"] = sinceMinutes(alarm.since, now);
  const fault = alarm.params?.["fault"] ?? "";
  if (code === "device_fault") {
    const device = `device.${alarm.params?.["device"] ?? ""}`;
    params["device"] = has(device) ? t(device) : alarm.params?.["device"];
    params["fault"] = faultWords(fault);
  }
  const routes: Record<string, string> = { window: "window", group: "service", terminal: "terminal", cases: "cases" };
  return {
    title: t(`manager.alarm.${code}`, params),
    todo: code === "device_fault" ? faultRemedy(fault) : t(`manager.alarm.${code}.do`),
    to: kind === "cases" || kind === "hall" ? { name: kind } : { name: routes[kind] ?? "hall", params: { id } },
    since: given(alarm.since) ? t("manager.alarm.since", { time: moment(alarm.since, now) }) : "",
  };
}

const TICKETS: Record<string, Tone> = { SERVING: "ok", CALLED: "info", RECALLED: "info", MISSED: "warn", HELD: "warn" };
export const ticketTone = (of: ManagerTicket): Tone => TICKETS[of.state] ?? "plain";
