// A role's view as the program pushes it: whole, on every change. Also the
// hall's clock (the program's «now», which is not the browser's) and acts with
// their trouble.

import { nextTick, onScopeDispose, readonly, ref, shallowRef, type DeepReadonly, type Ref, type ShallowRef } from "vue";
import { early } from "./early";
import { Problem, type Client } from "./http";
import { openStream, type StreamState } from "./stream";

export interface Live<T> {
  view: ShallowRef<T | null>;
  /** State of the page's own line to its program. */
  link: DeepReadonly<Ref<StreamState>>;
  /** The hall's time in milliseconds, once a second. */
  now: DeepReadonly<Ref<number>>;
  /** The view cannot be had: why. */
  trouble: DeepReadonly<Ref<Problem | null>>;
  /** Takes the view that an act answered with, unless a newer one is there. */
  offer(next: unknown): void;
  stop(): void;
}

/** Follows a view until the page's part that asked for it is gone. */
export function useLive<T extends { now: string }>(
  client: Client,
  eventsPath: string,
  viewPath: string,
  eventName = "view",
): Live<T> {
  const view = shallowRef(null) as ShallowRef<T | null>;
  const link = ref<StreamState>("connecting");
  const trouble = ref<Problem | null>(null);
  const now = ref(Date.now());
  let offset = 0;
  let offered = 0; // revision of the last answer taken: what was on its way before it is older

  const take = (next: T) => {
    view.value = next;
    offset = Date.parse(next.now) - Date.now();
    if (Number.isNaN(offset)) offset = 0;
    now.value = Date.now() + offset;
    trouble.value = null;
  };
  const tick = setInterval(() => (now.value = Date.now() + offset), 500);
  const stream = openStream({
    url: client.base + eventsPath,
    headers: client.headers,
    onState: (state) => {
      link.value = state;
      if (state !== "live") offered = 0; // another program may answer next, and count anew
    },
    onRefused: (problem) => (trouble.value = problem),
    onEvent: (event) => {
      if (event.event !== eventName) return;
      try {
        const next = JSON.parse(event.data) as T & { rev?: number };
        if ((next.rev ?? offered) >= offered) take(next);
      } catch {
        link.value = "lost"; // a cut event: the next one is whole again
      }
    },
  });
  // The first view is in the page, or comes by the stream; should that be slow,
  // by a question.
  const first = early<T>(viewPath);
  if (first) take(first);
  else
    void client
      .get<T>(viewPath)
      .then((answer) => {
        if (!view.value) take(answer);
      })
      .catch((failure: unknown) => {
        if (!view.value && failure instanceof Problem) trouble.value = failure;
      });

  const offer = (next: unknown) => {
    if (!next || typeof next !== "object" || !("rev" in next) || !("now" in next)) return;
    const rev = Number(next.rev);
    const shown = view.value as { rev?: number } | null;
    if (shown && rev < (shown.rev ?? 0)) return;
    offered = rev;
    take(next as unknown as T);
  };
  const stop = () => {
    clearInterval(tick);
    stream.stop();
  };
  onScopeDispose(stop);
  return { view, link: readonly(link), now: readonly(now), trouble: readonly(trouble) as Live<T>["trouble"], offer, stop };
}

export interface Acts {
  /** The act that is on its way, or "". */
  busy: Ref<string>;
  /** The last act that failed. */
  problem: ShallowRef<Problem | null>;
  run<T>(name: string, path: string, body?: unknown): Promise<T | undefined>;
  /** What a key asks for: now, or as soon as what is on its way has been done. The
      last one asked for waits; nothing is done twice, nor after what has failed. */
  soon(name: string, act: () => unknown): void;
  dismiss(): void;
}

/** Acts one at a time: a second touch while one is on its way does nothing. */
export function useActs(client: Client, live?: { offer(next: unknown): void }): Acts {
  const busy = ref("");
  const problem = shallowRef<Problem | null>(null);
  let next: [name: string, act: () => unknown] | undefined;
  function soon(name: string, act: () => unknown) {
    if (!busy.value) act();
    else if (name !== busy.value) next = [name, act];
  }
  async function run<T>(name: string, path: string, body?: unknown): Promise<T | undefined> {
    if (busy.value) return undefined;
    busy.value = name;
    problem.value = null;
    try {
      const reply = await client.post<T>(path, body);
      live?.offer(reply);
      return reply;
    } catch (failure) {
      problem.value = failure instanceof Problem ? failure : new Problem("internal");
      return undefined;
    } finally {
      busy.value = "";
      const waited = next;
      next = undefined;
      if (waited && !problem.value) void nextTick(() => soon(...waited)); // what was answered is shown first
    }
  }
  return { busy, problem, run, soon, dismiss: () => (problem.value = null) };
}
