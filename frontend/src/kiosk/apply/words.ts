// An application in the words of the person who applies.
import type { KioskApply, KioskApplyMaterial } from "@/api/types";
import { has, name, t, type Text } from "@/i18n";

/** How a material looks: the last word of its label, or what only the page tells apart. */
export type Look = "DONE" | "WAIT" | "MISSING" | "TIMEOUT" | "PREPARE" | "BRING";

const ICONS: Record<Look, string> = { DONE: "ok", WAIT: "clock", MISSING: "error", TIMEOUT: "warn", PREPARE: "document", BRING: "hand" };

export function lookOf(one: KioskApplyMaterial): Look {
  if (one.bring && one.state !== "DONE") return "BRING";
  if (one.asking || one.coming) return "WAIT";
  const last = one.label.slice(one.label.lastIndexOf(".") + 1);
  return last in ICONS ? (last as Look) : "PREPARE";
}

export const iconOf = (one: KioskApplyMaterial): string => ICONS[lookOf(one)];

/** Its state in the citizen's words. */
export function stateWords(one: KioskApplyMaterial): string {
  if (lookOf(one) === "BRING") return t("kiosk.apply.state.bring");
  if (one.asking) return t("kiosk.apply.state.asking");
  if ((one.state === "DONE" || one.coming) && one.pages) return t("kiosk.apply.state.pages", { n: one.pages });
  return t(one.label);
}

/** Nothing is left to do about it here. */
export const settled = (one: KioskApplyMaterial): boolean => {
  const look = lookOf(one);
  return look === "DONE" || look === "WAIT" || look === "BRING";
};

/** What must still be settled before one can apply. */
export const openOf = (all: readonly KioskApplyMaterial[]): KioskApplyMaterial[] =>
  all.filter((one) => !settled(one) && (one.required || lookOf(one) !== "PREPARE"));

/** The ways to bring a material, what costs the person least first. */
const ORDER = ["E_SHARE", "PAPER_SHARE", "UPLOAD", "ORIGINAL"];
export const waysOf = (one: KioskApplyMaterial): KioskApplyMaterial["ways"] => [...one.ways].sort((a, b) => ORDER.indexOf(a.method) - ORDER.indexOf(b.method));

/** A way to hand a material in, as a button says it. */
export function wayWords(one: KioskApplyMaterial, method: string): string {
  const from = name(one.department) || t("kiosk.apply.department");
  return t(`kiosk.apply.way.${method}`, { department: from });
}

/** How many originals and copies are asked for; "" when neither. */
export function countWords(one: KioskApplyMaterial): string {
  const out: string[] = [];
  if (one.originals) out.push(t("desk.material.originals", { n: one.originals }));
  if (one.copies) out.push(t("desk.material.copies", { n: one.copies }));
  return out.join(t("sep.list"));
}

/** What came of the last act; a department's answer is told by the same sentence
    as at the counter (M1, M2, M3). */
export function said(message: Text | undefined): string {
  if (!message) return "";
  for (const family of ["message", "notice", "reason", "error", "why_not"]) {
    if (has(`${family}.${message.code}`)) return t(`${family}.${message.code}`, message.params ?? {});
  }
  return t("error.general", { code: message.code });
}

/** What happens next with what was handed in. */
const NEXT: Record<string, string> = {
  APPLIED: "applied",
  PRE_REVIEW: "pre_review",
  PENDING_SHARE: "fetching_online",
  RECEIVED: "received",
  SUPPLEMENT_DUE: "supplement",
  ACCEPTED: "deciding_undated",
  WITHDRAWN: "withdrawn",
};
export const nextWords = (apply: KioskApply): string => t(`progress.next.${NEXT[apply.state ?? ""] ?? "applied"}`);
