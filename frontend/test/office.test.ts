// What becomes of a case after its acceptance, at the desk: which acts are
// offered, what each asks first, and what is sent.
import { mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Applicant, CaseView, OfficeView } from "@/api/types";
import DeskApproval from "@/desk/DeskApproval.vue";
import DeskOfficeForm from "@/desk/DeskOfficeForm.vue";
import type { Drafts, Fields } from "@/desk/drafts";
import { fieldsOf, messageOf, OFFICE_ACTS, officeLabel, officeNext, officeOffered, whole, type OfficeAct, type Values } from "@/desk/office";
import { has, i18n, setLocale, t } from "@/i18n";

const global = { plugins: [i18n] };
const yes = { allowed: true };
const no = (code: string) => ({ allowed: false, why: { code } });
const NOW = Date.parse("2026-11-23T02:00:00Z");
const wait = () => new Promise((done) => setTimeout(done, 0));
type More = Partial<Omit<OfficeView, "acts">>;

const kase = (state: string, acts: Partial<OfficeView["acts"]> = {}, more: More = {}, id = "c1"): CaseView =>
  ({
    id,
    state,
    office: {
      step: 1,
      mine: false,
      steps: [],
      specials: [],
      collections: [],
      colleagues: [
        { id: "4001", name: "Handler", steps: [1] },
        { id: "4002", name: "Reviewer", steps: [2] },
      ],
      results: { grant: ["0", "6"], refuse: ["1", "6"] },
      endings: ["passed", "failed", "stopped"],
      procedures: [{ code: "site_visit", name: { en: "Site visit" }, stops: false }, { code: "hearing", stops: true }],
      ...more,
      acts: { ...Object.fromEntries(OFFICE_ACTS.map((one) => [one, no("case_state")])), ...acts },
    },
  }) as unknown as CaseView;
const card: Applicant = { source: "card", name: "A. Sample", doc_kind: "111", doc_no: "11**01", cases: 0 };

beforeEach(async () => {
  await setLocale("en");
});
afterEach(() => {
  document.body.innerHTML = "";
});

describe("which acts are offered", () => {
  it.each<[string, Partial<OfficeView["acts"]>, OfficeAct[], OfficeAct | undefined]>([
    ["RECEIVED", {}, [], undefined],
    ["RECEIVED", { instant: yes }, ["instant"], "instant"],
    ["ACCEPTED", { pass: yes, hand_over: yes, void: yes }, ["pass", "hand_over", "void"], "pass"],
    ["IN_APPROVAL", { decide: yes, return: yes }, ["decide", "return"], "decide"],
    ["IN_APPROVAL", { pass: no("offline") }, ["pass"], undefined],
    ["SPECIAL_STOP", { special_end: yes }, ["special_end"], "special_end"],
    ["DECIDED", { complete: no("offline") }, ["complete"], undefined],
    ["COMPLETED", { collect: yes }, ["collect"], "collect"],
    ["COLLECTED", {}, [], undefined],
  ])("%s %o", (state, acts, want, next) => {
    const one = kase(state, acts);
    expect(officeOffered(one)).toEqual(want);
    expect(officeNext(one)).toBe(next);
  });
  it("calls the first step by its own name", () => {
    expect(officeLabel(kase("ACCEPTED"), "pass")).toBe(t("office.act.handle"));
    expect(officeLabel(kase("IN_APPROVAL", {}, { step: 2 }), "pass")).toBe(t("office.act.pass"));
  });
  it("has words for every act, question and choice", () => {
    for (const act of OFFICE_ACTS) {
      expect(has(`office.act.${act}`), act).toBe(true);
      expect(has(`office.ask.${act}`), act).toBe(true);
      for (const result of ["grant", "refuse"])
        for (const field of fieldsOf(kase("IN_APPROVAL", {}, { decision: { result } as OfficeView["decision"] & object }), act, { result, way: "counter", completion: "0" }))
          for (const words of [field.label, ...(field.options ?? []).map((one) => one.label)]) expect(words, `${act} ${field.key}`).not.toMatch(/^(office|desk)\./);
    }
  });
});

