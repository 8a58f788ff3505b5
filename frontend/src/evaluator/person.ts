// The screen serves one person after another: what one has chosen, language and
// looks, is gone before the next one comes.
import { watch } from "vue";
import type { EvaluatorView } from "@/api/types";
import { setLocale } from "@/i18n";
import { resetModes } from "@/ui/modes";

/** Whether somebody else stands here now: another number is called, the asking is
    over, or the terminal's program names another language, which it does when the
    person has gone. A number that goes is still the person who is asked next. */
export function another(now: EvaluatorView, before: EvaluatorView | null): boolean {
  if (!before || now.desk.locale !== before.desk.locale) return true;
  if (now.desk.number && now.desk.number !== before.desk.number) return true;
  return now.state === "welcome" && (before.state === "ask" || before.state === "thanks");
}

/** Puts language and looks back whenever the person changes; home is the
    terminal's own language, where the counter names none. */
export function usePerson(view: () => EvaluatorView | null, home: string): void {
  watch(
    view,
    (now, before) => {
      if (!now || !another(now, before ?? null)) return;
      resetModes();
      void setLocale(now.desk.locale || home); // also over one that is still being fetched
    },
    { immediate: true },
  );
}

/** From how many seconds before the end on it is told that the asking ends: nobody
    is hurried who has time. */
export const SOON = 30;

/** Whole seconds that are left, which part of the time, or of its last half minute,
    that is, and whether it is told. */
export function left(until: string | undefined, now: number, whole: number): { seconds: number; part: number; soon: boolean } {
  const ms = Math.max(0, Date.parse(until ?? "") - now || 0);
  const seconds = Math.ceil(ms / 1000);
  return { seconds, part: whole > 0 ? Math.min(1, ms / Math.min(whole, SOON * 1000)) : 0, soon: seconds <= SOON };
}
