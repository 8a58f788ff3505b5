// An application at the kiosk: what each screen shows and asks the program for,
// one thing at a time, and what it never shows.
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import type { Client } from "@/api/http";
import type { Boot, CaptureView, KioskApply, KioskApplyMaterial, KioskCase, KioskCheck, KioskSession, KioskView } from "@/api/types";
import { i18n, setLocale, t } from "@/i18n";
import ApplyCapture from "@/kiosk/apply/ApplyCapture.vue";
import ApplyCheck from "@/kiosk/apply/ApplyCheck.vue";
import ApplyDone from "@/kiosk/apply/ApplyDone.vue";
import ApplyMaterials from "@/kiosk/apply/ApplyMaterials.vue";
import ApplyNeeds from "@/kiosk/apply/ApplyNeeds.vue";
import { stepOf } from "@/kiosk/apply/step";
import KioskCaseCard from "@/kiosk/KioskCaseCard.vue";
import KioskHome from "@/kiosk/KioskHome.vue";
import KioskNotice from "@/kiosk/KioskNotice.vue";
import KioskPage from "@/kiosk/KioskPage.vue";
import { resetModes } from "@/ui/modes";

const global = { plugins: [i18n] };
const yes = { allowed: true };
const no = (code: string) => ({ allowed: false, why: { code } });
const way = (method: string, may: KioskApply["start"] = yes) => ({ method, may });
const material = (key: string, more: Partial<KioskApplyMaterial> = {}): KioskApplyMaterial => ({
  key,
  name: { en: `Paper ${key}` },
  person: 1,
  required: true,
  state: "PREPARE",
  label: "material.citizen.PREPARE",
  asking: false,
  coming: false,
  bring: false,
  ways: [way("UPLOAD"), way("ORIGINAL"), way("E_SHARE")],
  drop: no("already_so"),
  ...more,
});
const done = { state: "DONE", label: "material.citizen.DONE", pages: 2 };
const waits = { state: "E_WAIT", label: "material.citizen.WAIT", method: "E_SHARE", drop: yes };
const check = (id: string, more: Partial<KioskCheck> = {}): KioskCheck => ({ id, question: { en: `Question ${id}?` }, answer: "", stops: false, ...more });
const application = (more: Partial<KioskApply> = {}): KioskApply => ({
  step: "materials",
  item: { id: "shop", name: { en: "Open a shop" }, kind: "PROMISED", counter: false, form: false },
  checks: [],
  materials: [material("M1"), material("M2")],
  waiting: false,
  offline: false,
  start: yes,
  submit: no("materials_open"),
  cancel: yes,
  may_print: yes,
  ...more,
});

let shown: VueWrapper | undefined;
const at = (id: string) => (shown as VueWrapper).get(`[data-testid="${id}"]`);
const has = (id: string) => (shown as VueWrapper).find(`[data-testid="${id}"]`).exists();
beforeEach(() => setLocale("en"));
afterEach(() => {
  shown?.unmount();
  shown = undefined;
  document.body.innerHTML = "";
  resetModes();
  vi.unstubAllGlobals();
});

describe("which screen stands in front", () => {
  it("is the program's step, or the question that the page asks before it goes on", () => {
    const capture = { session: "C" } as CaptureView;
    expect(stepOf(undefined, "")).toBe("reading");
    expect(stepOf(application({ step: "needs" }), "confirm")).toBe("needs");
    expect(stepOf(application(), "confirm")).toBe("confirm");
    expect(stepOf(application({ capture }), "confirm")).toBe("capture");
    expect(stepOf(application(), "cancel")).toBe("cancel");
    expect(stepOf(application({ step: "reading" }), "cancel")).toBe("reading");
    expect(stepOf(application({ cancel: no("case_state") }), "cancel")).toBe("materials");
    expect(stepOf(application({ step: "done" }), "cancel")).toBe("done");
  });
});

