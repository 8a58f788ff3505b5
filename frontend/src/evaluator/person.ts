// The screen serves one person after another: what one has chosen, language and
// looks, is gone before the next one comes.
import { watch } from "vue";
import type { EvaluatorView } from "@/api/types";
import { setLocale } from "@/i18n";
import { resetModes } from "@/ui/modes";

/** Whether somebody else stands here now: another number is called, or the asking
    is over. A number that goes is still the person who is asked next. */
export function another(now: EvaluatorView, before: EvaluatorView | null): boolean {
  if (!before) return true;
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

/** Whole seconds that are left, and which part of the time that is. */
export function left(until: string | undefined, now: number, whole: number): { seconds: number; part: number } {
  const ms = Math.max(0, Date.parse(until ?? "") - now || 0);
  return { seconds: Math.ceil(ms / 1000), part: whole > 0 ? Math.min(1, ms / whole) : 0 };
}
