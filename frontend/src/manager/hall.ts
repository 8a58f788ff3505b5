// What all of the manager's pages share: the view as it is pushed, the hall's
// clock, and questions about one place that are asked anew when the view moves.
import { inject, onScopeDispose, provide, ref, shallowRef, watch, type InjectionKey, type Ref, type ShallowRef } from "vue";
import { Problem, type Client } from "@/api/http";
import type { ManagerView, SessionAct } from "@/api/types";
import type { Live } from "@/api/view";

export interface Manager {
  client: Client;
  live: Live<ManagerView>;
  /** The view; pages stand only where there is one. */
  view: ShallowRef<ManagerView | null>;
  /** What the centre allows whoever is signed in, and why not. */
  acts: ShallowRef<SessionAct[]>;
}
const KEY: InjectionKey<Manager> = Symbol("manager");

export function provideManager(manager: Manager): void {
  provide(KEY, manager);
}
export function useManager(): Manager {
  const manager = inject(KEY);
  if (!manager) throw new Error("a page of the manager outside its frame");
  return manager;
}

/** Whether the centre allows an act; one that it has not spoken of is not offered. */
export function allows(acts: SessionAct[], act: SessionAct["act"]): boolean {
  return acts.some((one) => one.act === act && !one.why);
}

/** Where one went from the hall: going back puts the focus there again. */
export const lastPlace = ref("");

export interface Drill<T> {
  data: ShallowRef<T | null>;
  problem: ShallowRef<Problem | null>;
  again(): void;
}

const LEAST = 1_000; // between two questions, however much happens

/** Asks for a path, and again whenever the view changed or the path did. What is
    shown stays while a later answer is on its way, or fails. */
export function useDrill<T>(path: Ref<string>): Drill<T> {
  const { client, view } = useManager();
  const data = shallowRef(null) as ShallowRef<T | null>;
  const problem = shallowRef<Problem | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  let turn = 0;

  async function ask() {
    clearTimeout(timer);
    timer = undefined;
    asked = Date.now();
    const mine = ++turn;
    try {
      const reply = await client.get<T>(path.value);
      if (mine !== turn) return;
      data.value = reply;
      problem.value = null;
    } catch (failure) {
      if (mine === turn) problem.value = failure instanceof Problem ? failure : new Problem("internal");
    }
  }
  watch(path, () => {
    data.value = null;
    void ask();
  });
  watch(
    () => view.value?.rev,
    () => (timer ??= setTimeout(() => void ask(), Math.max(0, LEAST - (Date.now() - asked)))),
  );
  void ask();
  onScopeDispose(() => {
    clearTimeout(timer);
    turn++;
  });
  return { data, problem, again: () => void ask() };
}