describe("what is needed", () => {
  it("lists each paper with the ways it can come, what costs least first", async () => {
    shown = mount(ApplyNeeds, { global, props: { apply: application({ step: "needs", materials: [material("M1", { originals: 1 }), material("M2", { required: false })] }), busy: "" } });
    const first = at("apply-need-M1").text();
    expect(first).toContain("1 original");
    expect(first.indexOf("for it")).toBeLessThan(first.indexOf("Photograph"));
    expect(at("apply-need-M2").text()).toContain("if you have it");
    await at("apply-print-needs").trigger("click");
    await at("apply-begin").trigger("click");
    expect([shown.emitted("print"), shown.emitted("next")].map((one) => one?.length)).toEqual([1, 1]);
    await shown.setProps({ apply: application({ step: "needs", slip: "failed", start: no("never_synced") }) });
    expect(at("apply-slip").attributes("data-outcome")).toBe("failed");
    expect(at("apply-begin").attributes("disabled")).toBeDefined();
  });
});

describe("the questions beforehand", () => {
  const open = (checks: KioskCheck[], more: Partial<KioskApply> = {}) => {
    shown = mount(ApplyCheck, { global, props: { apply: application({ step: "check", checks, ...more }), busy: "" }, attachTo: document.body });
  };
  it("come one at a time, each with two answers", async () => {
    open([check("a"), check("b")], { start: no("checks_open") });
    expect(at("apply-check").text()).toContain("Question 1 of 2");
    expect(shown?.text()).not.toContain("Question b?");
    await at("apply-yes").trigger("click");
    expect(shown?.emitted("answer")).toEqual([["a", "yes"]]);
    await shown?.setProps({ apply: application({ step: "check", checks: [check("a", { answer: "yes" }), check("b")] }) });
    expect(at("apply-check").attributes("data-check")).toBe("b");
    await nextTick();
    expect(document.activeElement?.textContent).toContain("Question b?");
  });
  it("say at once what an answer means; one that stops leads to a counter", async () => {
    open([check("a", { answer: "no", otherwise: { en: "Come to a counter" }, stops: true }), check("b")]);
    expect(at("apply-otherwise").text()).toContain("Come to a counter");
    expect(has("apply-go-on")).toBe(false);
    await at("apply-counter-number").trigger("click");
    expect(shown?.emitted("services")).toHaveLength(1);
    await at("apply-again").trigger("click");
    await at("apply-yes").trigger("click");
    expect(shown?.emitted("answer")).toEqual([["a", "yes"]]);
  });
  it("let one go on where an answer is only a warning, and change it at the end", async () => {
    open([check("a", { answer: "no", otherwise: { en: "It takes longer" } })]);
    await at("apply-go-on").trigger("click");
    expect(at("apply-check").attributes("data-check")).toBe("");
    await at("apply-again-a").trigger("click");
    expect(at("apply-check").attributes("data-check")).toBe("a");
    expect(has("apply-yes")).toBe(true);
    await at("apply-no").trigger("click");
    await at("apply-go-on").trigger("click"); // told anew
    await at("apply-start").trigger("click");
    expect(shown?.emitted("start")).toHaveLength(1);
  });
});