describe("what is sent", () => {
  const of = (act: OfficeAct, v: Values, more: More = {}, applicant?: Applicant) => {
    const one = kase("IN_APPROVAL", {}, more);
    const fields = fieldsOf(one, act, v, applicant);
    return [whole(fields, v), messageOf(one, act, fields, v)];
  };
  it.each<[OfficeAct, Values, More, boolean, string, Record<string, unknown>]>([
    ["pass", { words: "all there", to: "4002" }, {}, true, "/case/step", { status: "pass", words: "all there", to: "4002" }],
    ["pass", { words: " " }, {}, false, "/case/step", { status: "pass" }],
    ["hand_over", { to: "4001" }, {}, true, "/case/step", { status: "hand_over", to: "4001" }],
    ["jump", { step: "3", words: "w" }, {}, true, "/case/step", { status: "jump", step: 3, words: "w" }],
    ["recall", {}, {}, true, "/case/step", { status: "recall" }],
    ["unhang", {}, {}, true, "/case/hang", {}],
    ["special", { name: "hearing", reason: "law_requires", n: "20", unit: "day" }, {}, true, "/case/special", { name: "hearing", reason: "law_requires", unit: "day", n: 20 }],
    ["special", { name: "hearing", reason: "law_requires", n: "soon", unit: "day" }, {}, false, "/case/special", { name: "hearing", reason: "law_requires", unit: "day", n: NaN }],
    ["special_end", { result: "passed" }, { specials: [{ serial: 1, kind: "1" }, { serial: 2, kind: "2" }] as OfficeView["specials"] }, true, "/case/special-end", { serial: 2, result: "passed" }],
    ["extend", { days: "5", reason: "complex" }, {}, true, "/case/extend", { days: 5, reason: "complex" }],
    ["decide", { result: "refuse", reason: "against_law", words: "w" }, {}, true, "/case/decide", { result: "refuse", reason: "against_law", words: "w" }],
    // What was chosen before the answer changed is not sent.
    ["decide", { result: "grant", reason: "against_law", words: "w" }, {}, true, "/case/decide", { result: "grant" }],
    ["complete", { completion: "0", cert_name: "n", cert_no: "1", cert_issuer: "i" }, { decision: { result: "grant" } as OfficeView["decision"] & object }, true, "/case/complete", { result: "0", certificate: { name: "n", no: "1", issuer: "i" } }],
    ["complete", { completion: "0" }, { decision: { result: "grant" } as OfficeView["decision"] & object }, false, "/case/complete", { result: "0" }],
    ["instant", { result: "grant", completion: "6" }, {}, true, "/case/instant", { result: "grant", completion: "6" }],
    ["void", { reason: "duplicate" }, {}, true, "/case/void", { reason: "duplicate" }],
    ["decide_void", { approved: "no" }, {}, true, "/case/decide-void", { approved: false }],
  ])("%s %o", (act, v, more, complete, path, body) => expect(of(act, v, more)).toEqual([complete, { path, body }]));
  it("a collection takes the card that was read, or what is typed", () => {
    expect(of("collect", { way: "counter", doc_kind: "414" }, {}, card)).toEqual([true, { path: "/case/collect", body: { way: "counter" } }]);
    expect(of("collect", { way: "counter", doc_kind: "414" })[0]).toBe(false);
    expect(of("collect", { way: "counter", who: "A. Sample", doc_kind: "414", doc_no: "E1" })).toEqual([
      true,
      { path: "/case/collect", body: { way: "counter", name: "A. Sample", doc_kind: "414", doc_no: "E1" } },
    ]);
    expect(of("collect", { way: "mail" })).toEqual([true, { path: "/case/collect", body: { way: "mail" } }]);
  });
});

/** The dialog, with what was kept and sent. */
function dialog(view: CaseView, kept: Fields = {}, answer: () => unknown = () => ({})) {
  const saved: Fields[] = [];
  const sent: [string, unknown][] = [];
  const drafts: Drafts = { keep: (_, fields) => saved.push(fields), settled: async () => undefined, on: (_, take) => take(kept) };
  const run = async (_: string, path: string, body?: unknown) => {
    sent.push([path, body]);
    return answer();
  };
  const page = mount(DeskOfficeForm, { props: { view, applicant: undefined, lies: false, drafts, busy: "", problem: null, run }, attachTo: document.body, global });
  const get = <T extends HTMLElement>(id: string) => document.querySelector<T>(`[data-testid="${id}"]`);
  return { page, saved, sent, get };
}

