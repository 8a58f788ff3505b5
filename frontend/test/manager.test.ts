import { flushPromises, mount, RouterLinkStub } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h, shallowRef } from "vue";
import { Problem, type Client } from "@/api/http";
import type { ManagerAlarm, ManagerTerminal, ManagerView, ManagerWindow, SessionAct } from "@/api/types";
import { i18n, setLocale } from "@/i18n";
import type { Live } from "@/api/view";
import { arrivals } from "@/manager/arrivals";
import { flowChart, papersChart, waitChart, waitingChart, type Inks } from "@/manager/charts";
import ManagerAlarms from "@/manager/ManagerAlarms.vue";
import ManagerCases from "@/manager/ManagerCases.vue";
import ManagerChart from "@/manager/ManagerChart.vue";
import { provideManager } from "@/manager/hall";
import ManagerDevice from "@/manager/ManagerDevice.vue";
import ManagerMap from "@/manager/ManagerMap.vue";
import ManagerRevoke from "@/manager/ManagerRevoke.vue";
import ManagerTiles from "@/manager/ManagerTiles.vue";
import { nextThatWay, placeKey, reading, seats } from "@/manager/plan";
import { alarmWords, terminalName, windowState, windowTone } from "@/manager/words";

const global = { plugins: [i18n], stubs: { RouterLink: RouterLinkStub } };
const now = Date.parse("2026-11-23T02:00:00Z"); // 10:00 in the hall

const window = (more: Partial<ManagerWindow> = {}): ManagerWindow => ({ id: "1", name: { en: "Window 1, any matter" }, state: "open", done: 0, waiting: 0, groups: ["business"], ...more });
const terminal = (more: Partial<ManagerTerminal> = {}): ManagerTerminal => ({
  id: "kiosk-1", role: "kiosk", nth: 1, state: "ok", issued: 3, online: true, version: "1", outbox: 0, work: 0, devices: [], ...more,
});
const group = { id: "business", prefix: "A", name: { en: "Business" }, waiting: 2, longest: 600, serving: 0, done: 1, wait_mean: 60, open: 0 };
const span = (from: string, arrived: number, called: number, finished: number, p50: number, p90: number, begun = true) => ({ from, arrived, called, finished, wait_p50: p50, wait_p90: p90, begun });
function view(more: Partial<ManagerView> = {}): ManagerView {
  return {
    rev: 1, now: "2026-11-23T02:00:00Z", hall: { en: "Hall" }, day: "2026-11-23", plan: "p", open: true,
    totals: { issued: 3, waiting: 2, serving: 0, done: 1, missed: 0, booked: 0, checked_in: 0, wait_mean: 60, wait_p90: 120, serve_mean: 300, idle_with_waiting: 0 },
    groups: [group], windows: [window()], terminals: [terminal()], ratings: { levels: [2, 0, 0, 1, 0], not_rated: 1 }, recent: [], alarms: [],
    series: [span("2026-11-23T01:00:00Z", 1, 1, 1, 60, 60), span("2026-11-23T01:30:00Z", 5, 2, 0, 300, 900), span("2026-11-23T02:30:00Z", 0, 0, 0, 0, 0, false)],
    cases: { counts: [], pending: [], attention: [], departments: [], trips: [], papers: { waiting: 1, in_transit: 4, at_counter: 0, unverified: 0, disputed: 0, attention: 0, overdue: 2 } },
    ...more,
  } as ManagerView;
}
const alarm = (more: Partial<ManagerAlarm>): ManagerAlarm => ({ code: "no_window", severity: "bad", kind: "group", id: "business", params: { n: "2", minutes: "10" }, ...more });

beforeEach(() => setLocale("en"));
afterEach(() => setLocale("zh-Hans"));