describe("the materials", () => {
  const open = (apply: KioskApply, busy = "") => (shown = mount(ApplyMaterials, { global, props: { apply, busy } }));
  it("are settled one after the other; the next opens by itself, and M1 is said", async () => {
    open(application());
    expect(at("apply-material-M1").attributes("data-open")).toBe("true");
    expect(at("apply-material-M2").attributes("data-open")).toBe("false");
    await at("apply-way-M1-E_SHARE").trigger("click");
    expect(shown?.emitted("method")).toEqual([["M1", "E_SHARE"]]);
    await setLocale("zh-Hans");
    await shown?.setProps({ apply: application({ materials: [material("M1", waits), material("M2")], message: { code: "share_requested", params: { material: "M1" } } }) });
    expect(at("apply-message").text()).toContain("材料共享请求已发送");
    expect(at("apply-material-M1").text()).toContain("申请中");
    expect(at("apply-material-M2").attributes("data-open")).toBe("true");
  });
  it("say M3 where a department says no, and stay open for another way", async () => {
    await setLocale("zh-Hans");
    open(application({ materials: [material("M0"), material("M1", { state: "MISSING", label: "material.citizen.MISSING", method: "E_SHARE" })], message: { code: "share_refused", params: { material: "M1" } } }));
    expect(at("apply-message").text()).toContain("该材料暂不可共享，请选择其他提交方式");
    expect(at("apply-material-M1").attributes()).toMatchObject({ "data-look": "MISSING", "data-open": "true" });
    expect(has("apply-way-M1-UPLOAD")).toBe(true);
  });
  it("take the refused way back first where the next one asks for it", async () => {
    open(application({ materials: [material("M1", { state: "MISSING", label: "material.citizen.MISSING", method: "E_SHARE", ways: [way("UPLOAD"), way("ORIGINAL", no("drop_first"))], drop: yes })] }));
    expect(has("apply-way-M1-ORIGINAL")).toBe(false);
    await at("apply-drop-M1").trigger("click");
    expect(shown?.emitted("drop")).toEqual([["M1"]]);
  });
  it("take a photograph back as long as the program allows it", async () => {
    open(application({ materials: [material("M0"), material("M1", { ...done, drop: yes }), material("M2", done)] }));
    for (const key of ["M1", "M2"]) await at(`apply-material-${key}`).get(".head").trigger("click");
    expect(has("apply-drop-M2")).toBe(false);
    await at("apply-material-M1").get(".head").trigger("click");
    expect(at("apply-drop-M1").text()).toContain("Take the photo back");
    await at("apply-drop-M1").trigger("click");
    expect(shown?.emitted("drop")).toEqual([["M1"]]);
    await shown?.setProps({ apply: application({ materials: [material("M1")], message: { code: "taken_back", params: { material: "M1" } } }) });
    expect(at("apply-message").text()).toContain("Taken back");
  });
  it("take a choice back, and do nothing twice while something is on its way", async () => {
    open(application({ materials: [material("M1", waits)] }));
    await at("apply-material-M1").get(".head").trigger("click");
    expect(has("apply-way-M1-UPLOAD")).toBe(false);
    await at("apply-drop-M1").trigger("click");
    expect(shown?.emitted("drop")).toEqual([["M1"]]);
    await shown?.setProps({ apply: application(), busy: "apply-method-M1-UPLOAD" });
    expect(at("apply-way-M1-UPLOAD").attributes("aria-busy")).toBe("true");
    expect(at("apply-way-M1-ORIGINAL").attributes("disabled")).toBeDefined();
  });
  it("say what needs the line, and why one cannot go on yet", async () => {
    open(application({ materials: [material("M1", { ways: [way("UPLOAD"), way("E_SHARE", no("offline"))] })] }));
    expect(at("apply-way-M1-E_SHARE").attributes("disabled")).toBeDefined();
    expect(at("apply-way-M1-E_SHARE").text()).toContain(t("reason.offline"));
    expect(has("apply-next")).toBe(false); // one thing at a time
    await shown?.setProps({ apply: application({ materials: [material("M1", done)], submit: no("offline_sharing") }) });
    expect(at("apply-next").attributes("disabled")).toBeDefined();
    expect(at("apply-next").text()).toContain(t("why_not.offline_sharing"));
  });
  it("lead to the counter with a list where something is brought there", async () => {
    open(application({ state: "DRAFT", materials: [material("M1", done), material("M2", { bring: true, drop: yes })], submit: no("bring_to_counter") }));
    expect(has("apply-next")).toBe(false);
    expect(at("apply-material-M2").attributes("data-look")).toBe("BRING");
    await at("apply-print-needs").trigger("click");
    await at("done").trigger("click");
    expect([shown?.emitted("print"), shown?.emitted("leave")].map((one) => one?.length)).toEqual([1, 1]);
  });
  it("tell what the centre did not do", () => {
    open(application({ refused: { code: "case_updated" } }));
    expect(at("apply-message").text()).toContain(t("reason.case_updated"));
  });
});

