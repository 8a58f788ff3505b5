// Words of the desk: what the program's codes say about a case and its
// materials. Which of them applies was decided by the program.

import type { Act, CaseMaterial, CaseRow, DeskPrint, MaterialAttempt } from "@/api/types";
import { clock, coded, has, name, shortDay, t, type Text } from "@/i18n";
import { faultRemedy, faultWords, given, reasonWords, whyNot } from "@/ui/words";

export { given };

/** A moment, short: today its time, else its day too. */
export function moment(at: string | undefined, now: number): string {
  if (!given(at)) return "";
  const day = shortDay(at);
  return day === shortDay(now) ? clock(at) : `${day} ${clock(at)}`;
}

/** A size for people. */
export function size(bytes: number): string {
  if (bytes < 1024 * 1024) return t("desk.size.kb", { n: Math.max(1, Math.round(bytes / 1024)) });
  return t("desk.size.mb", { n: (bytes / (1024 * 1024)).toFixed(1) });
}

/** Why a department gave nothing, in words. */
export function refusalWords(reason: string): string {
  for (const family of ["refusal", "reason"]) if (has(`${family}.${reason}`)) return t(`${family}.${reason}`);
  return t("material.said.not_shareable");
}

/** The reasons of an anomaly, each in words. */
export function anomalyWords(all: Text[] | null, materials: CaseMaterial[], naming: (m: CaseMaterial) => string, named?: CaseRow["named"]): string[] {
  return (all ?? []).map((one) => {
    const key = String(one.params?.["material"] ?? "");
    const of = materials.find((m) => m.key === key);
    const said = of ? naming(of) : name(named?.[key]);
    return coded("anomaly", said ? { code: one.code, params: { ...one.params, material: said } } : one);
  });
}

export interface Said {
  code: string;
  tone: "info" | "ok" | "warn" | "bad";
  text: string;
}

/** What is to be said about a material beside its state, most urgent first. */
export function said(m: CaseMaterial): Said[] {
  const all: Said[] = [];
  const say = (when: boolean, code: string, tone: Said["tone"], text = "") => {
    if (when) all.push({ code, tone, text: text || t(`material.said.${code}`) });
  };
  say(m.waits_line, "waits_line", "warn");
  say(m.asking && !m.waits_line, "asking", "info");
  say(m.failed && !m.asking, "failed", "warn");
  say(m.state === "MISSING", "missing", "bad", refusalWords(m.reason || "NOT_SHAREABLE"));
  say(m.state === "TIMEOUT", "timeout", "bad");
  say(m.state === "E_WAIT", "e_sent", "info");
  say(m.state === "P_WAIT_OUT", "paper_sent", "info");
  say(!!m.custody && m.state === "P_WAIT_IN", "custody", "info", t(`custody.${m.custody}`));
  say(m.state === "DONE" && !!m.done_by, "done", "ok", t(`material.done.${m.done_by}`));
  say(!!m.file?.coming, "coming", "warn");
  say(m.late, "late", "warn");
  return all;
}

/** An earlier attempt in one line. */
export function attemptWords(one: MaterialAttempt): string {
  const words = [t(`method.${one.method}`), t(`attempt.${one.state}`)];
  if (one.reason) words.push(refusalWords(one.reason));
  return words.join(t("desk.sep"));
}

/** Reasons of acts that may not be done, each once, with the acts' names. */
export function whyNots(acts: { label: string; act: Act }[]): string[] {
  const by = new Map<string, string[]>();
  for (const { label, act } of acts) {
    const why = whyNot(act);
    if (why) by.set(why, [...(by.get(why) ?? []), label]);
  }
  return [...by].map(([why, labels]) => (labels.length === acts.length ? why : t("desk.why", { what: labels.join(t("desk.list")), why })));
}

/** A paper of a case by one name: each special procedure has its own notice. */
export function paperId(one: { paper: string; serial?: number }): string {
  return one.serial ? `${one.paper}.${one.serial}` : one.paper;
}
/** What is asked for when a paper of that name is printed. */
export function paperOf(id: string): { paper: string; serial?: number } {
  const [paper = "", serial] = id.split(".");
  return serial ? { paper, serial: Number(serial) } : { paper };
}

/** What came of a print, and what to do. */
export function printWords(one: DeskPrint): string {
  const outcome = t(`desk.print.${one.outcome}`);
  const why = one.why;
  if (!why?.code) return outcome;
  const [what, todo] = has(`notice.${why.code}`)
    ? [coded("notice", why), t(`notice.${why.code}.do`, why.params ?? {})]
    : has(`fault.${why.code}`)
      ? [faultWords(why.code), faultRemedy(why.code)]
      : [reasonWords(why), faultRemedy(why.code)];
  return [outcome, what, todo].join(t("sep.sentence"));
}
