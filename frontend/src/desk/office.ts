// What becomes of a case after its acceptance: which acts a desk offers and what
// each of them asks first. Whether an act may be done now was decided by the
// program.

import type { Act, Applicant, CaseView, OfficeView } from "@/api/types";
import { name, t } from "@/i18n";

export type OfficeAct = keyof OfficeView["acts"];

/** All acts in the order of the row: what goes on first. */
export const OFFICE_ACTS: OfficeAct[] = [
  "instant",
  "pass",
  "decide",
  "special_end",
  "complete",
  "collect",
  "decide_void",
  "transfer",
  "return",
  "send_back",
  "hand_over",
  "jump",
  "recall",
  "special",
  "extend",
  "hang",
  "unhang",
  "void",
];
export const OFFICE_ICON: Partial<Record<OfficeAct, string>> = {
  instant: "ok",
  pass: "ok",
  decide: "scale",
  special_end: "ok",
  complete: "ok",
  collect: "hand",
  decide_void: "scale",
  transfer: "out",
  special: "pause",
  extend: "clock",
  void: "close",
};
/** Acts that ask nothing first. */
export const AT_ONCE: OfficeAct[] = ["recall", "unhang"];
/** The act that goes on in a state: it is shown with its reason when it may not be. */
const GOES_ON: Record<string, OfficeAct> = { ACCEPTED: "pass", IN_APPROVAL: "pass", SPECIAL_STOP: "special_end", DECIDED: "complete", COMPLETED: "collect" };

/** The acts that are offered: those that may be done, and what goes on. */
export function officeOffered(one: CaseView): OfficeAct[] {
  const office = one.office;
  if (!office) return [];
  const on = OFFICE_ACTS.filter((act) => office.acts[act].allowed);
  const next = GOES_ON[one.state];
  if (!next || on.includes(next) || (next === "pass" && on.includes("decide"))) return on;
  return OFFICE_ACTS.filter((act) => act === next || on.includes(act));
}

/** The act that stands out: the first that goes on. */
export function officeNext(one: CaseView): OfficeAct | undefined {
  const first: OfficeAct[] = ["instant", "pass", "decide", "special_end", "complete", "collect", "decide_void"];
  return first.find((act) => one.office?.acts[act].allowed);
}

/** How an act is called: the first step of the approval has a name of its own. */
export function officeLabel(one: CaseView, act: OfficeAct): string {
  return t(act === "pass" && one.office?.step === 1 ? "office.act.handle" : `office.act.${act}`);
}

export interface Choice {
  value: string;
  label: string;
}
/** One thing that is asked. */
export interface Field {
  key: string;
  kind: "choice" | "select" | "text" | "words" | "number" | "day";
  label: string;
  options?: Choice[];
  need?: boolean;
  most?: number;
}
export type Values = Record<string, string>;

const WORDS = 400;
const REASONS = {
  hang: ["waits_applicant", "waits_department", "waits_case"],
  special: ["law_requires", "facts_unclear", "interests_of_others", "applicant_asked"],
  extend: ["complex", "many_people", "waits_proof"],
  decide: ["conditions_not_met", "false_materials", "quota_used", "against_law"],
  void: ["wrong_item", "duplicate", "false_materials", "decided_wrongly"],
} as const;
const DOCS = ["111", "L01", "516", "511", "554", "553", "414", "L02", "L03"] as const;
const of = (family: string, values: readonly string[]): Choice[] => values.map((value) => ({ value, label: t(`${family}.${value}`) }));
const words = (need: boolean, label = "office.field.words"): Field => ({ key: "words", kind: "words", label: t(label), need, most: WORDS });
const reason = (family: string, values: readonly string[]): Field => ({ key: "reason", kind: "choice", label: t("desk.reason"), options: of(family, values), need: true });
const people = (one: OfficeView, step: number): Choice[] => (one.colleagues ?? []).filter((c) => (c.steps ?? []).includes(step)).map((c) => ({ value: c.id, label: c.name }));

function certificate(): Field[] {
  return [
    { key: "cert_name", kind: "text", label: t("office.field.cert_name"), need: true, most: 100 },
    { key: "cert_no", kind: "text", label: t("office.field.cert_no"), need: true, most: 60 },
    { key: "cert_issuer", kind: "text", label: t("office.field.cert_issuer"), need: true, most: 80 },
    { key: "cert_until", kind: "day", label: t("office.field.cert_until") },
  ];
}
function decision(v: Values): Field[] {
  const refuses = v["result"] === "refuse";
  return [
    { key: "result", kind: "choice", label: t("office.field.result"), options: of("office.decision", ["grant", "refuse"]), need: true },
    ...(refuses ? [reason("office.deny", REASONS.decide)] : []),
    ...(refuses ? [words(true, "office.field.reasons")] : []),
  ];
}
const completion = (one: OfficeView, decided: string, v: Values): Field[] => [
  { key: "completion", kind: "choice", label: t("office.field.completion"), options: of("office.result", one.results?.[decided] ?? []), need: true },
  ...(v["completion"] === "0" ? certificate() : []),
];