describe("process records", () => {
  const cases = (more: object) => ({ counts: [], pending: [], attention: [], departments: [], trips: [], papers: { waiting: 0, in_transit: 0, at_counter: 0, unverified: 0, disputed: 0, attention: 0, overdue: 0 }, ...more }) as unknown as ManagerView["cases"];
  const shown = (more: object) => mount(ManagerCases, { props: { cases: cases(more), now: 0 }, global: { plugins: [i18n] } });
  it("are one line: what went up, what waits, and why some were refused", () => {
    const line = shown({ export: { sent: 12, waiting: 3, refused: 1, reason: "missing SXBM", record: "2", trouble: "no_answer" } }).get("[data-testid=export]");
    expect(line.text()).toContain("12 sent up, 3 waiting");
    expect(line.text()).toContain("1 refused above, Acceptance: missing SXBM");
    expect(line.text()).toContain("does not answer");
    expect(line.classes()).toContain("bad");
    const quiet = shown({ export: { sent: 12, waiting: 0, refused: 0 } }).get("[data-testid=export]");
    expect(quiet.classes()).not.toContain("bad");
    expect(quiet.text()).not.toContain("refused");
    expect(shown({}).find("[data-testid=export]").exists()).toBe(false);
  });
});

describe("names and states", () => {
  it("calls machines as people do", () => {
    expect(terminalName(terminal({ nth: 2 }))).toBe("Kiosk 2");
    expect(terminalName(terminal({ role: "counter", window: "3" }))).toContain("3");
    expect(terminalName(terminal({ role: "station", department: "civil", place: { en: "Civil Affairs" } }))).toContain("Civil Affairs");
    expect(terminalName(terminal({ id: "x-9", role: "something" }))).toBe("x-9");
  });
  it("lets an alert go before the plain state, by word and by tone", () => {
    expect(windowTone(window({ alert: "idle" }))).toBe("error");
    expect(windowState(window({ alert: "idle" }))).not.toBe(windowState(window()));
    expect(windowTone(window({ state: "serving" }))).toBe("ok");
  });
  it.each([
    ["a service that nobody serves", alarm({}), "Business", { name: "service", params: { id: "business" } }],
    ["a free window", alarm({ code: "idle_window", kind: "window", id: "1", params: { n: "2" } }), "1", { name: "window", params: { id: "1" } }],
    ["a device, in the fault's own words", alarm({ code: "device_fault", kind: "terminal", id: "kiosk-1", params: { device: "printer", fault: "paper_end" } }), "Kiosk 1", { name: "terminal", params: { id: "kiosk-1" } }],
    ["papers", alarm({ code: "papers_overdue", kind: "cases", id: "", params: { n: "2" } }), "2", { name: "cases" }],
  ])("says of %s what is wrong, what to do, and where", (_, one, words, to) => {
    const said = alarmWords(one, view(), now);
    expect(said.title).toContain(words);
    expect(said.todo).not.toContain("manager.alarm");
    expect(said.todo.length).toBeGreaterThan(8);
    expect(said.to).toEqual(to);
  });
});