describe("a page is photographed", () => {
  const page = (id: number) => ({ id, width: 100, height: 140, turn: 0, bytes: 1, straight: true });
  const view = (pages: number[], more: Partial<CaptureView> = {}): CaptureView => ({
    session: "C",
    material: "M1",
    sources: [{ id: "cam", model: "doccam", state: "ready", preview: true, feeder: false, glass: true }],
    pages: pages.map(page),
    sending: false,
    room: yes,
    finish: pages.length ? yes : no("capture_none"),
    bytes: 0,
    max_pages: 60,
    max_bytes: 1 << 20,
    until: "2026-11-23T02:10:00Z",
    ...more,
  });
  let posted: [string, string, unknown][];
  const open = (one: CaptureView) => {
    posted = [];
    vi.stubGlobal("fetch", () => new Promise(() => undefined));
    const client = { base: "/api/v1", headers: () => ({}) } as unknown as Client;
    const act = async (name: string, path: string, body: unknown) => void posted.push([name, path, body]);
    shown = mount(ApplyCapture, { global, props: { apply: application(), view: one, client, busy: "", act } });
  };
  const next = (one: CaptureView) => shown?.setProps({ view: one });
  it("is laid there, taken, judged; then another, or that is all", async () => {
    open(view([]));
    expect(shown?.text()).toContain("Page 1");
    await at("capture-take").trigger("click");
    expect(posted).toEqual([["capture-take", "/kiosk/capture/take", { session: "C", device: "cam" }]]);
    await next(view([7]));
    expect(at("apply-capture").attributes("data-shown")).toBe("1");
    expect(shown?.text()).toContain("Can you read it?");
    await at("capture-again").trigger("click");
    expect(posted.at(-1)?.[2]).toEqual({ session: "C", device: "cam", replace: 7 });
    await next(view([8]));
    await at("capture-right").trigger("click");
    expect(posted.at(-1)).toEqual(["capture-turn", "/kiosk/capture/turn", { session: "C", page: 8, quarters: 1 }]);
    await at("capture-more").trigger("click");
    expect(has("capture-take")).toBe(true);
    await next(view([8, 9]));
    expect(at("apply-capture").attributes("data-shown")).toBe("2");
    await at("capture-finish").trigger("click");
    expect(posted.at(-1)?.[1]).toBe("/kiosk/capture/finish");
  });
  it("is given up only after a question", async () => {
    open(view([]));
    await at("capture-cancel").trigger("click");
    expect(posted.at(-1)?.[1]).toBe("/kiosk/capture/cancel");
    await next(view([7]));
    posted = [];
    await at("capture-more").trigger("click");
    await at("capture-cancel").trigger("click");
    expect(posted).toEqual([]);
    expect(shown?.get("h2").text()).toContain("Give up");
    await at("capture-keep").trigger("click");
    await at("capture-cancel").trigger("click");
    await at("capture-abandon").trigger("click");
    expect(posted.map((one) => one[1])).toEqual(["/kiosk/capture/cancel"]);
  });
  it("cannot be taken without a camera, and what was taken stays", () => {
    open(view([7], { sources: [{ id: "cam", model: "doccam", state: "absent", preview: false, feeder: false, glass: false, fault: "absent" }], stopped: { code: "absent" } }));
    expect(at("capture-stopped").attributes("data-code")).toBe("absent");
    expect(at("capture-finish").attributes("disabled")).toBeUndefined();
  });
});

describe("at the end", () => {
  const open = (more: Partial<KioskApply>) => (shown = mount(ApplyDone, { global, props: { apply: application({ step: "done", ...more }), busy: "" } }));
  it("the number stands there in fours, what happens next, and where the password is", async () => {
    open({ number: "000126000123", state: "PENDING_SHARE", slip: "printing" });
    expect(at("done").attributes("disabled")).toBeDefined(); // the slip is the person's
    await shown?.setProps({ apply: application({ step: "done", number: "000126000123", state: "PENDING_SHARE", slip: "confirmed" }) });
    expect(at("apply-number").text()).toBe("0001 2600 0123");
    expect(at("apply-next-step").text()).toBe(t("progress.next.fetching_online"));
    expect(shown?.text()).toContain("The password is on your slip");
    await at("apply-print-slip").trigger("click");
    await at("done").trigger("click");
    expect([shown?.emitted("print"), shown?.emitted("leave")].map((one) => one?.length)).toEqual([1, 1]);
  });
  it("without the line nothing is promised but that it is sent", () => {
    open({ number: "T000126000001", state: "APPLIED", offline: true, temporary: true, slip: "failed" });
    expect(has("apply-next-step")).toBe(false);
    expect(at("apply-offline").text()).toContain("temporary");
    expect(at("apply-slip").text()).toContain("Write the number down");
  });
  it("a cancelled one has no number and nothing to print", () => {
    open({ number: "000126000123", state: "WITHDRAWN" });
    expect(has("apply-number")).toBe(false);
    expect(has("apply-print-slip")).toBe(false);
    expect(shown?.text()).toContain("was cancelled");
  });
});

