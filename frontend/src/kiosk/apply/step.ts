// Which screen of an application stands in front: the program's step, or a
// question that the page asks by itself before it goes on.
import type { KioskApply } from "@/api/types";

/** What the page asks by itself: whether all is right, whether to cancel. */
export type Asked = "" | "confirm" | "cancel";
export type ApplyStep = KioskApply["step"] | "capture" | "cancel";

/** Steps that one cannot go back from: something is on its way, or it is done. */
export const BUSY: readonly ApplyStep[] = ["reading", "sending", "done"];

export function stepOf(apply: KioskApply | undefined, asked: Asked): ApplyStep {
  if (!apply) return "reading";
  if (asked === "cancel" && apply.cancel.allowed && !BUSY.includes(apply.step)) return "cancel";
  if (apply.step === "materials" && apply.capture) return "capture";
  if (asked === "confirm" && apply.step === "materials") return "confirm";
  return apply.step;
}