describe("a terminal that is to be shut out", () => {
  const every: SessionAct[] = [{ act: "revokeTerminal" }, { act: "readmitTerminal" }];
  const show = (one: ManagerTerminal, post: unknown, acts = every) =>
    mount(
      defineComponent({
        setup() {
          provideManager({ client: { post } as Client, live: { offer: () => undefined } as unknown as Live<ManagerView>, view: shallowRef(null), acts: shallowRef(acts) });
          return () => h(ManagerRevoke, { terminal: one });
        },
      }),
      { global, attachTo: document.body },
    );
  const find = (id: string) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
  it.each([
    ["shut out", terminal(), "revoke", "Shut out Kiosk 1?", "cut off from the centre"],
    ["let in again", terminal({ state: "revoked", online: false }), "readmit", "Let Kiosk 1 in again?", "still has the machine"],
  ])("is %s after a question only", async (_, one, act, title, text) => {
    const post = vi.fn().mockResolvedValue({ rev: 2 });
    const page = show(one, post);
    await page.get(`[data-testid="${act}-kiosk-1"]`).trigger("click");
    await flushPromises();
    expect(find("revoke-dialog")?.textContent).toContain(title);
    expect(find("revoke-dialog")?.textContent).toContain(text);
    find("revoke-back")?.click();
    await flushPromises();
    expect(find("revoke-dialog")).toBeNull();
    expect(post).not.toHaveBeenCalled();
    await page.get(`[data-testid="${act}-kiosk-1"]`).trigger("click");
    await flushPromises();
    find("revoke-confirm")?.click();
    await flushPromises();
    expect(post).toHaveBeenCalledExactlyOnceWith(`/manager/terminals/kiosk-1/${act}`, undefined);
    expect(find("revoke-dialog")).toBeNull();
    page.unmount();
  });
  it.each([
    ["revoke", terminal(), [{ act: "revokeTerminal", why: { code: "forbidden" } }, { act: "readmitTerminal" }]],
    ["readmit", terminal({ state: "revoked", online: false }), [{ act: "revokeTerminal" }]],
    ["revoke", terminal(), []],
  ] satisfies [string, ManagerTerminal, SessionAct[]][])("offers no %s that the centre does not allow", (act, one, acts) => {
    const page = show(one, vi.fn(), acts);
    expect(page.find(`[data-testid="${act}-kiosk-1"]`).exists()).toBe(false);
    page.unmount();
  });
  it("says why it was not done, and asks on", async () => {
    const page = show(terminal(), vi.fn().mockRejectedValue(new Problem("own_terminal")));
    await page.get('[data-testid="revoke-kiosk-1"]').trigger("click");
    await flushPromises();
    find("revoke-confirm")?.click();
    await flushPromises();
    expect(find("revoke-problem")?.textContent).toContain("another computer");
    page.unmount();
  });
});

describe("alarms", () => {
  it("say that all is well", () => {
    const page = mount(ManagerAlarms, { global, props: { view: view(), now } });
    expect(page.get("[data-testid=alarms]").attributes("data-count")).toBe("0");
    expect(page.text()).toContain(i18n.global.t("manager.alarms.none"));
  });
  it("show the first four, and the rest by one touch", async () => {
    const alarms = ["1", "2", "3", "4", "5", "6"].map((id) => alarm({ code: "idle_window", severity: "warn", kind: "window", id, params: { n: "1" } }));
    const page = mount(ManagerAlarms, { global, props: { view: view({ alarms }), now } });
    expect(page.findAll("li")).toHaveLength(4);
    await page.get("[data-testid=alarms-more]").trigger("click");
    expect(page.findAll("li")).toHaveLength(6);
    expect(page.get("[data-testid=alarms-more]").attributes("aria-expanded")).toBe("true");
  });
});

describe("the map", () => {
  const box = (x: number, y: number, window: string) => ({ x, y, w: 2, h: 2, window });
  const places = [box(6, 0, "3"), box(0, 0.3, "1"), box(3, 0, "2"), box(3, 5, "4")];
  it("reads from above, and from the left within a row", () => {
    expect(reading(places).map((one) => one.window)).toEqual(["1", "2", "3", "4"]);
  });
  it.each([
    ["1", "ArrowRight", "2"],
    ["2", "ArrowRight", "3"],
    ["3", "ArrowRight", undefined],
    ["2", "ArrowDown", "4"],
    ["4", "ArrowUp", "2"],
    ["1", "ArrowLeft", undefined],
  ] as const)("from %s by %s comes to %s", (from, way, to) => {
    const start = places.find((one) => one.window === from);
    expect(start && nextThatWay(start, places, way)?.window).toBe(to);
  });
  it("seats people inside the waiting area", () => {
    for (const seat of seats({ x: 2, y: 3, w: 6, h: 4 }, 1)) {
      expect(seat.x).toBeGreaterThan(2);
      expect(seat.x).toBeLessThan(8);
      expect(seat.y).toBeGreaterThan(4);
      expect(seat.y).toBeLessThan(7);
    }
  });
  it("tells windows and machines apart by key", () => {
    expect(placeKey(box(0, 0, "1"))).toBe("window-1");
    expect(placeKey({ x: 0, y: 0, w: 1, h: 1, terminal: "kiosk-1" })).toBe("terminal-kiosk-1");
  });
  it("has one stop of Tab, names with states, and leaves out what is gone", () => {
    const floor = { width: 20, height: 10, areas: [{ kind: "waiting" as const, x: 1, y: 5, w: 8, h: 4 }], places: [box(1, 1, "1"), box(5, 1, "gone"), { x: 12, y: 5, w: 3, h: 2, terminal: "kiosk-1" }] };
    const page = mount(ManagerMap, { global, props: { floor, view: view({ windows: [window({ state: "serving", number: "A007" })], terminals: [terminal({ state: "fault" })] }), now } });
    const links = page.findAll("a.place");
    expect(links).toHaveLength(2);
    expect(links.map((one) => one.attributes("tabindex"))).toEqual(["0", "-1"]);
    expect(links[0]?.attributes("aria-label")).toContain("A007");
    expect(links[1]?.attributes("aria-label")).toContain(i18n.global.t("manager.device.fault"));
    expect(page.get("[data-testid=map-waiting]").attributes("data-value")).toBe("2");
  });
});

