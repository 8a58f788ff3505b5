// The simulator has no event stream: its page asks, often enough for a hand
// that waits for the next request.
import { onScopeDispose, readonly, ref, shallowRef, type DeepReadonly, type Ref, type ShallowRef } from "vue";
import { Problem, type Client } from "./http";

export interface Polled<T> {
  view: ShallowRef<T | null>;
  lost: DeepReadonly<Ref<boolean>>;
  trouble: ShallowRef<Problem | null>;
  offer(next: unknown): void;
}

/** Asks for path now and every so often, until the page's part is gone. */
export function usePolled<T extends { rev: number }>(client: Client, path: string, everyMs = 1000): Polled<T> {
  const view = shallowRef(null) as ShallowRef<T | null>;
  const trouble = shallowRef<Problem | null>(null);
  const lost = ref(false);
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const offer = (next: unknown) => {
    if (!next || typeof next !== "object" || !("rev" in next)) return;
    view.value = next as T;
  };
  async function ask() {
    try {
      offer(await client.get<T>(path));
      lost.value = false;
      trouble.value = null;
    } catch (failure) {
      lost.value = !!view.value;
      trouble.value = failure instanceof Problem ? failure : new Problem("internal");
    }
    if (!stopped) timer = setTimeout(() => void ask(), everyMs);
  }
  void ask();
  onScopeDispose(() => {
    stopped = true;
    clearTimeout(timer);
  });
  return { view, lost: readonly(lost), trouble, offer };
}