const boot = { role: "kiosk", terminal: "kiosk-1", hall: { en: "Sample Hall" }, locale: "en", demo: true, version: "" } as unknown as Boot;
const groups = [{ id: "a", prefix: "A", icon: "tax", name: { en: "Taxes" }, items: [{ id: "shop", online: true, name: { en: "Open a shop" } }, { id: "firm", online: false, name: { en: "A company" } }], waiting: 0, wait: { known: false, low: 0, high: 0 }, take: yes }];
const viewOf = (session?: Partial<KioskSession>): KioskView =>
  ({
    rev: 1,
    now: new Date().toISOString(),
    open: true,
    issue: yes,
    groups,
    devices: [],
    notices: [],
    line: { online: true, since: new Date().toISOString(), pending: 0 },
    voice: { can_speak: false, volume: 2 },
    ...(session ? { session: { id: "s", phase: "choose", other: false, phone_left: 5, help: false, warn_at: new Date(Date.now() + 600_000).toISOString(), ends_at: new Date(Date.now() + 700_000).toISOString(), ...session } } : {}),
  }) as unknown as KioskView;

describe("from the first screen to the end", () => {
  const asked: { path: string; body: unknown }[] = [];
  let rev: number;
  let answer: (path: string) => Partial<KioskSession> | undefined;
  async function open(first: KioskView) {
    vi.stubGlobal("fetch", () => new Promise(() => undefined)); // the stream says nothing
    asked.length = 0;
    rev = 1;
    let now = first;
    const client = {
      base: "http://kiosk.test",
      headers: () => ({}),
      get: async () => now,
      post: async (path: string, body?: unknown) => {
        asked.push({ path, body });
        if (!path.startsWith("/say")) now = { ...viewOf(answer(path)), rev: ++rev };
        return now;
      },
      del: async () => undefined,
    } as unknown as Client;
    shown = mount(KioskPage, { global, props: { boot, client }, attachTo: document.body });
    await flushPromises();
  }
  const place = () => at("kiosk").attributes("data-place");
  const press = async (id: string) => {
    await at(id).trigger("click");
    await vi.dynamicImportSettled();
    await flushPromises();
  };
  const phase = (more: Partial<KioskApply>) => ({ phase: "apply", apply: application(more) }) as Partial<KioskSession>;

  it("is one way in, with what can be applied for here", async () => {
    const home = mount(KioskHome, { global, props: { view: viewOf(), busy: false } });
    expect(home.find("[data-testid=way-apply]").exists()).toBe(true);
    await home.setProps({ view: { ...viewOf(), groups: [] } });
    expect(home.find("[data-testid=way-apply]").exists()).toBe(false);
    home.unmount();
    answer = (path) => (path === "/kiosk/apply" ? phase({ step: "needs" }) : {});
    await open(viewOf());
    await press("way-apply");
    expect(place()).toBe("apply_items");
    expect(at("apply-items").attributes("data-count")).toBe("1");
    await press("apply-item-shop");
    expect(asked.at(-1)).toEqual({ path: "/kiosk/apply", body: { item: "shop" } });
    expect(place()).toBe("apply_needs");
    expect(document.activeElement?.tagName).toBe("H2");
    expect(has("leave-home")).toBe(true);
  });
  it("begins beside the number at an item, too", async () => {
    answer = (path) => (path === "/kiosk/apply" ? phase({ step: "needs" }) : {});
    await open(viewOf());
    await press("group-a");
    expect(has("apply-firm")).toBe(false);
    await press("apply-shop");
    expect(place()).toBe("apply_needs");
  });
  it("is looked over before it is handed in, and one can go back from there by Escape", async () => {
    answer = (path) => (path === "/kiosk/apply/submit" ? phase({ step: "done", number: "000126000123", state: "APPLIED" }) : phase({ submit: yes }));
    await open(viewOf(phase({ materials: [material("M1", done)], submit: yes })));
    await vi.dynamicImportSettled();
    await flushPromises();
    await press("apply-next");
    expect(place()).toBe("apply_confirm");
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", cancelable: true }));
    await flushPromises();
    expect(place()).toBe("apply_materials");
    expect(asked.filter((one) => one.path === "/kiosk/apply/back")).toEqual([]);
    await press("apply-next");
    await press("apply-submit");
    expect(asked.at(-1)).toEqual({ path: "/kiosk/apply/submit", body: { locale: "en" } });
    expect(place()).toBe("apply_done");
    expect(has("leave-home")).toBe(false);
  });
  it("photographs by the camera's own way", async () => {
    answer = () => phase({});
    await open(viewOf(phase({})));
    await vi.dynamicImportSettled();
    await flushPromises();
    await press("apply-way-M1-UPLOAD");
    expect(asked.at(-1)).toEqual({ path: "/kiosk/capture/begin", body: { material: "M1" } });
    await press("apply-way-M1-ORIGINAL");
    expect(asked.at(-1)).toEqual({ path: "/kiosk/apply/method", body: { material: "M1", method: "ORIGINAL" } });
  });
  it("is cancelled only after the question, from the list of one's cases too", async () => {
    const one = { id: "C1", number: "000126000123", item: { en: "Open a shop" }, state: "PENDING_SHARE", anomaly: [], next: { code: "fetching" }, materials: [], continue: yes, cancel: yes } as unknown as KioskCase;
    const list = { phase: "progress", progress: { step: "list", by: "card", left: 5, cases: [one], may_print: yes } } as unknown as Partial<KioskSession>;
    answer = (path) => (path === "/kiosk/apply/cancel" ? phase({ step: "done", state: "WITHDRAWN" }) : path === "/kiosk/apply/back" ? list : phase({ state: "PENDING_SHARE" }));
    await open(viewOf(list));
    await press("progress-cancel-000126000123");
    expect(asked.at(-1)).toEqual({ path: "/kiosk/apply/continue", body: { case: "C1" } });
    expect(place()).toBe("apply_cancel");
    await setLocale("zh-Hans");
    await nextTick();
    expect(at("apply-cancel-question").text()).toContain("该办件正在等待材料提交，是否取消申请？");
    await press("apply-cancel-no");
    expect(place()).toBe("apply_materials");
    await press("apply-cancel");
    await press("apply-cancel-yes");
    expect(asked.at(-1)).toEqual({ path: "/kiosk/apply/cancel", body: { confirmed: true } });
    expect(place()).toBe("apply_done");
  });
  it("leaves nothing on the page when the person goes", async () => {
    answer = () => undefined;
    await open(viewOf({ ...phase({ materials: [material("M1", done)], submit: yes }), person: "*M" }));
    await vi.dynamicImportSettled();
    await flushPromises();
    await press("apply-next");
    await press("leave-home");
    expect(place()).toBe("home");
    expect(document.body.textContent).not.toContain("Paper M1");
  });
});

describe("what else the kiosk says of it", () => {
  it("a draft is gone on with where it may be", async () => {
    const one = { id: "D1", number: "", item: { en: "Open a shop" }, state: "DRAFT", anomaly: [], next: { code: "draft" }, materials: [], continue: yes, cancel: no("case_state") } as unknown as KioskCase;
    shown = mount(KioskCaseCard, { global, props: { one, open: true } });
    expect(shown.text()).toContain("Go on here");
    expect(has("progress-cancel-D1")).toBe(false);
    await at("progress-continue-D1").trigger("click");
    expect(shown.emitted("again")).toEqual([[]]);
  });
  it("without the line a number for a counter is offered", () => {
    shown = mount(KioskNotice, { global, props: { mayTake: true, busy: "", notice: { severity: "warn", code: "apply_offline" } } });
    expect(has("notice-service")).toBe(true);
    expect(has("notice-number")).toBe(false);
    expect(has("notice-phone")).toBe(false);
  });
});
