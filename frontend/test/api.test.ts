import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { codeOf, openDoor } from "@/api/door";
import { createClient, Problem, problemOf } from "@/api/http";
import { useActs } from "@/api/view";
import { createParser, openStream, type StreamEvent, type StreamState } from "@/api/stream";

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

describe("client", () => {
  it("sends the token and the body, and never cookies", async () => {
    const fetch = vi.fn(async (_url: unknown, _init?: RequestInit) => json({ ok: 1 }));
    const client = createClient({ base: "/api/v1", token: () => "secret", fetch: fetch as typeof globalThis.fetch });
    await expect(client.post("/kiosk/take", { group: "a" })).resolves.toEqual({ ok: 1 });
    const [url, init] = fetch.mock.calls[0] ?? [];
    expect(url).toBe("/api/v1/kiosk/take");
    expect(init?.credentials).toBe("omit");
    expect(init?.body).toBe('{"group":"a"}');
    expect((init?.headers as Record<string, string>)["Authorization"]).toBe("Bearer secret");
  });
  it("puts queries into the address, escaped", async () => {
    const fetch = vi.fn(async () => json([]));
    await createClient({ base: "", fetch: fetch as unknown as typeof globalThis.fetch }).get("/slots", { item: "a&b", day: "2026-11-23" });
    expect(fetch.mock.calls[0]?.[0 as never]).toBe("/slots?item=a%26b&day=2026-11-23");
  });
  it.each([
    [409, { status: 409, code: "pending", params: { n: 3 } }, "pending", { n: "3" }],
    [409, { status: 409, code: "refused", reason: { code: "ticket_elsewhere", params: { window: "2" } } }, "ticket_elsewhere", { window: "2" }],
    [409, { status: 409, code: "refused_now", why: { code: "offline" } }, "offline", {}],
    [409, { status: 409, code: "refused_now", params: { why: "x" }, reason: null }, "refused_now", { why: "x" }],
    [401, undefined, "signed_out", {}],
    [403, {}, "forbidden", {}],
    [404, "text", "not_found", {}],
    [422, { title: "Unprocessable" }, "invalid", {}],
    [500, { code: "" }, "internal", {}],
  ])("reads a refusal with status %i", (status, body, code, params) => {
    const problem = problemOf(status, body);
    expect(problem).toMatchObject({ code, status, params });
  });
  it("answers an empty success", async () => {
    const client = createClient({ base: "", fetch: async () => new Response(null, { status: 204 }) });
    await expect(client.del("/sessions")).resolves.toBeUndefined();
  });
  it("tells a refused connection from an answer", async () => {
    const client = createClient({
      base: "",
      fetch: async () => {
        throw new TypeError("refused");
      },
    });
    await expect(client.get("/boot")).rejects.toMatchObject({ code: "unreachable", status: 0 });
  });
  it("gives up on a hung line", async () => {
    const client = createClient({
      base: "",
      timeoutMs: 20,
      fetch: (_url, init) => new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(new DOMException("x", "AbortError")))),
    });
    await expect(client.get("/boot")).rejects.toMatchObject({ code: "timeout" });
  });
});

describe("door", () => {
  const history = () => ({ replaceState: vi.fn() }) as unknown as History;
  const at = (hash: string) => ({ hash, pathname: "/", search: "" }) as unknown as Location;
  beforeEach(() => sessionStorage.clear());

  it("finds the code of a fragment", () => {
    expect(codeOf("#code=AB_-12")).toBe("AB_-12");
    expect(codeOf("#other=1")).toBe("");
    expect(codeOf("")).toBe("");
  });
  it("exchanges the code once, takes it out of the address, keeps the token in this tab", async () => {
    const past = history();
    const fetch = vi.fn(async (url: unknown, init?: RequestInit) => {
      if (url === "/api/v1/door") return json({ token: "T" });
      return json({ auth: (init?.headers as Record<string, string>)["Authorization"] });
    });
    const client = await openDoor(at("#code=X"), past, fetch as typeof globalThis.fetch);
    expect(past.replaceState).toHaveBeenCalledWith(null, "", "/");
    expect(sessionStorage.getItem("hallway.door")).toBe("T");
    await expect(client.get("/boot")).resolves.toEqual({ auth: "Bearer T" });
  });
  it("goes on with its token when the page is loaded again", async () => {
    sessionStorage.setItem("hallway.door", "T");
    const fetch = vi.fn(async () => json({ status: 403, code: "door_code" }, 403));
    const client = await openDoor(at("#code=USED"), history(), fetch as unknown as typeof globalThis.fetch);
    expect(client.headers()["Authorization"]).toBe("Bearer T");
  });
  it("says why a used code opens nothing", async () => {
    const fetch = async () => json({ status: 403, code: "door_code" }, 403);
    await expect(openDoor(at("#code=USED"), history(), fetch)).rejects.toMatchObject({ code: "door_code" });
  });
  it("asks without a token where none is needed (the desktop window)", async () => {
    const client = await openDoor(at(""), history(), async () => json({}));
    expect(client.headers()["Authorization"]).toBeUndefined();
  });
});

describe("event parser", () => {
  const collect = (...chunks: string[]) => {
    const events: StreamEvent[] = [];
    const parser = createParser((event) => events.push(event));
    for (const chunk of chunks) parser.feed(chunk);
    return events;
  };
  it("reads events however they are cut", () => {
    const text = 'event: view\nid: 7\ndata: {"a":1}\n\nevent: ping\ndata:\n\n';
    for (let cut = 0; cut <= text.length; cut++) {
      expect(collect(text.slice(0, cut), text.slice(cut))).toEqual([
        { event: "view", id: "7", data: '{"a":1}' },
        { event: "ping", id: "7", data: "" },
      ]);
    }
  });
  it("reads CRLF, comments, many data lines and fields it does not know", () => {
    expect(collect(": hello\r\nretry: 5\r\ndata: a\r\ndata: b\r\n\r\n")).toEqual([{ event: "message", id: "", data: "a\nb" }]);
  });
  it("gives nothing for half an event", () => expect(collect("event: view\ndata: {")).toEqual([]));
});

