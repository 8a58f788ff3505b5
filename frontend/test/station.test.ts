import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import type { Client } from "@/api/http";
import type { BatchView, Boot, DeskPrint, StationScan, StationView, TripView } from "@/api/types";
import { i18n, setLocale } from "@/i18n";
import { scanWords } from "@/station/look";
import { allScans, newScans, scanKey } from "@/station/scans";
import { createSounder, heard, NOTES } from "@/station/sound";
import StationBatches from "@/station/StationBatches.vue";
import StationLast from "@/station/StationLast.vue";
import StationLoading from "@/station/StationLoading.vue";
import StationPage from "@/station/StationPage.vue";
import StationPrints from "@/station/StationPrints.vue";
import StationScans from "@/station/StationScans.vue";
import StationTrips from "@/station/StationTrips.vue";

const global = { plugins: [i18n] };
const yes = { allowed: true };
const no = (code: string) => ({ allowed: false, why: { code } });
const NOW = Date.parse("2026-11-23T02:00:00Z");
const shown: VueWrapper[] = [];
const show = (wrapper: VueWrapper) => (shown.push(wrapper), wrapper);
const inBody = (id: string) => document.body.querySelector<HTMLElement>(`[data-testid="${id}"]`);

beforeEach(() => setLocale("en"));
afterEach(() => shown.splice(0).forEach((one) => one.unmount()));

const scan = (more: Partial<StationScan> = {}): StationScan => ({
  id: "op1",
  at: "2026-11-23T02:00:00Z",
  mode: "out",
  result: "ok",
  text: { code: "done.out" },
  number: "000101000001",
  material: { en: "Marriage record" },
  code: "M03",
  pending: false,
  undo: yes,
  undone: false,
  ...more,
});
const batch = (more: Partial<BatchView> = {}): BatchView => ({
  id: "b1",
  number: "000101000001",
  item: { en: "Open a shop" },
  department: { en: "Civil Affairs" },
  state: "OPEN",
  overdue: false,
  withdrawn: false,
  labels: "none",
  print: yes,
  papers: [{ id: "p1", material: { en: "Marriage record" }, code: "M03", attempt: 1, custody: "AT_DEPARTMENT", pending: false, back: false, attention: false, refuse: yes }],
  ...more,
});
const trip = (more: Partial<TripView> = {}): TripView => ({
  id: "t1",
  department: { en: "Civil Affairs" },
  state: "SENT",
  papers: 3,
  arrived: 3,
  missing: 0,
  opened: "2026-11-23T01:00:00Z",
  sent: "2026-11-23T01:30:00Z",
  pending: false,
  close: yes,
  print: yes,
  ...more,
});
const station = (more: Partial<StationView> = {}): StationView => ({
  rev: 1,
  now: "2026-11-23T02:00:00Z",
  line: { online: true, since: "2026-11-23T00:00:00Z", pending: 0, work: 0, clock: "good" as StationView["line"]["clock"] },
  staff: { id: "2001", name: "Officer", roles: [] },
  department: "civil",
  name: { en: "Civil Affairs" },
  mode: "out",
  modes: [
    { mode: "out", act: yes },
    { mode: "return_in", act: yes },
  ],
  counts: { waiting: 1, today: 0, pending: 0, unverified: 0, attention: 0, overdue: 0 },
  scans: [],
  batches: [batch()],
  trips: [],
  couriers: [{ id: "2002", name: "Courier" }],
  acts: { scan: yes, open: yes, send: no("no_trip"), sign_out: yes },
  prints: [],
  work: [],
  devices: [],
  voice: { can_speak: false, volume: 2 },
  ...more,
});

