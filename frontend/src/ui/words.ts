// Words for values that several pages show the same way.
import { coded, has, t, type Text } from "@/i18n";
import type { Act, DeviceView, Wait } from "@/api/types";

/** A reason in words. A reason is one sentence wherever it appears: beside a
    button, in the work list, as the answer to a request; a device's fault is a
    reason too. */
export function reasonWords(why: Text | undefined, families = ["why_not", "reason", "fault", "error"]): string {
  if (!why || !why.code) return "";
  for (const family of families) {
    if (has(`${family}.${why.code}`)) return coded(family, why);
  }
  return t("reason.general", { code: why.code });
}

/** The reason why something may not be done now, in words; "" when it may. */
export function whyNot(act: Act | undefined): string {
  if (!act || act.allowed) return "";
  if (!act.why) return t("why_not.general");
  return reasonWords(act.why);
}

/** The same where numbers are issued: there a device is the likely cause, and
    what to do about it is said too. */
export function whyNoNumber(act: Act | undefined): string {
  if (!act || act.allowed || !act.why) return whyNot(act);
  const text = reasonWords(act.why, ["fault", "why_not", "reason", "error"]);
  return has(`fault.${act.why.code}`) ? `${text}${t("sep.sentence")}${faultRemedy(act.why.code)}` : text;
}

/** An expected wait in words. */
export function waitWords(wait: Wait): string {
  if (!wait.known) return t("wait.unknown");
  if (wait.high <= 1) return t("wait.soon");
  if (wait.low === 0) return t("wait.within", { n: wait.high });
  if (wait.low === wait.high) return t("wait.about", { n: wait.high });
  return t("wait.range", { low: wait.low, high: wait.high });
}

/** A fault in words; an unknown code is told with itself, for the engineer. */
export function faultWords(code: string): string {
  return has(`fault.${code}`) ? t(`fault.${code}`) : t("fault.general", { code });
}

/** What to do about a fault. */
export function faultRemedy(code: string): string {
  return has(`remedy.${code}`) ? t(`remedy.${code}`) : t("remedy.general");
}

/** A card lies on the reader that was taken already: it may be of somebody before. */
export const cardLies = (devices: DeviceView[]): boolean => devices.some((device) => device.kind === "idcard" && device.lies === true);

/** Everything that is wrong with a page's devices, fault by fault. */
export function troublesOf(devices: DeviceView[]): { kind: string; code: string; severity: string }[] {
  return devices.flatMap((device) =>
    device.faults.length
      ? device.faults.map((fault) => ({ kind: device.kind, code: fault.code, severity: fault.severity }))
      : device.state === "absent" || device.state === "failed"
        ? [{ kind: device.kind, code: device.state as string, severity: "error" }]
        : [],
  );
}

/** Faults of the line by the short codes that a kiosk shows beside its calm words,
    for the person who is called; README «TLS between terminals and centre» lists them. */
const LINE_CODES = [
  "line_auth", "line_revoked", "line_cert_missing", "line_cert_unknown", "line_cert_expired", "line_cert_other",
  "line_centre_unknown", "line_centre_expired", "line_centre_host", "line_centre_plain", "line_centre_tls",
];

/** The short code of a fault of the line; an unknown one is told by itself. */
export function lineCode(fault: string): string {
  const n = LINE_CODES.indexOf(fault);
  return n < 0 ? fault : `L${n + 1}`;
}

/** A call's reason in words; an unknown code says nothing wrong. */
export function whyWords(why: { code: string; params?: Record<string, string> } | undefined): string {
  if (!why || !why.code) return "";
  return has(`why.${why.code}`) ? coded("why", why) : t("why.general");
}

/** Whether a time was given; the program writes none as the year 1. */
export function given(at: string | undefined): at is string {
  return !!at && !at.startsWith("0001");
}