/** What an act asks, given what was answered so far. */
export function fieldsOf(one: CaseView, act: OfficeAct, v: Values, applicant?: Applicant): Field[] {
  const office = one.office;
  if (!office) return [];
  switch (act) {
    case "pass":
      return [words(true), { key: "to", kind: "select", label: t("office.field.to"), options: [{ value: "", label: t("office.anybody") }, ...people(office, (office.step ?? 0) + 1)] }];
    case "return":
    case "send_back":
      return [words(true)];
    case "hand_over":
      return [{ key: "to", kind: "select", label: t("office.field.to_whom"), options: people(office, office.step ?? 0), need: true }, words(false)];
    case "jump":
      return [{ key: "step", kind: "choice", label: t("office.field.step"), options: of("office.step", ["1", "2", "3"].filter((step) => step !== String(office.step))), need: true }, words(true)];
    case "hang":
      return [reason("office.hang", REASONS.hang)];
    case "special":
      return [
        { key: "name", kind: "select", label: t("office.field.special"), options: (office.procedures ?? []).map((p) => ({ value: p.code, label: procedure(p) })), need: true },
        reason("office.why", REASONS.special),
        { key: "n", kind: "number", label: t("office.field.n"), need: true, most: 3 },
        { key: "unit", kind: "select", label: t("office.field.unit"), options: of("office.unit", ["working_day", "day"]), need: true },
        words(false, "office.field.content"),
      ];
    case "special_end":
      return [{ key: "result", kind: "choice", label: t("office.field.result"), options: of("office.ended", office.endings ?? []), need: true }, words(false)];
    case "extend":
      return [{ key: "days", kind: "number", label: t("office.field.days"), need: true, most: 2 }, reason("office.why", REASONS.extend), words(false)];
    case "decide":
      return decision(v);
    case "complete":
      return completion(office, office.decision?.result ?? "", v);
    case "instant":
      return [...decision(v), ...(v["result"] ? completion(office, v["result"], v) : [])];
    case "transfer":
      return [{ key: "authority", kind: "text", label: t("office.field.authority"), need: true, most: 80 }, words(false)];
    case "collect":
      return [
        { key: "way", kind: "choice", label: t("office.field.way"), options: of("office.way", ["counter", "mail", "e_licence"]), need: true },
        ...(v["way"] === "counter" && applicant?.source !== "card" ? collector() : []),
      ];
    case "void":
      return [reason("office.void", REASONS.void), words(false)];
    case "decide_void":
      return [{ key: "approved", kind: "choice", label: t("office.field.answer"), options: of("office.approved", ["yes", "no"]), need: true }, words(false)];
    default:
      return [];
  }
}
function collector(): Field[] {
  return [
    { key: "who", kind: "text", label: t("desk.applicant.name"), need: true, most: 100 },
    { key: "doc_kind", kind: "select", label: t("desk.applicant.kind"), options: of("desk.doc", DOCS), need: true },
    { key: "doc_no", kind: "text", label: t("desk.applicant.number"), need: true, most: 40 },
  ];
}

/** A special procedure in words: the item's own has its own name. */
export function procedure(one: { code?: string; name?: Record<string, string> | null }): string {
  return one.name && Object.keys(one.name).length ? name(one.name) : t(`office.special.${one.code ?? ""}`);
}

/** Everything that must be answered is. */
export function whole(fields: readonly Field[], v: Values): boolean {
  return fields.every((one) => !one.need || (one.kind === "number" ? Number(v[one.key]) >= 1 : !!v[one.key]?.trim()));
}

/** What is sent, and where. Only what is asked is sent. */
export function messageOf(one: CaseView, act: OfficeAct, fields: readonly Field[], v: Values): { path: string; body: Record<string, unknown> } {
  const asked = new Set(fields.map((field) => field.key));
  const get = (key: string) => (asked.has(key) ? (v[key] ?? "").trim() : "");
  const some = (...keys: string[]) => Object.fromEntries(keys.filter(get).map((key) => [key, get(key)]));
  const cert = get("cert_no") ? { certificate: { name: get("cert_name"), no: get("cert_no"), issuer: get("cert_issuer"), ...(get("cert_until") ? { until: get("cert_until") } : {}) } } : {};
  switch (act) {
    case "pass":
    case "return":
    case "send_back":
    case "hand_over":
    case "recall":
      return { path: "/case/step", body: { status: act, ...some("to", "words") } };
    case "jump":
      return { path: "/case/step", body: { status: act, step: Number(get("step")), ...some("words") } };
    case "hang":
    case "unhang":
      return { path: "/case/hang", body: some("reason") };
    case "special":
      return { path: "/case/special", body: { ...some("name", "reason", "unit", "words"), n: Number(get("n")) } };
    case "special_end":
      return { path: "/case/special-end", body: { serial: (one.office?.specials ?? []).find((s) => !s.result && s.kind !== "1")?.serial ?? 1, ...some("result", "words") } };
    case "extend":
      return { path: "/case/extend", body: { days: Number(get("days")), ...some("reason", "words") } };
    case "complete":
      return { path: "/case/complete", body: { result: get("completion"), ...cert } };
    case "instant":
      return { path: "/case/instant", body: { ...some("result", "reason", "words", "completion"), ...cert } };
    case "collect":
      return { path: "/case/collect", body: { ...some("way", "doc_kind", "doc_no"), ...(get("who") ? { name: get("who") } : {}) } };
    case "decide_void":
      return { path: "/case/decide-void", body: { approved: get("approved") === "yes", ...some("words") } };
    default:
      return { path: `/case/${act}`, body: some("result", "reason", "words", "authority") };
  }
}

/** Why an act may not be done. */
export function officeAct(one: CaseView | undefined, act: OfficeAct | ""): Act | undefined {
  return act ? one?.office?.acts[act] : undefined;
}
