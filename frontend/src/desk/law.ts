// What the law makes of a case before its acceptance: which acts a desk offers in
// each state, and the words of clocks. Whether an act may be done now was decided
// by the program.

import type { CaseView, ClockView } from "@/api/types";
import { name, t } from "@/i18n";

/** Acts that a person does with the case in hand, by the name of their route. */
export type CaseAct = "accept" | "receive" | "help" | "cancel" | "begin" | "pass" | "missing" | "supplied" | "refuse";
/** Acts that ask something first. */
export type Asking = "pass" | "missing" | "refuse";

export const FAULTS = ["missing", "incomplete", "illegible", "expired", "wrong_form", "unsealed", "mismatch"] as const;
export type Fault = (typeof FAULTS)[number];
export const REFUSALS = ["outside_remit", "no_licence_needed", "conditions_not_met", "not_supplemented", "false_materials"] as const;
/** The reason that names another authority. */
export const ELSEWHERE = "outside_remit";
/** How long words may be, and the name of an authority. */
export const WORDS = 400;
export const AUTHORITY = 80;

export const LIGHT_SIGN: Record<ClockView["light"], string> = { green: "clock", yellow: "warn", red: "error", paused: "pause" };
export const ICON: Record<CaseAct, string> = { accept: "ok", receive: "hand", help: "help", cancel: "close", begin: "eye", pass: "ok", missing: "document", supplied: "ok", refuse: "out" };

/** The acts that are offered in a state, in the order of the row; what comes next first. */
export function offered(one: CaseView): CaseAct[] {
  switch (one.state) {
    case "APPLIED":
      return [one.acts.begin.why?.code === "no_pre_review" ? "receive" : "begin", "cancel"];
    case "PRE_REVIEW":
      return ["pass", ...(one.acts.begin.allowed ? (["begin"] as const) : []), "missing", "refuse", "cancel"];
    case "PRE_RETURNED":
      return ["help", "cancel"];
    case "RECEIVED":
    case "PENDING_SHARE":
      return ["accept", "help", "missing", "refuse", "cancel"]; // received already
    case "SUPPLEMENT_DUE":
      return ["supplied", "help", "refuse", "cancel"];
    case "IN_APPROVAL":
      return ["cancel"];
    case "SPECIAL_STOP":
    case "DECIDED":
    case "COMPLETED":
    case "COLLECTED":
      return [];
    default:
      return ["accept", "receive", "help", "cancel"];
  }
}

/** The act that comes next: the first that may be done, of those that go on. */
export function nextOf(one: CaseView): CaseAct {
  const first: CaseAct[] = ["accept", "pass", "supplied", "begin", "help", "receive"];
  const here = offered(one);
  return first.find((act) => here.includes(act) && one.acts[act].allowed) ?? here[0] ?? "accept";
}

/** What is left of a clock. */
export function clockLeft(clock: ClockView): string {
  if (clock.light === "paused") return t("light.paused");
  if (clock.left < 0) return t("clock.over", { n: -clock.left });
  if (clock.left === 0) return t("clock.today");
  return t(clock.kind === "draft" ? "clock.days" : "clock.left", { n: clock.left });
}

/** What a notice of what is missing says about each material, while it is written. */
export interface Line {
  key: string;
  name: string;
  must: boolean;
  on: boolean;
  fault: Fault;
  words: string;
}

/** The list as it is first shown: all materials, what must be listed is; and what was typed before. */
export function linesOf(one: CaseView, kept: Record<string, string> = {}): Line[] {
  const before = kept["case"] === one.id ? kept : {};
  return one.materials.map((m) => {
    const must = (one.must_bring ?? []).includes(m.key);
    const fault = FAULTS.find((f) => f === before[`fault ${m.key}`]);
    return { key: m.key, name: name(m.name), must, on: must || !!fault, fault: fault ?? (must ? "missing" : "incomplete"), words: before[`words ${m.key}`] ?? "" };
  });
}

/** What is kept of it while it is not sent. */
export function keptOf(id: string, lines: readonly Line[]): Record<string, string> {
  const fields: Record<string, string> = { case: id };
  for (const line of lines) {
    if (line.on) fields[`fault ${line.key}`] = line.fault;
    if (line.words) fields[`words ${line.key}`] = line.words;
  }
  return fields;
}
