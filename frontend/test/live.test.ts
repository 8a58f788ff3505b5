import { effectScope, watch } from "vue";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createClient } from "@/api/http";
import { useLive } from "@/api/view";

type View = { rev: number; now: string; text: string };
const view = (rev: number, text: string): View => ({ rev, now: "2026-11-23T01:00:00Z", text });

/** A page that follows a view; the test says what its program sends. */
function follow() {
  const lines: ReadableStreamDefaultController<Uint8Array>[] = [];
  const fetch = vi.fn(async (url: unknown) => {
    if (String(url).endsWith("/events")) return new Response(new ReadableStream<Uint8Array>({ start: (line) => void lines.push(line) }));
    return new Promise<Response>(() => undefined); // the first view comes by the stream
  });
  vi.stubGlobal("fetch", fetch);
  const scope = effectScope();
  const live = scope.run(() => useLive<View>(createClient({ base: "", fetch: fetch as unknown as typeof globalThis.fetch }), "/events", "/kiosk/view"))!;
  const send = async (next: View) => {
    await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0));
    lines.at(-1)?.enqueue(new TextEncoder().encode(`event: view\nid: ${next.rev}\ndata: ${JSON.stringify(next)}\n\n`));
  };
  const shows = (text: string) => vi.waitFor(() => expect(live.view.value?.text).toBe(text));
  return { live, send, shows, lines, stop: () => scope.stop() };
}

describe("a view as it is pushed", () => {
  let page: ReturnType<typeof follow>;
  afterEach(() => {
    page.stop();
    vi.unstubAllGlobals();
  });

  it("what was on its way before an act's answer does not take its place", async () => {
    page = follow();
    await page.send(view(5, "before"));
    await page.shows("before");
    page.live.offer(view(7, "the answer"));
    const seen: (string | undefined)[] = [];
    const end = watch(page.live.view, (next) => seen.push(next?.text), { flush: "sync" });
    await page.send(view(6, "on its way"));
    await page.send(view(7, "the same"));
    await page.shows("the same");
    page.live.offer(view(6, "an old answer"));
    end();
    expect(seen).toEqual(["the same"]);
  });
  it("a program that was started again may count anew", async () => {
    page = follow();
    await page.send(view(5, "before"));
    await page.shows("before");
    page.live.offer(view(900, "the answer"));
    page.lines[0]?.close();
    await vi.waitFor(() => expect(page.lines).toHaveLength(2));
    await page.send(view(1, "after the start"));
    await page.shows("after the start");
  });
});