describe("the question before an act", () => {
  it("keeps what is typed, sends it, and is closed then", async () => {
    const q = dialog(kase("ACCEPTED", { pass: yes }));
    q.page.vm.ask("pass");
    await wait();
    expect(q.get<HTMLButtonElement>("office-confirm")?.disabled).toBe(true);
    const field = q.get<HTMLTextAreaElement>("office-words");
    if (!field) throw new Error("no field");
    field.value = "all there";
    field.dispatchEvent(new Event("input"));
    await wait();
    expect(q.saved.at(-1)).toMatchObject({ case: "c1", act: "pass", words: "all there" });
    q.get("office-confirm")?.click();
    await wait();
    await wait();
    expect(q.sent).toEqual([["/case/step", { status: "pass", words: "all there" }]]);
    expect(q.get("office-dialog")).toBeNull();
    expect(q.saved.at(-1)).toEqual({});
    q.page.unmount();
  });
  it("stays open with what was typed when it was refused, and asks again after a reload", async () => {
    const q = dialog(kase("ACCEPTED", { pass: yes }), { case: "c1", act: "pass", words: "kept" }, () => undefined);
    await wait();
    expect(q.get<HTMLTextAreaElement>("office-words")?.value).toBe("kept");
    q.get("office-confirm")?.click();
    await wait();
    await wait();
    expect(q.get("office-dialog")).not.toBeNull();
    q.page.unmount();
  });
  it("asks nothing that may not be done", async () => {
    const q = dialog(kase("IN_APPROVAL", { decide: no("not_your_turn") }), { case: "c1", act: "decide" });
    q.page.vm.ask("decide");
    await wait();
    expect(q.get("office-dialog")).toBeNull();
    q.page.unmount();
  });
});

describe("where a case is", () => {
  it("shows the step, whose turn it is, the steps so far and what stops the clock", () => {
    const shown = mount(DeskApproval, {
      props: {
        view: kase("SPECIAL_STOP", {}, {
          step: 2,
          turn: "Reviewer",
          steps: [{ no: 1, step: 1, status: "pass", by: "Handler", at: "2026-11-23T01:00:00Z" }],
          specials: [{ serial: 1, kind: "2", code: "hearing", stops: true, by: "Chief", reason: "law_requires", at: "2026-11-23T01:00:00Z", expect: "2026-12-21", days: 20, print: no("paper_not_now") }],
        }),
        now: NOW,
      },
      global,
    });
    for (const words of ["Reviewer", "Handler", "Hearing", "21 December 2026", t("office.did.pass")]) expect(shown.text()).toContain(words);
    expect(shown.find("[aria-current=step]").text()).toContain(t("office.step.2"));
    expect(shown.find("[data-testid=case-specials]").attributes("data-open")).toBe("true");
  });
  it("shows what was said at each step, or why it does not", () => {
    const steps = [
      { no: 1, step: 1, status: "pass", by: "Handler", at: "2026-11-23T01:00:00Z", words: "complete\nand in order" },
      { no: 2, step: 2, status: "return", by: "Reviewer", at: "2026-11-23T01:30:00Z", words: "a page is missing" },
      { no: 3, step: 3, status: "refuse", by: "Head", at: "2026-11-23T01:40:00Z" },
    ];
    const show = (office: More) => mount(DeskApproval, { props: { view: kase("IN_APPROVAL", {}, { step: 1, steps, ...office }), now: NOW }, global });
    const mine = show({ opinions: "shown", mine: true });
    expect(mine.get("[data-testid=case-steps]").attributes("open")).toBeDefined();
    expect(mine.get("[data-testid=said-1]").text()).toBe("complete\nand in order");
    expect(mine.get("[data-testid=said-2]").attributes("aria-label")).toBe(t("office.said_by", { name: "Reviewer" }));
    expect(mine.find("[data-testid=said-3]").exists()).toBe(false);
    expect(mine.find("[data-testid=unsaid]").exists()).toBe(false);
    expect(mine.get("[data-testid=step-3]").text()).toContain(t("office.did.refuse"));
    for (const why of ["asked", "offline", "closed"] as const) expect(show({ opinions: why }).get("[data-testid=unsaid]").text()).toBe(t(`office.opinions.${why}`));
    expect(show({ opinions: "closed" }).get("[data-testid=case-steps]").attributes("open")).toBeUndefined();
    expect(show({ opinions: "none" }).find("[data-testid=unsaid]").exists()).toBe(false);
  });
  it("shows nothing before the acceptance", () => {
    expect(mount(DeskApproval, { props: { view: kase("RECEIVED", {}, { step: 0 }), now: NOW }, global }).text()).toBe("");
  });
});
