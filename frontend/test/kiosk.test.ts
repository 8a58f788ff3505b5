import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import type { Client } from "@/api/http";
import type { Boot, KioskSession, KioskView } from "@/api/types";
import { currentLocale, i18n, setLocale } from "@/i18n";
import KioskAttract from "@/kiosk/KioskAttract.vue";
import KioskHome from "@/kiosk/KioskHome.vue";
import KioskPage from "@/kiosk/KioskPage.vue";
import KioskPhone from "@/kiosk/KioskPhone.vue";
import { distance } from "@/kiosk/spatial";
import { modes, resetModes } from "@/ui/modes";

const global = { plugins: [i18n] };
const yes = { allowed: true };
const boot = { role: "kiosk", terminal: "kiosk-1", hall: { en: "Sample Hall" }, locale: "en", demo: true, version: "" } as unknown as Boot;
const group = { id: "a", prefix: "A", icon: "tax", name: { en: "Taxes" }, items: [{ id: "one", name: { en: "One thing" } }], waiting: 4, wait: { known: false, low: 0, high: 0 }, take: yes };
const viewOf = (session?: Partial<KioskSession>, more: object = {}): KioskView =>
  ({
    rev: 1,
    now: new Date().toISOString(),
    open: true,
    issue: yes,
    groups: [group],
    devices: [],
    notices: [],
    line: { online: true, since: new Date().toISOString(), pending: 0 },
    voice: { can_speak: true, volume: 2 },
    ...(session
      ? { session: { id: "s", phase: "choose", other: false, phone_left: 5, help: false, warn_at: new Date(Date.now() + 70_000).toISOString(), ends_at: new Date(Date.now() + 90_000).toISOString(), ...session } }
      : {}),
    ...more,
  }) as unknown as KioskView;