describe("charts", () => {
  const inks: Inks = { ink: "black", ink2: "gray", line: "gray", surface: "white", brand: "teal", accent: "brown", ok: "green", bad: "red", font: "sans", size: 13, still: true };
  it("say the day in one sentence, and hold the same as a table", () => {
    const chart = flowChart(view());
    expect(chart.summary).toContain("6");
    expect(chart.summary).toContain("09:30");
    expect(chart.rows).toEqual([["09:00", 1, 1, 1], ["09:30", 5, 2, 0]]); // what has not begun is no zero
    expect(waitChart(view()).rows).toEqual([["09:00", 1, 1], ["09:30", 5, 15]]);
  });
  it("tell lines apart without colour, and stand still when nothing may move", () => {
    const option = flowChart(view()).option(inks) as { animation: boolean; series: { symbol: string; lineStyle: { type: string } }[] };
    expect(option.animation).toBe(false);
    expect(new Set(option.series.map((one) => one.symbol)).size).toBe(3);
    expect(new Set(option.series.map((one) => one.lineStyle.type)).size).toBe(3);
  });
  it("know when there is nothing to draw", () => {
    expect(flowChart(view({ series: [] })).empty).toBe(true);
    expect(waitingChart(view({ groups: [] })).empty).toBe(true);
    expect(papersChart(view()).summary).toContain("4");
  });
  it("turn into their table by one button", async () => {
    const page = mount(ManagerChart, { global, props: { chart: waitingChart(view()) } });
    expect(page.get("[role=img]").attributes("aria-label")).toContain("Business");
    await page.get("[data-testid=chart-waiting-table]").trigger("click");
    expect(page.get("tbody tr").text()).toContain("Business");
    expect(page.get("[data-testid=chart-waiting]").attributes("data-as")).toBe("table");
  });
});

describe("figures, devices, arrivals", () => {
  it("each figure leads to its list", () => {
    const page = mount(ManagerTiles, { global, props: { totals: view().totals } });
    expect(page.findAllComponents(RouterLinkStub)).toHaveLength(10);
    expect(page.get("[data-testid=total-waiting]").attributes("data-value")).toBe("2");
  });
  it("a fault says what to do, and is as heavy as it says", () => {
    const device = { id: "printer", kind: "printer", model: "escpos", state: "absent", since: "2026-11-23T01:00:00Z", faults: [{ code: "paper_end", severity: "warn", since: "2026-11-23T01:30:00Z" }] };
    const page = mount(ManagerDevice, { global, props: { terminal: "kiosk-1", device, whole: true } });
    expect(page.classes()).toContain("warn");
    expect(page.text()).toContain("09:30");
    expect(page.get("[data-testid=fault-kiosk-1-printer-paper_end]").text().length).toBeGreaterThan(20);
  });
  it("a coming moves the focus once, the first page of a visit not at all", () => {
    arrivals.settle("");
    expect(arrivals.take("/a")).toBe(false);
    expect(arrivals.take("/b")).toBe(true);
    expect(arrivals.take("/b")).toBe(false);
    arrivals.expect();
    expect(arrivals.take("/b")).toBe(true);
  });
});