describe("every scan has its sound", () => {
  it("knows which scans are new, also when several came at once", () => {
    const one = scan({ id: "1" });
    const two = scan({ id: "2", result: "again" });
    const wrong = scan({ id: "", result: "wrong", at: "2026-11-23T02:00:09Z" });
    expect(newScans(undefined, [one])).toEqual([]); // what was there before the page
    expect(newScans("", [one])).toEqual([one]);
    expect(newScans(scanKey(one), [wrong, two, one])).toEqual([two, wrong]);
    expect(newScans(scanKey(wrong), [wrong, two, one])).toEqual([]);
    expect(newScans("of another sitting", [two, one])).toEqual([one, two]);
    expect(allScans(wrong, [two, one]).map(scanKey)).toEqual([wrong, two, one].map(scanKey));
    expect(allScans(two, [two, one])).toEqual([two, one]);
  });
  it("sounds different for each result: in number, pitch or length", () => {
    const heardAs = Object.values(NOTES).map((notes) => JSON.stringify(notes.map((note) => [note.hz, note.ms])));
    expect(new Set(heardAs).size).toBe(4);
    expect(NOTES.ok).toHaveLength(1);
    expect(NOTES.wrong.every((note) => note.hz < 300 && note.ms > 200)).toBe(true);
  });
  it("never leaves out what is wrong", () => {
    expect(heard(["ok", "again"])).toEqual(["ok", "again"]);
    expect(heard(["wrong", "ok", "ok", "ok", "ok"])).toEqual(["wrong", "ok", "ok"]);
    expect(heard(["wrong", "return", "wrong", "ok"])).toEqual(["wrong", "return", "wrong"]);
  });
  it("plays one scan after the other, and keeps quiet while the browser does", () => {
    const starts: number[] = [];
    const param = () => ({ value: 0, setValueAtTime() {}, linearRampToValueAtTime() {} });
    const context = {
      state: "running",
      currentTime: 5,
      destination: {},
      createGain: () => ({ gain: param(), connect() {} }),
      createOscillator: () => ({ type: "", frequency: param(), connect() {}, start: (at: number) => starts.push(at), stop() {} }),
      resume: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const sounder = createSounder(() => context as unknown as AudioContext);
    sounder.play(["ok", "again"]);
    expect(starts).toHaveLength(3);
    expect(starts[0]).toBe(5);
    expect(starts[1]).toBeGreaterThan(5.09);
    sounder.play(["ok"]);
    expect(starts[3]).toBeGreaterThan(starts[2] ?? 0);
    context.state = "suspended";
    expect(sounder.blocked()).toBe(true);
    sounder.play(["wrong"]);
    expect(starts).toHaveLength(4);
  });
  it("works without a sound card", () => {
    const silent = createSounder(() => undefined);
    silent.play(["ok"]);
    silent.wake();
    expect(silent.blocked()).toBe(false);
    silent.stop();
  });
});

describe("the latest scan", () => {
  it("says what happened by word and sign, with number, paper and what is not sent yet", async () => {
    const page = mount(StationLast, { global, props: { last: scan({ pending: true }), mode: "out", scan: yes, busy: "" } });
    const last = page.get("[data-testid=last]");
    expect(last.attributes()).toMatchObject({ "data-result": "ok", "data-pending": "true" });
    expect(last.text()).toContain("Done");
    expect(last.text()).toContain("Signed out");
    expect(last.text()).toContain("Marriage record");
    expect(last.text()).toContain("000101000001");
    expect(page.find("[data-testid=last-pending]").exists()).toBe(true);
    await page.get("[data-testid=undo-last]").trigger("click");
    expect(page.emitted("undo")).toEqual([["op1"]]);
    await page.setProps({ last: scan({ id: "", result: "wrong", text: { code: "fault.wrong_department" }, undo: no("nothing_moved") }) });
    expect(page.get("[data-testid=last]").text()).toContain("Stop");
    expect(page.find("[data-testid=undo-last]").exists()).toBe(false);
  });
  it("waits for the first one, or says why it cannot", async () => {
    const page = mount(StationLast, { global, props: { last: undefined, mode: "in", scan: yes, busy: "" } });
    expect(page.text()).toContain("Scan a label");
    await page.setProps({ scan: no("no_right") });
    expect(page.text()).toContain("You have no right for this");
  });
  it("tells codes within its words in words", () => {
    expect(scanWords({ code: "refused", params: { why: "case_cancelled" } })).toContain("The case was cancelled");
    expect(scanWords({ code: "no_mode", params: { mode: "return_in" } })).toContain("Take back in");
  });
});

describe("scanning with one hand, or by hand", () => {
  const mountScans = (scans: StationScan[], send: (text: string) => Promise<boolean>, mayScan = yes as StationView["acts"]["scan"]) =>
    mount(StationScans, { global, props: { scans, mayScan, busy: "", send } });
  it("lists the scans and takes one back", async () => {
    const page = mountScans([scan(), scan({ id: "op0", undo: no("undo_too_late") }), scan({ id: "opx", undone: true })], async () => true);
    await page.get("[data-testid=undo-0]").trigger("click");
    expect(page.emitted("undo")).toEqual([["op1"]]);
    expect(page.get("[data-testid=undo-1]").attributes("disabled")).toBeDefined();
    expect(page.get("[data-testid=undo-1]").attributes("title")).toContain("Too late");
    expect(page.find("[data-testid=undo-2]").exists()).toBe(false);
    expect(page.get("[data-testid=scan-2]").text()).toContain("Undone");
  });
  it("takes a typed label, and keeps it when it did not go", async () => {
    const sent: string[] = [];
    let goes = false;
    const page = mountScans([], async (text) => (sent.push(text), goes));
    const field = page.get<HTMLInputElement>("[data-testid=station-scan]");
    await field.setValue("  HW1.000101000001.M03.1.X ");
    await page.get("form").trigger("submit");
    await flushPromises();
    expect(field.element.value).toContain("M03");
    goes = true;
    await page.get("[data-testid=station-scan-submit]").trigger("click");
    await flushPromises();
    expect(sent).toEqual(["HW1.000101000001.M03.1.X", "HW1.000101000001.M03.1.X"]);
    expect(field.element.value).toBe("");
  });
});

describe("scans faster than their answers", () => {
  it("loses none, and joins none", async () => {
    const sent: string[] = [];
    let answer = (_ok: boolean) => {};
    const page = mount(StationScans, {
      global,
      props: { scans: [], mayScan: yes, busy: "", send: (text: string) => (sent.push(text), new Promise<boolean>((r) => (answer = r))) },
    });
    const field = page.get<HTMLInputElement>("[data-testid=station-scan]");
    await field.setValue("ONE");
    await page.get("form").trigger("submit");
    await page.setProps({ busy: "scan" });
    await field.setValue("ONETWO");
    await page.get("form").trigger("submit");
    expect(sent).toEqual(["ONE"]);
    answer(true);
    await flushPromises();
    await page.setProps({ busy: "" });
    expect(sent).toEqual(["ONE", "TWO"]);
    answer(true);
    await flushPromises();
    expect(field.element.value).toBe("");
  });
});

describe("a department's worklist", () => {
  const mountBatches = (batches: BatchView[], place: "department" | "hall" = "department") =>
    show(mount(StationBatches, { global, props: { batches, selected: "", place, now: NOW, busy: "" }, attachTo: document.body })) as VueWrapper<InstanceType<typeof StationBatches>>;
  it("groups by item, prints cover and labels, and one label again", async () => {
    const page = mountBatches([batch(), batch({ id: "b2", number: "000101000002", labels: "printed" }), batch({ id: "b3", number: "000101000003", item: { en: "Sell a house" } })]);
    expect(page.findAll("h3").map((one) => one.text())).toEqual(["Open a shop", "Sell a house"]);
    await page.get('[data-testid="labels-000101000001"]').trigger("click");
    await page.get('[data-testid="label-M03-000101000002"]').trigger("click");
    expect(page.emitted("labels")).toEqual([["b1"]]);
    expect(page.emitted("label")).toEqual([["p1"]]);
    expect(page.find('[data-testid="label-M03-000101000001"]').exists()).toBe(false);
  });
  it("does not release a paper, with a reason", async () => {
    const page = mountBatches([batch()]);
    await page.get('[data-testid="refuse-M03-000101000001"]').trigger("click");
    await nextTick();
    expect(document.body.textContent).toContain("Marriage record · 000101000001");
    inBody("refuse-reason-lent")?.click();
    await nextTick();
    expect(page.emitted("refuse")).toEqual([["p1", "lent"]]);
  });
  it("shows the hall only what is on the road", () => {
    const paper = { ...batch().papers[0]!, custody: "UNVERIFIED" as const, attention: true, pending: true };
    const page = mountBatches([batch({ papers: [paper] })], "hall");
    expect(page.find('[data-testid="labels-000101000001"]').exists()).toBe(false);
    expect(page.find('[data-testid="refuse-M03-000101000001"]').exists()).toBe(false);
    const row = page.get('[data-testid="paper-M03-000101000001"]');
    expect(row.attributes()).toMatchObject({ "data-custody": "UNVERIFIED", "data-pending": "true" });
    expect(row.text()).toContain("To be checked");
  });
  it("marks what is overdue, withdrawn or not released", () => {
    const refused = { ...batch().papers[0]!, refused: "lent" };
    const page = mountBatches([batch({ overdue: true }), batch({ id: "b2", number: "2", withdrawn: true }), batch({ id: "b3", number: "3", papers: [refused] })]);
    expect(page.get('[data-testid="batch-000101000001"]').text()).toContain("Overdue");
    expect(page.get('[data-testid="batch-2"]').text()).toContain("Not needed any more");
    expect(page.get('[data-testid="batch-3"]').text()).toContain("Lent out");
    expect(page.find('[data-testid="refuse-M03-3"]').exists()).toBe(false);
  });
});

describe("a trip", () => {
  it("is loaded, given to the courier who was chosen, and sent", async () => {
    const couriers = [
      { id: "2002", name: "One" },
      { id: "2003", name: "Two" },
    ];
    const view = station({ trip: trip({ state: "OPEN", papers: 12 }), couriers, acts: { scan: yes, open: no("trip_open"), send: yes, sign_out: yes } });
    const page = mount(StationLoading, { global, props: { view, busy: "" } });
    expect(page.get("[data-testid=trip]").attributes("data-papers")).toBe("12");
    expect(page.get("[data-testid=trip-send]").attributes("disabled")).toBeDefined();
    expect(page.get("[data-testid=trip-send]").text()).toContain("Choose who takes it first");
    await page.get("[data-testid=courier-2003]").trigger("click");
    await page.get("[data-testid=trip-send]").trigger("click");
    expect(page.emitted("send")).toEqual([["2003"]]);
    await page.setProps({ view: { ...view, trip: trip({ id: "t2", state: "OPEN", papers: 0 }), acts: { ...view.acts, send: no("trip_empty") } } });
    expect(page.get("[data-testid=trip-send]").text()).toContain("Nothing is loaded yet");
    expect(page.get("[data-testid=courier-2003]").attributes("aria-pressed")).toBe("false");
  });
  it("needs no choice when there is one courier, and begins with one touch", async () => {
    const page = mount(StationLoading, { global, props: { view: station(), busy: "" } });
    await page.get("[data-testid=trip-open]").trigger("click");
    expect(page.emitted("open")).toHaveLength(1);
    await page.setProps({ view: station({ trip: trip({ state: "OPEN" }), acts: { scan: yes, open: yes, send: yes, sign_out: yes } }) });
    expect(page.get("[data-testid=courier-2002]").attributes("aria-pressed")).toBe("true");
  });
  it("is closed at once when all arrived, after a question when not", async () => {
    const page = show(
      mount(StationTrips, { global, props: { trips: [trip(), trip({ id: "t2", arrived: 1, missing: 2 })], place: "hall", now: NOW, busy: "" }, attachTo: document.body }),
    ) as VueWrapper<InstanceType<typeof StationTrips>>;
    await page.get("[data-testid=trip-close-t1]").trigger("click");
    expect(page.emitted("close")).toEqual([["t1"]]);
    await page.get("[data-testid=trip-close-t2]").trigger("click");
    await nextTick();
    expect(document.body.textContent).toContain("2 have not arrived");
    inBody("trip-close-back")?.click();
    await nextTick();
    expect(page.emitted("close")).toHaveLength(1);
    await page.get("[data-testid=trip-close-t2]").trigger("click");
    await nextTick();
    inBody("trip-close-confirm")?.click();
    await nextTick();
    expect(page.emitted("close")).toEqual([["t1"], ["t2"]]);
  });
  it("is not for the department to close", () => {
    const page = mount(StationTrips, { global, props: { trips: [trip()], place: "department", now: NOW, busy: "" } });
    expect(page.find("[data-testid=trip-close-t1]").exists()).toBe(false);
    expect(page.find("[data-testid=trip-print-t1]").exists()).toBe(true);
  });
});

describe("papers that did not come out", () => {
  const print = (more: Partial<DeskPrint>): DeskPrint => ({ id: "j", case: "b1", paper: "cover", outcome: "failed", at: "2026-11-23T02:00:00Z", ...more }) as DeskPrint;
  it("are told until a later print of the same went well", async () => {
    const page = mount(StationPrints, { global, props: { prints: [print({ why: { severity: "error", code: "paper_end" } as DeskPrint["why"] })] } });
    expect(page.text()).toContain("Cover sheet: not printed");
    expect(page.text()).toContain("out of paper");
    await page.setProps({ prints: [print({ id: "k", outcome: "confirmed" as DeskPrint["outcome"] }), print({})] });
    expect(page.text()).toBe("");
    await page.setProps({ prints: [print({ outcome: "unknown" as DeskPrint["outcome"] })] });
    expect(page.text()).toContain("printed or not is unknown");
  });
});

describe("the station's page", () => {
  const boot = { role: "station", terminal: "station-1", hall: { en: "Hall" }, locale: "en", demo: true, version: "x" } as Boot;
  // The view is asked for once; the stream behind it stays silent here.
  beforeEach(() => vi.stubGlobal("fetch", () => new Promise(() => undefined)));
  afterEach(() => vi.unstubAllGlobals());
  function page(view: StationView) {
    const posts: [string, unknown][] = [];
    const client: Client = {
      base: "/api/v1",
      headers: () => ({}),
      get: async <T>() => view as T,
      post: async <T>(path: string, body?: unknown) => (posts.push([path, body]), { ...view, rev: view.rev + posts.length } as T),
      del: async <T>() => undefined as T,
    };
    const wrapper = show(mount(StationPage, { global, props: { boot, client }, attachTo: document.body }));
    return { wrapper, posts };
  }
  it("signs in, changes what a scan means, and signs out", async () => {
    const signin = page(station({ staff: undefined }));
    await flushPromises();
    expect(signin.wrapper.find("[data-testid=station-scan]").exists()).toBe(false);
    expect(signin.wrapper.find("[data-testid=staff]").exists()).toBe(true);
    const { wrapper, posts } = page(station());
    await flushPromises();
    expect(wrapper.get("[data-testid=station]").attributes()).toMatchObject({ "data-mode": "out", "data-department": "civil" });
    await wrapper.get("[data-testid=mode-out]").trigger("click");
    expect(posts).toEqual([]);
    await wrapper.get("[data-testid=mode-return_in]").trigger("click");
    await flushPromises();
    await wrapper.get("[data-testid=signout]").trigger("click");
    await flushPromises();
    expect(posts).toEqual([
      ["/station/mode", { mode: "return_in" }],
      ["/station/signout", undefined],
    ]);
  });
  it("says clearly that the line is cut and what has not been sent", async () => {
    const line = { ...station().line, online: false, pending: 4 };
    const { wrapper } = page(station({ department: undefined, line, counts: { waiting: 5, today: 4, pending: 4, unverified: 1, attention: 0, overdue: 0 } }));
    await flushPromises();
    expect(wrapper.get("[data-testid=offline]").text()).toContain("keep scanning");
    expect(wrapper.get("[data-testid=line]").attributes()).toMatchObject({ "data-online": "false", "data-pending": "4" });
    expect(wrapper.get("[data-testid=count-pending]").attributes("data-value")).toBe("4");
    expect(wrapper.get("[data-testid=count-unverified]").attributes("data-value")).toBe("1");
    expect(wrapper.find("[data-testid=trip-open]").exists()).toBe(false);
  });
  it("offers the field when the scanner is gone, and sends what is typed", async () => {
    const { wrapper, posts } = page(station({ devices: [{ id: "s", kind: "scanner", state: "absent", faults: [] } as StationView["devices"][number]] }));
    await flushPromises();
    expect(wrapper.get("[data-testid=device-trouble]").text()).toContain("type what is on the label");
    await wrapper.get("[data-testid=station-scan]").setValue("000101000001");
    await wrapper.get("[data-testid=station-scan-submit]").trigger("click");
    await flushPromises();
    expect(posts).toEqual([["/station/scan", { text: "000101000001" }]]);
  });
});