describe("event stream", () => {
  let stop: (() => void) | undefined;
  afterEach(() => stop?.());

  function lines(...texts: (string | null)[]): ReadableStream<Uint8Array> {
    // null: stays open without a word, as a hung line does
    return new ReadableStream({
      start(controller) {
        for (const text of texts) if (text !== null) controller.enqueue(new TextEncoder().encode(text));
        if (!texts.includes(null)) controller.close();
      },
    });
  }
  function follow(bodies: (() => Response | Promise<Response>)[], silenceMs = 1_000) {
    const asked: Record<string, string>[] = [];
    const events: StreamEvent[] = [];
    const states: StreamState[] = [];
    const refused: Problem[] = [];
    const stream = openStream({
      url: "/events",
      silenceMs,
      retryMs: [1, 2],
      headers: () => ({ Authorization: "Bearer T" }),
      fetch: async (_url, init) => {
        asked.push({ ...(init?.headers as Record<string, string>) });
        const next = bodies[asked.length - 1];
        const signal = init?.signal;
        if (!next) return new Promise<Response>((_resolve, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
        return next();
      },
      onEvent: (event) => events.push(event),
      onState: (state) => states.push(state),
      onRefused: (problem) => refused.push(problem),
    });
    stop = stream.stop;
    return { asked, events, states, refused };
  }

  it("comes back with the last id", async () => {
    const seen = follow([
      () => new Response(lines("event: view\nid: 41\ndata: {}\n\n")),
      () => new Response(lines("event: view\nid: 42\ndata: {}\n\n", null)),
    ]);
    await vi.waitFor(() => expect(seen.events.map((event) => event.id)).toEqual(["41", "42"]));
    expect(seen.asked[0]).toMatchObject({ Authorization: "Bearer T" });
    expect(seen.asked[0]).not.toHaveProperty("Last-Event-ID");
    expect(seen.asked[1]).toMatchObject({ "Last-Event-ID": "41" });
    expect(seen.states).toEqual(["connecting", "live", "lost", "live"]);
  });
  it("tries again after a refused connection and after an error", async () => {
    const seen = follow([
      () => Promise.reject(new TypeError("refused")),
      () => new Response("no", { status: 502 }),
      () => new Response(lines("data: a\n\n", null)),
    ]);
    await vi.waitFor(() => expect(seen.events).toHaveLength(1));
    expect(seen.states.filter((state) => state === "lost")).toHaveLength(2);
  });
  it("leaves a line that has gone silent", async () => {
    const hung = () => {
      const body = lines("data: a\n\n", null);
      return new Response(body);
    };
    const seen = follow([hung, () => new Response(lines("data: b\n\n", null))], 40);
    await vi.waitFor(() => expect(seen.events.map((event) => event.data)).toEqual(["a", "b"]), { timeout: 2_000 });
    expect(seen.states.slice(0, 4)).toEqual(["connecting", "live", "lost", "live"]);
  });
  it("ends at a refusal, which trying again would not mend", async () => {
    const seen = follow([() => new Response("", { status: 401 })]);
    await vi.waitFor(() => expect(seen.refused[0]?.code).toBe("signed_out"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.asked).toHaveLength(1);
    expect(seen.states.at(-1)).toBe("refused");
  });
});

describe("acts, one at a time", () => {
  const acts = () => {
    const calls: string[] = [];
    const answers: ((ok: boolean) => void)[] = [];
    const post = (path: string) => {
      calls.push(path);
      return new Promise((yes, no) => answers.push((ok) => (ok ? yes({}) : no(new Problem("refused")))));
    };
    const made = useActs({ post } as never);
    const key = (name: string) => made.soon(name, () => made.run(name, `/${name}`));
    const answer = async (ok = true) => {
      answers.shift()?.(ok);
      await new Promise((r) => setTimeout(r));
    };
    return { made, calls, key, answer };
  };
  it("a key waits for what is on its way; the last one counts", async () => {
    const { made, calls, key, answer } = acts();
    key("finish");
    key("finish");
    key("hold");
    key("next");
    expect(calls).toEqual(["/finish"]);
    await answer();
    expect(calls).toEqual(["/finish", "/next"]);
    await answer();
    expect(made.busy.value).toBe("");
    expect(calls).toHaveLength(2);
  });
  it("nothing follows what has failed", async () => {
    const { made, calls, key, answer } = acts();
    key("finish");
    key("next");
    await answer(false);
    expect(made.problem.value?.code).toBe("refused");
    expect(calls).toEqual(["/finish"]);
    key("next");
    expect(calls).toHaveLength(2);
  });
});

describe("the answers that come with the window's page", () => {
  it("are given once each, and are none in a browser's page", async () => {
    vi.resetModules();
    const browser = await import("@/api/early");
    expect(browser.hasEarly()).toBe(false);
    expect(browser.early("/boot")).toBeUndefined();
    vi.resetModules();
    window.hallwayEarly = { "/boot": { role: "kiosk" }, "/kiosk/view": { rev: 1 } };
    const own = await import("@/api/early");
    expect(own.hasEarly()).toBe(true);
    expect(own.early("/boot")).toEqual({ role: "kiosk" });
    expect(own.early("/boot")).toBeUndefined();
    expect(own.early("/kiosk/view")).toEqual({ rev: 1 });
    expect(window.hallwayEarly).toBeUndefined(); // nothing keeps them
  });
});
