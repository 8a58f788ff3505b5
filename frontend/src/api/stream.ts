// The event stream, read by fetch because EventSource sends no headers. It
// comes back by itself (with the last id, so that the server can resume), and a
// watchdog ends a line that has gone silent: the server pings every few
// seconds, so silence means that nobody is there.

import { Problem } from "./http";

export interface StreamEvent {
  event: string;
  id: string;
  data: string;
}

export type StreamState = "connecting" | "live" | "lost" | "refused" | "stopped";

export interface StreamOptions {
  url: string;
  headers?: () => Record<string, string>;
  onEvent: (event: StreamEvent) => void;
  onState?: (state: StreamState) => void;
  /** Called when the server says no (401, 403): trying again would not help. */
  onRefused?: (problem: Problem) => void;
  silenceMs?: number;
  retryMs?: [number, number];
  fetch?: typeof fetch;
  random?: () => number;
}

export interface Stream {
  stop(): void;
}

/** Splits a stream of text into events; feed may cut anywhere. */
export function createParser(onEvent: (event: StreamEvent) => void) {
  let rest = "";
  let event = "";
  let id = "";
  let data: string[] = [];
  function line(text: string) {
    if (text === "") {
      if (data.length > 0 || event) onEvent({ event: event || "message", id, data: data.join("\n") });
      event = "";
      data = [];
      return;
    }
    if (text.startsWith(":")) return;
    const colon = text.indexOf(":");
    const field = colon < 0 ? text : text.slice(0, colon);
    let value = colon < 0 ? "" : text.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
    else if (field === "id" && !value.includes("\0")) id = value;
  }
  return {
    feed(chunk: string) {
      rest += chunk;
      for (;;) {
        const end = rest.search(/\r\n|\n|\r(?!$)/);
        if (end < 0) return;
        const text = rest.slice(0, end);
        rest = rest.slice(end + (rest.startsWith("\r\n", end) ? 2 : 1));
        line(text);
      }
    },
  };
}

export function openStream(options: StreamOptions): Stream {
  const doFetch = options.fetch ?? ((input, init) => fetch(input, init));
  const silence = options.silenceMs ?? 12_000;
  const [least, most] = options.retryMs ?? [300, 5_000];
  const random = options.random ?? Math.random;
  let stopped = false;
  let lastID = "";
  let failures = 0;
  let abort = new AbortController();
  let wake: (() => void) | undefined;

  const state = (next: StreamState) => options.onState?.(next);

  async function connect(): Promise<void> {
    abort = new AbortController();
    let watchdog = setTimeout(() => abort.abort(), silence);
    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => abort.abort(), silence);
    };
    try {
      const headers: Record<string, string> = {
        Accept: "text/event-stream",
        ...(options.headers?.() ?? {}),
      };
      if (lastID) headers["Last-Event-ID"] = lastID;
      const response = await doFetch(options.url, {
        headers,
        cache: "no-store",
        credentials: "omit",
        signal: abort.signal,
      });
      if (response.status === 401 || response.status === 403) {
        stopped = true;
        state("refused");
        options.onRefused?.(new Problem(response.status === 401 ? "signed_out" : "forbidden", response.status));
        return;
      }
      if (!response.ok || !response.body) return;
      const parser = createParser((event) => {
        if (event.id) lastID = event.id;
        failures = 0;
        options.onEvent(event);
      });
      const reader = response.body.getReader();
      // Not every webview ends a body when its request is aborted.
      abort.signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined), { once: true });
      const decoder = new TextDecoder();
      state("live");
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        alive();
        parser.feed(decoder.decode(value, { stream: true }));
      }
    } catch {
      // Falls through to the next attempt: the state below tells the page.
    } finally {
      clearTimeout(watchdog);
    }
  }

  async function run(): Promise<void> {
    state("connecting");
    while (!stopped) {
      await connect();
      if (stopped) break;
      state("lost");
      const wait = Math.min(most, least * 2 ** Math.min(failures, 6)) * (0.5 + random() / 2);
      failures += 1;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, wait);
      });
    }
  }
  void run();

  return {
    stop() {
      stopped = true;
      abort.abort();
      wake?.();
      state("stopped");
    },
  };
}
