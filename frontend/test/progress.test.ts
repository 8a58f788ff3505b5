import { flushPromises, mount } from "@vue/test-utils";
import { beforeEach, describe, expect, it } from "vitest";
import { nextTick } from "vue";
import { Problem } from "@/api/http";
import type { DepartmentBehaviour, DepartmentRequest, KioskCase, KioskProgress as Progress, KioskView, ManagerCases } from "@/api/types";
import DepartmentBehaviours from "@/departments/DepartmentBehaviours.vue";
import DepartmentRequests from "@/departments/DepartmentRequests.vue";
import { i18n, setLocale } from "@/i18n";
import KioskCaseCard from "@/kiosk/KioskCaseCard.vue";
import KioskHome from "@/kiosk/KioskHome.vue";
import KioskNotice from "@/kiosk/KioskNotice.vue";
import KioskProgress from "@/kiosk/KioskProgress.vue";
import { eventWords } from "@/manager/events";
import ManagerCasesPart from "@/manager/ManagerCases.vue";

const global = { plugins: [i18n] };
const yes = { allowed: true };
beforeEach(() => setLocale("en"));

const one = (more: Partial<KioskCase> = {}): KioskCase => ({
  id: "C1",
  number: "000101000001",
  reprint: { allowed: false },
  continue: { allowed: false },
  cancel: { allowed: false },
  item: { en: "Open a shop" },
  state: "PENDING_SHARE",
  anomaly: [],
  next: { code: "fetching" },
  applied: "2026-11-22T02:00:00Z",
  materials: [
    { name: { en: "Lease" }, state: "DONE", label: "material.citizen.DONE" },
    { name: { en: "Marriage record" }, state: "P_WAIT_IN", label: "material.citizen.WAIT" },
  ],
  ...more,
});
const ask = (more: Partial<Progress> = {}): Progress => ({ step: "ask", left: 5, cases: [], may_print: { allowed: false }, ...more });
const list = (cases: KioskCase[], more: Partial<Progress> = {}): Progress => ({ step: "list", by: "card", left: 5, cases, may_print: yes, ...more });
const mountProgress = (progress: Progress, more: object = {}) =>
  mount(KioskProgress, { global, props: { progress, devices: [], busy: "", problem: null, ...more }, attachTo: document.body });