/** A program that answers with the view that is set, and remembers what was asked. */
function program(first = viewOf()) {
  let rev = 1;
  const state = { view: first, asked: [] as { path: string; body: unknown }[] };
  const client: Client = {
    base: "http://kiosk.test",
    headers: () => ({}),
    get: async <T,>() => state.view as T,
    post: async <T,>(path: string, body?: unknown) => {
      state.asked.push({ path, body });
      if (path.startsWith("/say")) return { spoken: true, volume: 2 } as T;
      if (path === "/kiosk/begin" && !state.view.session) state.view = viewOf({});
      if (path === "/kiosk/end") state.view = viewOf();
      state.view = { ...state.view, rev: ++rev, now: new Date().toISOString() };
      return state.view as T;
    },
    del: async <T,>() => undefined as T,
  };
  return { client, state, paths: () => state.asked.map((one) => one.path) };
}
async function open(first?: KioskView) {
  const p = program(first);
  const page = mount(KioskPage, { global, props: { boot, client: p.client }, attachTo: document.body });
  await flushPromises();
  return { ...p, page, front: () => page.get("[data-testid=kiosk]").attributes("data-front") };
}
/** Time goes by, with all that was to happen in it. */
async function pass(ms: number) {
  await vi.advanceTimersByTimeAsync(ms);
  await nextTick();
}
const press = (key: string, target: EventTarget = window) => target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse("2026-11-23T01:40:00Z") });
  vi.stubGlobal("fetch", () => new Promise(() => undefined)); // the stream says nothing
  await setLocale("en");
});
afterEach(() => {
  document.body.innerHTML = "";
  resetModes();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("a card that lies on the reader and was read", () => {
  it("is to be taken away where a card is asked for, also a forgotten one", async () => {
    const reader = { id: "r", kind: "idcard", state: "ready", faults: [], lies: true };
    for (const lies of [true, false]) {
      const page = mount(KioskHome, { global, props: { view: viewOf({}, { devices: [{ ...reader, lies }] }), busy: false } });
      const said = page.get("[data-testid=way-card]").text();
      expect(said.includes("take it away and lay it down again")).toBe(lies);
      expect(said.includes("give it to staff")).toBe(lies);
      page.unmount();
    }
  });
});

describe("a kiosk where nobody stands", () => {
  it("says what one can do, whether it is open, and how many wait", async () => {
    const page = mount(KioskAttract, { global, props: { hall: { en: "Sample Hall" }, now: Date.now(), view: viewOf() } });
    expect(page.get("h1").text()).toBe("Sample Hall");
    expect(page.findAll(".things li")).toHaveLength(4);
    expect(page.get("[data-testid=attract-waiting]").text()).toContain("4");
    await page.setProps({ view: viewOf(undefined, { open: false, closed: { code: "before_hours", params: { from: "09:00" } } }) });
    expect(page.get("[data-testid=attract-closed]").text()).toContain("09:00");
  });
  it("shows the picture after a minute, and a finger leads on", async () => {
    const { page, front } = await open();
    await pass(59_000);
    expect(front()).toBe("home");
    await pass(2_000);
    expect(front()).toBe("attract");
    await page.get("[data-testid=attract]").trigger("pointerdown");
    expect(front()).toBe("home");
    page.unmount();
  });
  it("wakes at a key, and the key with the raised dot begins to read aloud", async () => {
    const { page, front } = await open();
    await pass(61_000);
    press("5");
    await nextTick();
    expect(front()).toBe("home");
    expect(modes.speak).toBe(true);
    page.unmount();
  });
});

describe("a person at the kiosk", () => {
  it("is not asked while typing: touches are told to the program", async () => {
    const { page, paths } = await open();
    await page.get("[data-testid=way-phone]").trigger("click");
    await flushPromises();
    await pass(6_000);
    press("1");
    await flushPromises();
    expect(paths()).toEqual(["/kiosk/begin", "/kiosk/extend"]);
    page.unmount();
  });
  it("is asked before the time is over, aloud, and has more by one key", async () => {
    const soon = { warn_at: new Date(Date.now() + 1_000).toISOString(), ends_at: new Date(Date.now() + 20_000).toISOString() };
    const { page, state, paths } = await open(viewOf(soon));
    await pass(3_000);
    expect(Number(document.querySelector("[data-testid=timeout]")?.getAttribute("data-left"))).toBeGreaterThan(15);
    expect(state.asked.find((one) => one.path === "/say")?.body).toMatchObject({ key: "timeout.title", always: true });
    state.view = viewOf({});
    document.querySelector<HTMLElement>("[data-testid=extend]")?.click();
    await flushPromises();
    await pass(600);
    expect(paths()).toContain("/kiosk/extend");
    expect(document.querySelector("[data-testid=timeout]")).toBeNull();
    page.unmount();
  });
  it("leaves nothing: language, looks, place and what was typed are gone", async () => {
    const { page, front } = await open();
    await setLocale("pt");
    Object.assign(modes, { elder: true, contrast: "dark", low: true, still: true, speak: true });
    await page.get("[data-testid=way-phone]").trigger("click");
    await flushPromises();
    for (const key of "13800138000") press(key);
    await nextTick();
    expect(page.get("[data-testid=phone-field]").attributes("data-length")).toBe("11");
    await page.get("[data-testid=leave-home]").trigger("click");
    await flushPromises();
    expect(front()).toBe("home");
    expect(currentLocale()).toBe("en");
    expect({ ...modes }).toEqual({ elder: false, contrast: "normal", low: false, still: false, speak: false });
    expect(document.documentElement.outerHTML).not.toContain("13800");
    expect(JSON.stringify([{ ...localStorage }, { ...sessionStorage }])).not.toContain("138");
    page.unmount();
  });
  it("is asked by the page itself where the program knows nobody", async () => {
    const { page } = await open();
    modes.elder = true;
    await pass(61_000);
    expect(document.querySelector("[data-testid=timeout]")).not.toBeNull();
    await pass(21_000);
    expect(modes.elder).toBe(false);
    page.unmount();
  });
  it("keeps the place and the digits through a change of language", async () => {
    const { page, front } = await open();
    await page.get("[data-testid=way-phone]").trigger("click");
    await flushPromises();
    for (const key of "1390") press(key);
    await page.get("[data-testid=lang-zh-Hant]").trigger("click");
    await flushPromises();
    expect(front()).toBe("phone");
    expect(page.get("[data-testid=phone-field]").attributes("data-length")).toBe("4");
    page.unmount();
  });
  it("goes back with Escape, and the focus is on the new heading", async () => {
    const { page, front } = await open();
    await page.get("[data-testid=group-a]").trigger("click");
    await flushPromises();
    await nextTick();
    expect(front()).toBe("items");
    expect(document.activeElement?.tagName).toBe("H2");
    press("Escape");
    await nextTick();
    expect(front()).toBe("home");
    page.unmount();
  });
  it("hears the screen and the number, and never what was typed", async () => {
    const { page, state } = await open();
    modes.speak = true;
    await page.get("[data-testid=way-phone]").trigger("click");
    await flushPromises();
    for (const key of "13800138000482913") press(key);
    await flushPromises();
    const said = JSON.stringify(state.asked.filter((one) => one.path === "/say"));
    expect(said).toContain("say.kiosk.phone");
    expect(said).not.toMatch(/138|4829/);
    page.unmount();
  });
});

describe("keys", () => {
  it("leave Enter to the button that has the focus", async () => {
    const page = mount(KioskPhone, { global, props: { busy: false, left: 5 }, attachTo: document.body });
    for (const key of "13800138000482913") press(key);
    await nextTick();
    press("Enter", page.get("[data-testid=back]").element);
    expect(page.emitted("submit")).toBeUndefined();
    press("Enter", page.get("[data-testid=code-field]").element);
    expect(page.emitted("submit")).toEqual([["13800138000", "482913"]]);
    page.unmount();
  });
  it("move to what lies nearest in that direction", () => {
    const box = (x: number, y: number) => new DOMRect(x, y, 100, 50);
    const right = [1, 0] as const;
    expect(distance(box(0, 0), box(120, 0), right)).toBeLessThan(distance(box(0, 0), box(120, 200), right));
    expect(distance(box(0, 0), box(240, 0), right)).toBeGreaterThan(distance(box(0, 0), box(120, 0), right));
    expect(distance(box(200, 0), box(0, 0), right)).toBe(Infinity);
    expect(distance(box(0, 0), box(0, 80), right)).toBe(Infinity);
  });
});
