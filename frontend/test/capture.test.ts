// Taking pages at the desk: what the dialog shows in each state, its keys, what it
// asks the program for, and that nothing of a picture stays.
import { DOMWrapper, flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem, type Client } from "@/api/http";
import type { CapturePage, CaptureSource, CaptureView } from "@/api/types";
import { HOLD } from "@/counter/keystrokes";
import { CAPTURE_KEYS, captureActOf, outline, shape, sourceOf } from "@/desk/capture/capture";
import DeskCapture from "@/desk/capture/DeskCapture.vue";
import { i18n, setLocale } from "@/i18n";
import { spoken } from "@/ui/live";

const global = { plugins: [i18n] };
const yes = { allowed: true };
const no = (code: string, params = {}) => ({ allowed: false, why: { code, params } });
const camera: CaptureSource = { id: "camera", model: "doccam", state: "ready", preview: true, feeder: false, glass: true };
const scanner: CaptureSource = { id: "scanner", model: "sane", state: "ready", preview: false, feeder: true, glass: true };
const page = (id: number, more: Partial<CapturePage> = {}): CapturePage => ({ id, width: 100, height: 140, turn: 0, bytes: 1000, straight: true, ...more });
const view = (more: Partial<CaptureView> = {}): CaptureView => ({
  session: "S1",
  material: "M01",
  sources: [camera],
  pages: [],
  sending: false,
  room: yes,
  finish: (more.pages?.length ?? 0) > 0 ? yes : no("capture_none"),
  bytes: 2048,
  max_pages: 60,
  max_bytes: 1 << 20,
  until: "2026-11-23T02:10:00Z",
  ...more,
});

let shown: VueWrapper | undefined;
let posted: [string, Record<string, unknown>][];
let lines: ReadableStreamDefaultController<Uint8Array>[];
let asked: string[];
const body = () => new DOMWrapper(document.body);
const get = (id: string) => body().get(`[data-testid="${id}"]`);
const has = (id: string) => body().find(`[data-testid="${id}"]`).exists();
const click = async (id: string) => {
  await get(id).trigger("click");
  await flushPromises();
};
const press = async (key: string) => {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  await new Promise((done) => setTimeout(done, HOLD + 40));
  await flushPromises();
};
const last = () => posted.at(-1);

async function start(one: CaptureView, answer: (path: string) => unknown = () => ({ rev: 2 })) {
  const client = {
    base: "/api/v1",
    headers: () => ({ Authorization: "Bearer T" }),
    post: async (path: string, sent: Record<string, unknown>) => {
      posted.push([path.replace("/counter/capture/", ""), sent]);
      const reply = answer(path);
      if (reply instanceof Problem) throw reply;
      return reply;
    },
  } as unknown as Client;
  shown = mount(DeskCapture, { global, attachTo: document.body, props: { view: one, material: "Lease", client, offer: () => undefined, keys: true } });
  await flushPromises();
}
const next = async (one: CaptureView | undefined) => {
  await shown?.setProps({ view: one });
  await flushPromises();
};
const sees = async (event: string, data: unknown) => {
  await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0));
  lines.at(-1)?.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  await flushPromises();
};

beforeEach(() => {
  setLocale("en");
  posted = [];
  lines = [];
  asked = [];
  vi.stubGlobal("fetch", async (url: unknown) => {
    asked.push(String(url));
    if (String(url).includes("/preview")) return new Response(new ReadableStream<Uint8Array>({ start: (line) => void lines.push(line) }));
    return new Response(new Blob(["jpeg"]));
  });
});
afterEach(() => {
  shown?.unmount();
  shown = undefined;
  document.body.innerHTML = "";
  vi.unstubAllGlobals();
});

describe("what stands on the stage", () => {
  it("is what the camera sees, with the sheet that was found, as soon as it sees", async () => {
    await start(view());
    expect(get("capture-stage").attributes("data-state")).toBe("looking");
    await sees("frame", { jpeg: "AAAA", width: 4, height: 3, sheet: [{ x: 0.1, y: 0.2 }, { x: 0.9, y: 0.2 }, { x: 0.9, y: 0.8 }, { x: 0.1, y: 0.8 }] });
    await vi.waitFor(() => expect(get("capture-stage").attributes("data-state")).toBe("preview"));
    expect(get("capture-preview").attributes("src")).toBe("data:image/jpeg;base64,AAAA");
    expect(body().get("polygon").attributes("points")).toBe("10.00,20.00 90.00,20.00 90.00,80.00 10.00,80.00");
    await sees("frame", { jpeg: "BBBB", width: 4, height: 3 });
    await vi.waitFor(() => expect(get("capture-found").text()).toContain("No sheet"));
    await sees("dark", { code: "refused_now" });
    await vi.waitFor(() => expect(get("capture-stage").attributes("data-state")).toBe("looking"));
  });
  it("says why there is no device and what to do, and keeps the pages", async () => {
    const gone = { ...camera, state: "absent" as const, preview: false, glass: false, fault: "port_hangup" };
    await start(view({ sources: [gone], pages: [page(1)], stopped: { code: "port_hangup" } }));
    expect(get("capture").attributes("data-state")).toBe("absent");
    expect(get("capture-absent").text()).toContain("Plug in the cable");
    expect(get("capture-stopped").text()).toContain("still here: 1");
    expect(get("capture-take").attributes("disabled")).toBeDefined();
    expect(get("capture-finish").attributes("disabled")).toBeUndefined();
    expect(asked.some((url) => url.includes("/preview"))).toBe(false);
  });
  it("tells how far a scan is, and stops it", async () => {
    await start(view({ sources: [scanner], pages: [page(1)], finish: no("capture_busy"), taking: { device: "scanner", page: 2, percent: 40 } }));
    expect(get("capture-progress").attributes("aria-valuenow")).toBe("40");
    expect(get("capture-stage").text()).toContain("page 2");
    await press(CAPTURE_KEYS.finish);
    expect(posted).toEqual([]);
    await press(CAPTURE_KEYS.stop);
    expect(last()).toEqual(["stop", { session: "S1" }]);
  });
  it("says that no more pages go in", async () => {
    await start(view({ pages: [page(1)], room: no("capture_pages", { n: "60" }) }));
    expect(get("capture").attributes("data-state")).toBe("full");
    expect(get("capture-stopped").text()).toContain("pages per document is 60");
    expect(get("capture-take").attributes("disabled")).toBeDefined();
  });
});