describe("a citizen looks at their case", () => {
  it("finds the way in on the first screen", async () => {
    const view = { rev: 1, now: "", open: true, issue: yes, groups: [], devices: [], notices: [] } as unknown as KioskView;
    const home = mount(KioskHome, { global, props: { view, busy: false } });
    await home.get("[data-testid=way-progress]").trigger("click");
    expect(home.emitted("progress")).toHaveLength(1);
    await home.setProps({ servicesOnly: true });
    expect(home.find("[data-testid=way-progress]").exists()).toBe(false);
  });
  it("types the number as it is printed, then the password, and both are sent", async () => {
    const page = mountProgress(ask());
    for (const key of ["0", "0", "0", "1", "0", "1", "0", "0", "0", "0", "0"]) await page.get(`[data-testid=pad-${key}]`).trigger("click");
    expect(page.get("[data-testid=progress-submit]").attributes("disabled")).toBeDefined();
    await page.get("[data-testid=pad-1]").trigger("click");
    for (const key of ["dash", "dash", "7"]) await page.get(`[data-testid=pad-${key}]`).trigger("click"); // one dash only
    expect(page.get("[data-testid=progress-number]").text()).toContain("0001 0100 0001-7");
    await page.get("[data-testid=progress-next]").trigger("click");
    for (const key of "4829136") await page.get(`[data-testid=pad-${key}]`).trigger("click");
    expect(page.get("[data-testid=progress-password]").attributes("data-length")).toBe("6");
    expect(page.get("[data-testid=progress-password]").text()).not.toMatch(/\d{3}/);
    await page.get("[data-testid=progress-submit]").trigger("click");
    expect(page.emitted("submit")).toEqual([["000101000001-7", "482913"]]);
    page.unmount();
  });
  it("types a wrong password again, but not the number", async () => {
    const page = mountProgress(ask());
    for (const key of [..."000101000001"]) window.dispatchEvent(new KeyboardEvent("keydown", { key }));
    await nextTick();
    await page.get("[data-testid=progress-password]").trigger("click");
    for (const key of [..."111111", "Backspace", "x"]) window.dispatchEvent(new KeyboardEvent("keydown", { key }));
    await nextTick();
    expect(page.get("[data-testid=progress-password]").attributes("data-length")).toBe("5");
    await page.setProps({ problem: new Problem("progress_unknown", 404, { left: "4" }), progress: ask({ left: 4 }) });
    expect(page.get("[data-testid=progress-password]").attributes("data-length")).toBe("0");
    expect(page.get("[data-testid=progress-number]").attributes("data-length")).toBe("12");
    await page.setProps({ progress: ask({ left: 0 }) });
    expect(page.find("[data-testid=progress-number]").exists()).toBe(false);
    expect(page.get("[data-testid=progress-locked]").text()).toContain("15 minutes");
    page.unmount();
  });
  it("is told when the reader does not work", () => {
    const page = mountProgress(ask(), { devices: [{ id: "r", kind: "idcard", state: "absent", faults: [] }] });
    expect(page.get("[data-testid=progress-card]").text()).toContain("Use the number and the password below");
    page.unmount();
  });
  it("is told to take a card away that lies there and was read", async () => {
    const reader = { id: "r", kind: "idcard", state: "ready", faults: [], lies: true };
    const page = mountProgress(ask(), { devices: [reader] });
    expect(page.get("[data-testid=progress-card]").text()).toContain("take it away and lay it down again");
    await page.setProps({ devices: [{ ...reader, lies: false }] });
    expect(page.find("[data-testid=card-lies]").exists()).toBe(false);
    await page.setProps({ devices: [{ ...reader, state: "absent" }] });
    expect(page.find("[data-testid=card-lies]").exists()).toBe(false);
    page.unmount();
  });
  it("sees each case in plain words: how it stands, what happens next, which documents", async () => {
    const second = one({ id: "C2", number: "000101000002", state: "ACCEPTED", next: { code: "deciding", params: { day: "2026-12-04" } }, due_day: "2026-12-04", materials: [] });
    const page = mountProgress(list([one(), second]), { person: "*M" });
    const first = page.get('[data-testid="progress-case-000101000001"]');
    expect(first.attributes()).toMatchObject({ "data-state": "PENDING_SHARE", "data-open": "true" });
    expect(first.text()).toContain("You need not do anything");
    expect(first.get("[data-testid=progress-material-0]").text()).toContain("Done");
    expect(first.get("[data-testid=progress-material-1]").text()).toContain("Being fetched for you");
    await page.get('[data-testid="progress-case-000101000002"] button').trigger("click");
    await flushPromises();
    expect(page.get('[data-testid="progress-case-000101000002"]').text()).toContain("4 December 2026");
    await page.get("[data-testid=progress-print]").trigger("click");
    expect(page.emitted("print")).toEqual([["000101000002"]]);
    await page.get("[data-testid=done]").trigger("click");
    expect(page.emitted("leave")).toHaveLength(1);
    page.unmount();
  });
  it("sees at once where something is to be done", () => {
    const card = mount(KioskCaseCard, { global, props: { one: one({ anomaly: [{ code: "anomaly_missing", params: { material: "M02" } }], next: { code: "missing" } }), open: false } });
    expect(card.attributes("data-anomaly")).toBe("true");
    expect(card.text()).toContain("cannot supply one document");
    expect(card.text()).not.toContain("M02");
  });
  it("prints the slip of what was applied for here once more, as the program allows", async () => {
    const here = one({ id: "C2", number: "000101000002", online: true, reprint: yes });
    const page = mountProgress(list([here, one()]));
    expect(page.find('[data-testid="progress-reprint-000101000001"]').exists()).toBe(false);
    await page.get('[data-testid="progress-reprint-000101000002"]').trigger("click");
    expect(page.emitted("reprint")).toEqual([["000101000002"]]);
    await page.setProps({ progress: list([{ ...here, reprint: { allowed: false, why: { code: "progress_printing" } } }], { print: "printing" }) });
    expect(page.get('[data-testid="progress-reprint-000101000002"]').attributes("disabled")).toBeDefined();
    page.unmount();
  });
  it("knows what became of the printed paper", async () => {
    const page = mountProgress(list([one()], { print: "printing", may_print: { allowed: false, why: { code: "progress_printing" } } }));
    expect(page.get("[data-testid=progress-print]").attributes("aria-busy")).toBe("true");
    for (const [print, words] of [
      ["confirmed", "please take it"],
      ["failed", "not printed"],
      ["unknown", "cannot tell"],
    ] as const) {
      await page.setProps({ progress: list([one()], { print }) });
      expect(page.get("[data-testid=progress-slip]").text()).toContain(words);
    }
    page.unmount();
  });
  it("is offered the other way when the card knows of none", async () => {
    const page = mount(KioskNotice, { global, props: { mayTake: true, busy: "", notice: { severity: "info", code: "progress_none" } } });
    await page.get("[data-testid=notice-number]").trigger("click");
    expect(page.emitted("number")).toHaveLength(1);
    expect(page.find("[data-testid=notice-phone]").exists()).toBe(false);
    await page.setProps({ notice: { severity: "warn", code: "progress_offline" } });
    expect(page.find("[data-testid=notice-number]").exists()).toBe(false);
  });
});

