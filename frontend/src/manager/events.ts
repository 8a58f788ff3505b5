// What happened, in words. Devices, faults and states come as codes and get
// their own words first.
import type { ManagerView } from "@/api/types";
import { has, name, t, type Text } from "@/i18n";
import { faultWords } from "@/ui/words";
import { terminalName } from "./words";

type Known = Pick<ManagerView, "terminals" | "cases">;

export function eventWords(text: Text, view?: Known): string {
  const params: Record<string, string> = { ...(text.params ?? {}) };
  const terminal = view?.terminals?.find((one) => one.id === params["terminal"]);
  if (terminal) params["terminal"] = terminalName(terminal);
  const department = view?.cases.departments?.find((one) => one.id === params["department"]);
  if (department) params["department"] = name(department.name) || department.id;
  if (params["device"]) params["deviceName"] = named(`device.${params["device"]}`, params["device"]);
  if (params["fault"]) params["faultName"] = faultWords(params["fault"]);
  if (params["state"]) params["stateName"] = named(`device.state.${params["state"]}`, params["state"]);
  const key = `event.${text.code}`;
  return has(key) ? t(key, params) : t("event.general", { code: text.code });
}

function named(key: string, otherwise: string): string {
  return has(key) ? t(key) : otherwise;
}
