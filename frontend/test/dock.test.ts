import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClient } from "@/api/http";
import type { BenchDevice } from "@/api/types";
import { codeWords, terminalWords } from "@/bench/words";
import DevDock from "@/dock/DevDock.vue";
import { keptPlace } from "@/dock/place";
import { i18n, setLocale } from "@/i18n";

const devices: BenchDevice[] = [
  { id: "kiosk-1/idcard", terminal: "kiosk-1", kind: "idcard", model: "sdt", plugged: true, address: "serial:x", idcard: { card: "" } },
  { id: "kiosk-1/printer", terminal: "kiosk-1", kind: "printer", model: "escpos", plugged: true, address: "tcp:x", printer: { paper: "ok", cover_open: false, cutter_error: false, offline: false, printing: false, slips: 3 } },
  { id: "kiosk-1/sheet", terminal: "kiosk-1", kind: "sheet", model: "ipp", plugged: true, address: "tcp:y", sheet: { paper: "ok", cover_open: false, jam: false, offline: false, printing: false, documents: [] } },
  { id: "kiosk-1/board", terminal: "kiosk-1", kind: "numberboard", model: "board4", plugged: true, address: "serial:z", board: { shows: "A012", colour: "red" } },
];
const state = { rev: 1, now: "2026-11-23T02:00:00Z", devices, lines: [{ id: "kiosk-1", up: true, listen: "a", target: "b", connections: 1 }] };
const cards = [{ id: "resident", kind: "resident", name: "A", number: "110101199003074514", valid_until: "20400101" }];

let asked: { path: string; token: string | null; body: unknown }[] = [];
let broken = false;
let wrapper: VueWrapper | undefined;
const tick = async () => {
  await vi.advanceTimersByTimeAsync(50);
  await flushPromises();
};

function answer(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const path = String(input);
  asked.push({ path, token: new Headers(init?.headers).get("Authorization"), body: typeof init?.body === "string" ? JSON.parse(init.body) : undefined });
  if (broken) return Promise.reject(new Error("gone"));
  if (path.endsWith("/cards")) return Promise.resolve(Response.json({ cards }));
  if (path.includes("slip.png")) return Promise.resolve(new Response("png"));
  return Promise.resolve(Response.json(state));
}
async function dock() {
  wrapper = mount(DevDock, { attachTo: document.body, props: { client: createClient({ base: "/api/v1", token: () => "secret" }) }, global: { plugins: [i18n] } });
  await tick();
  return wrapper;
}