describe("the manager looks at cases and papers", () => {
  const cases: ManagerCases = {
    counts: [{ state: "PENDING_SHARE", count: 6 }],
    pending: [{ number: "000101000007", item: { en: "Permit" }, summary: "MISSING", anomaly: [{ code: "anomaly_overdue", params: { hours: "30" } }] }],
    papers: { waiting: 7, in_transit: 5, at_counter: 3, unverified: 2, disputed: 0, attention: 1, overdue: 0 },
    attention: [{ paper: "p", number: "000101000002", material: "M05", department: "civil", custody: "UNVERIFIED" }],
    departments: [{ id: "civil", name: { en: "Civil Affairs" }, open: 9, overdue: 1 }],
    trips: [{ id: "t1", department: "civil", papers: 8, missing: 2, sent: "2026-11-23T01:00:00Z" }],
  };
  it("sees how many, where they are, and what somebody must look at", () => {
    const page = mount(ManagerCasesPart, { global, props: { cases, now: Date.parse("2026-11-23T02:00:00Z") } });
    expect(page.get("[data-testid=cases-PENDING_SHARE]").attributes("data-value")).toBe("6");
    expect(page.get("[data-testid=papers-in_transit]").attributes("data-value")).toBe("5");
    expect(page.get('[data-testid="case-000101000007"]').text()).toContain("more than 30 hours");
    expect(page.get('[data-testid="paper-M05-000101000002"]').text()).toContain("Civil Affairs");
    expect(page.get("[data-testid=department-civil]").text()).toContain("1 overdue");
    expect(page.get("[data-testid=trip-t1]").text()).toContain("6 of 8");
  });
  it("reads a department's name, not its code", () => {
    const words = eventWords({ code: "department_down", params: { department: "civil" } }, { cases, terminals: [] });
    expect(words).toContain("Civil Affairs");
    expect(eventWords({ code: "department_down", params: { department: "tax" } }, { cases, terminals: [] })).toContain("tax");
  });
});

describe("the departments' simulator", () => {
  const request = (more: Partial<DepartmentRequest> = {}): DepartmentRequest => ({
    id: "c1/M02/1",
    department: "police",
    kind: "order",
    state: "waiting",
    item: "open-shop",
    material: "M02",
    person: "*",
    document: "11**",
    received: "2026-11-23T02:00:00Z",
    tries: 0,
    ...more,
  });
  it("delivers, twice, forged, with wrong content, or refuses, by hand", async () => {
    const page = mount(DepartmentRequests, { global, props: { requests: [request(), request({ id: "q", kind: "query", state: "answered", answer: "yes" })], names: new Map([["police", "Police"]]), busy: "" } });
    for (const way of ["deliver", "twice", "forge", "wrong"]) await page.get(`[data-testid="${way}-c1/M02/1"]`).trigger("click");
    expect(page.emitted("deliver")).toEqual([
      ["c1/M02/1", "at_once"],
      ["c1/M02/1", "twice"],
      ["c1/M02/1", "forged"],
      ["c1/M02/1", "wrong_digest"],
    ]);
    await page.get('[data-testid="refuse-c1/M02/1"]').trigger("click");
    await page.get("select").setValue("lent");
    await page.get('[data-testid="refuse-c1/M02/1"]').trigger("click");
    expect(page.emitted("refuse")).toEqual([
      ["c1/M02/1", "not_found"],
      ["c1/M02/1", "lent"],
    ]);
    expect(page.find('[data-testid="deliver-q"]').exists()).toBe(false);
    expect(page.get('[data-testid="request-q"]').text()).toContain("said yes");
  });
  it("sets how a department treats a material, and sets one apart", async () => {
    const other: DepartmentBehaviour = { department: "police", material: "", query: "yes", delivery: "at_once", seconds: 0, think: 0 };
    const page = mount(DepartmentBehaviours, { global, props: { department: "police", behaviours: [other], busy: "" } });
    await page.get("[data-testid=query-police-other]").setValue("no");
    expect(page.emitted("set")?.[0]).toEqual([{ ...other, query: "no", reason: "not_found" }]);
    await page.get("[data-testid=add-police]").setValue(" M02 ");
    await page.get("form").trigger("submit");
    expect(page.emitted("set")?.[1]).toEqual([{ department: "police", material: "M02", query: "yes", delivery: "at_once", seconds: 0, think: 0 }]);
  });
  it("keeps what is being typed while the page is asked anew", async () => {
    const later: DepartmentBehaviour = { department: "police", material: "M02", query: "yes", delivery: "after", seconds: 5, think: 0 };
    const page = mount(DepartmentBehaviours, { global, props: { department: "police", behaviours: [later], busy: "" } });
    const seconds = page.get<HTMLInputElement>('[data-testid="seconds-police-M02"]');
    seconds.element.value = "60";
    await seconds.trigger("input");
    await page.setProps({ behaviours: [{ ...later }] });
    expect(page.get<HTMLInputElement>('[data-testid="seconds-police-M02"]').element.value).toBe("60");
    await page.get('[data-testid="seconds-police-M02"]').trigger("change");
    expect(page.emitted("set")?.[0]).toEqual([{ ...later, seconds: 60, reason: "" }]);
  });
});