describe("acts", () => {
  it("take, again, the feeder, by button and by key", async () => {
    await start(view({ sources: [camera, scanner], pages: [page(7)] }));
    await click("capture-take");
    expect(last()).toEqual(["take", { session: "S1", device: "camera", as_it_is: false }]);
    await get("capture-as-it-is").setValue(true);
    await press(CAPTURE_KEYS.again);
    expect(last()).toEqual(["take", { session: "S1", device: "camera", as_it_is: true, replace: 7 }]);
    expect(has("capture-feeder")).toBe(false);
    await get("capture-source-scanner").setValue(true);
    await press(CAPTURE_KEYS.feeder);
    expect(last()?.[1]).toMatchObject({ device: "scanner", feeder: true });
  });
  it("turn, move and take out the chosen page; the newest is chosen", async () => {
    await start(view({ pages: [page(1), page(2)] }));
    await press(CAPTURE_KEYS.left);
    expect(last()).toEqual(["turn", { session: "S1", page: 2, quarters: 3 }]);
    expect(get("capture-later").attributes("disabled")).toBeDefined();
    await press(CAPTURE_KEYS.earlier);
    expect(last()).toEqual(["move", { session: "S1", page: 2, place: 1 }]);
    await press("1");
    expect(get("capture-shown").attributes("data-page")).toBe("1");
    expect(asked.at(-1)).toContain("/page/1?whole=1");
    await press(CAPTURE_KEYS.drop);
    expect(last()).toEqual(["drop", { session: "S1", page: 1 }]);
    await next(view({ pages: [page(2), page(3)] }));
    expect(has("capture-shown")).toBe(false); // a new page came: back to the camera
    expect(get("capture-page-2").attributes("aria-pressed")).toBe("true");
    expect(spoken.value).toContain("Pages: 2");
  });
  it("hand the pages in, and say why not", async () => {
    await start(view({ pages: [page(1)] }), () => new Problem("file_size", 413));
    await press(CAPTURE_KEYS.finish);
    expect(last()).toEqual(["finish", { session: "S1" }]);
    expect(get("capture-problem").attributes("data-code")).toBe("file_size");
    await next(view({ pages: [page(1)], sending: true }));
    expect(get("capture-finish").attributes("aria-busy")).toBe("true");
    expect(get("capture-cancel").attributes("disabled")).toBeDefined();
  });
  it("ask before pages are given up", async () => {
    await start(view());
    await click("capture-cancel");
    expect(last()).toEqual(["cancel", { session: "S1" }]); // nothing to lose
    await next(view({ pages: [page(1)] }));
    await click("capture-cancel");
    expect(posted).toHaveLength(1);
    await press(CAPTURE_KEYS.drop); // no letter answers for the question
    expect(posted).toHaveLength(1);
    await click("capture-keep");
    expect(has("capture-asking")).toBe(false);
    await click("capture-cancel");
    await click("capture-abandon");
    expect(posted.map(([what]) => what)).toEqual(["cancel", "cancel"]);
  });
  it("leave no picture behind", async () => {
    const gone: string[] = [];
    const real = URL.revokeObjectURL;
    URL.revokeObjectURL = (url: string) => void gone.push(url);
    await start(view({ pages: [page(1), page(2)] }));
    await vi.waitFor(() => expect(body().findAll(".pages img")).toHaveLength(2));
    await next(undefined);
    expect(gone).toHaveLength(2);
    URL.revokeObjectURL = real;
  });
});

describe("rules of drawing", () => {
  it("one letter for each act, none twice", () => {
    expect(new Set(Object.values(CAPTURE_KEYS)).size).toBe(Object.keys(CAPTURE_KEYS).length);
    const stroke = { key: "t", ctrlKey: false, altKey: false, metaKey: false };
    expect(captureActOf(stroke)).toBe("take");
    expect(captureActOf({ ...stroke, ctrlKey: true })).toBeUndefined();
  });
  it("the first source that can be used, unless one was chosen", () => {
    const gone = { ...camera, preview: false, glass: false };
    expect(sourceOf([gone, scanner], "")?.id).toBe("scanner");
    expect(sourceOf([gone, scanner], "camera")?.id).toBe("camera");
    expect(sourceOf([], "")).toBeUndefined();
  });
  it("a page that lies across is as wide as it was high", () => {
    expect(shape(page(1))).toBeCloseTo(100 / 140);
    expect(shape(page(1, { turn: 3 }))).toBeCloseTo(1.4);
    expect(outline({ jpeg: "", width: 1, height: 1 })).toBe("");
  });
});