beforeEach(async () => {
  vi.useFakeTimers();
  sessionStorage.clear();
  asked = [];
  broken = false;
  vi.stubGlobal("fetch", answer);
  await setLocale("en");
});
afterEach(() => {
  wrapper?.unmount();
  wrapper = undefined;
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the dock", () => {
  it("is a handle that asks nothing, opens with a key and closes with Escape", async () => {
    const page = await dock();
    const handle = page.get("[data-testid=dock-open]");
    expect(handle.attributes("aria-expanded")).toBe("false");
    expect(handle.attributes("aria-label")).toBe("Open the demo devices");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toEqual([]);
    await handle.trigger("click");
    await tick();
    expect(document.activeElement?.getAttribute("data-testid")).toBe("dock-close");
    expect(page.get("[data-testid=dock-close]").attributes("aria-expanded")).toBe("true");
    await page.get("[data-testid=dock-close]").trigger("keydown", { key: "Escape" });
    await tick();
    expect(document.activeElement?.getAttribute("data-testid")).toBe("dock-open");
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toHaveLength(before);
  });

  it("remembers where it stands, and nothing else", async () => {
    let page = await dock();
    await page.get("[data-testid=dock-open]").trigger("click");
    await tick();
    await page.get("[data-testid=dock-side]").trigger("click");
    expect(keptPlace()).toEqual({ open: true, side: "left" });
    expect(Object.keys(sessionStorage)).toEqual(["hallway.dock"]);
    expect(JSON.parse(sessionStorage.getItem("hallway.dock") ?? "")).toEqual({ open: true, side: "left" });
    page.unmount();
    page = await dock();
    expect(page.find("[data-testid=dock-panel]").exists()).toBe(true);
    sessionStorage.setItem("hallway.dock", "{damaged");
    expect(keptPlace()).toEqual({ open: false, side: "right" });
  });

  it("plays the devices of this terminal through its own door", async () => {
    const page = await dock();
    await page.get("[data-testid=dock-open]").trigger("click");
    await tick();
    await page.get('[data-testid="card-kiosk-1/idcard-resident"]').trigger("click");
    await tick();
    await page.get('[data-testid="paper-kiosk-1/printer-end"]').trigger("click");
    await tick();
    await page.get('[data-testid="cover-kiosk-1/sheet"]').trigger("click");
    await tick();
    await page.get('[data-testid="line-switch-kiosk-1"]').trigger("click");
    await tick();
    const acts = asked.filter((one) => one.body).map((one) => ({ path: one.path, body: one.body }));
    expect(acts).toEqual([
      { path: "/api/v1/demo/bench/idcard/place", body: { id: "kiosk-1/idcard", card: "resident" } },
      { path: "/api/v1/demo/bench/printer/set", body: { id: "kiosk-1/printer", paper: "end" } },
      { path: "/api/v1/demo/bench/sheet/set", body: { id: "kiosk-1/sheet", cover_open: true } },
      { path: "/api/v1/demo/bench/lines", body: { id: "kiosk-1", up: false } },
    ]);
    expect(asked.every((one) => one.path.startsWith("/api/v1/demo/bench/") && one.token === "Bearer secret")).toBe(true);
    expect(page.get('[data-testid="board-kiosk-1/board"]').attributes("aria-label")).toContain("A012");
  });

  it("shows the newest slip, and all of them when asked", async () => {
    const page = await dock();
    await page.get("[data-testid=dock-open]").trigger("click");
    await tick();
    expect(page.findAll('[data-testid^="slip-kiosk-1/printer-"]')).toHaveLength(1);
    await page.get('[data-testid="all-kiosk-1/printer"]').trigger("click");
    expect(page.findAll('[data-testid^="slip-kiosk-1/printer-"]').map((one) => one.attributes("aria-label"))).toEqual(["Enlarge slip 3", "Enlarge slip 2", "Enlarge slip 1"]);
  });

  it("says when the bench is gone, and finds it again", async () => {
    const page = await dock();
    broken = true;
    await page.get("[data-testid=dock-open]").trigger("click");
    await tick();
    expect(page.get("[data-testid=dock-problem]").text()).toContain("The device bench does not answer");
    broken = false;
    await vi.advanceTimersByTimeAsync(1_500);
    await flushPromises();
    expect(page.find("[data-testid=dock-problem]").exists()).toBe(false);
    expect(page.findAll("article").length).toBe(5);
  });

  it("keeps its keys to itself", async () => {
    const heard = vi.fn();
    window.addEventListener("keydown", heard);
    const page = await dock();
    await page.get("[data-testid=dock-open]").trigger("keydown", { key: "F1" });
    window.removeEventListener("keydown", heard);
    expect(heard).not.toHaveBeenCalled();
  });
});

describe("the bench's words", () => {
  it.each([
    ["kiosk-1", "Kiosk 1"],
    ["counter-2", "Counter 2"],
    ["display-1", "Display 1"],
    ["station-civil-1", "Department station 1 (civil)"],
    ["station-hall-1", "Station in the hall 1"],
    ["something", "something"],
    ["kiosk", "kiosk"],
  ])("%s is %s", (id, words) => expect(terminalWords(id)).toBe(words));
  it("says what a code is on", () => {
    const on = (text: string) => codeWords({ text, printer: "p", at: "2026-11-23T02:00:00Z" });
    expect([on("HW1.T.1"), on("HW1.A.1"), on("HW1.P.1")]).toEqual(["On a slip", "Of a booking", "On a label or receipt"]);
  });
});
