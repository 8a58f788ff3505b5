// What the law makes of a case, at the desk: the pre-review, the one notice of
// what is missing, the refusal, and the clocks.
import { mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CaseMaterial, CaseView, ClockView } from "@/api/types";
import { Problem } from "@/api/http";
import DeskClock from "@/desk/DeskClock.vue";
import DeskLaw from "@/desk/DeskLaw.vue";
import DeskLegal from "@/desk/DeskLegal.vue";
import type { Drafts, Fields, Place } from "@/desk/drafts";
import { clockLeft, FAULTS, keptOf, linesOf, nextOf, offered, REFUSALS, type CaseAct } from "@/desk/law";
import { has, i18n, setLocale, t } from "@/i18n";

const global = { plugins: [i18n] };
const yes = { allowed: true };
const no = (code: string) => ({ allowed: false, why: { code } });
const NOW = Date.parse("2026-11-23T02:00:00Z");
const wait = () => new Promise((done) => setTimeout(done, 0));

const material = (key: string): CaseMaterial => ({
  key,
  code: key,
  name: { en: `Paper ${key}` },
  required: true,
  state: "PREPARE",
  methods: [],
  drop: no("case_state"),
  replace: no("case_state"),
  asking: false,
  waits_line: false,
  failed: false,
  late: false,
  history: [],
});
const kase = (more: Partial<CaseView> = {}, acts: Partial<CaseView["acts"]> = {}): CaseView =>
  ({
    id: "c1",
    state: "RECEIVED",
    materials: [material("M01"), material("M02"), material("M03")],
    clocks: [],
    must_bring: ["M02"],
    bring: [],
    deemed: false,
    lapsed: false,
    ...more,
    acts: {
      ...Object.fromEntries(["accept", "receive", "help", "cancel", "begin", "pass", "missing", "supplied", "refuse"].map((one) => [one, no("case_state")])),
      ...acts,
    },
  }) as unknown as CaseView;
const clock = (more: Partial<ClockView> = {}): ClockView => ({ kind: "notice", due: "2026-11-30", left: 3, light: "green", provisional: false, ...more });

beforeEach(async () => {
  await setLocale("en");
});
afterEach(() => {
  document.body.innerHTML = "";
});

describe("which acts a state offers", () => {
  it.each<[string, Partial<CaseView["acts"]>, CaseAct[]]>([
    ["APPLIED", { begin: yes }, ["begin", "cancel"]],
    ["APPLIED", { begin: no("no_pre_review"), receive: yes }, ["receive", "cancel"]],
    ["PRE_REVIEW", { pass: yes }, ["pass", "missing", "refuse", "cancel"]],
    ["PRE_REVIEW", { begin: yes, pass: yes }, ["pass", "begin", "missing", "refuse", "cancel"]],
    ["RECEIVED", {}, ["accept", "help", "missing", "refuse", "cancel"]],
    ["SUPPLEMENT_DUE", {}, ["supplied", "help", "refuse", "cancel"]],
    ["ACCEPTED", {}, ["accept", "receive", "help", "cancel"]],
  ])("%s", (state, acts, want) => expect(offered(kase({ state }, acts))).toEqual(want));
  it("what comes next stands out", () => {
    expect(nextOf(kase({ state: "PRE_REVIEW" }, { pass: yes, missing: yes }))).toBe("pass");
    expect(nextOf(kase({ state: "RECEIVED" }, { missing: yes, refuse: yes, help: yes }))).toBe("help");
    expect(nextOf(kase({ state: "SUPPLEMENT_DUE" }, {}))).toBe("supplied");
  });
});

describe("a clock", () => {
  it.each<[Partial<ClockView>, string]>([
    [{ left: 3 }, "3 working days left"],
    [{ left: 1 }, "1 working day left"],
    [{ left: 0, light: "yellow" }, "due today"],
    [{ left: -2, light: "red" }, "2 working days late"],
    [{ light: "paused", left: 9 }, "stopped"],
  ])("%o says %s", (more, want) => expect(clockLeft(clock(more))).toBe(want));
  it("says in words what its colour says, its last day, and that the day may move", () => {
    const shown = mount(DeskClock, { props: { clock: clock({ light: "yellow", left: 1, provisional: true }) }, global });
    expect(shown.text()).toContain(t("clock.notice"));
    expect(shown.text()).toContain("running out");
    expect(shown.text()).toContain("provisional");
    expect(shown.text()).toContain("30 November 2026");
    expect(shown.find("svg").exists()).toBe(true);
  });
});

describe("the list of what is missing", () => {
  it("begins with what must be on it, and keeps what was typed for this case only", () => {
    const one = kase();
    const lines = linesOf(one);
    expect(lines.map((line) => [line.key, line.on, line.must, line.fault])).toEqual([
      ["M01", false, false, "incomplete"],
      ["M02", true, true, "missing"],
      ["M03", false, false, "incomplete"],
    ]);
    const kept = keptOf("c1", lines.map((line) => (line.key === "M01" ? { ...line, on: true, fault: "expired" as const, words: "of 2019" } : line)));
    expect(linesOf(one, kept)[0]).toMatchObject({ on: true, fault: "expired", words: "of 2019" });
    expect(linesOf(kase({ id: "c2" }), kept)[0]).toMatchObject({ on: false, words: "" });
  });
  it("has words for every fault and reason", () => {
    for (const fault of FAULTS) for (const key of [`supplement.fault.${fault}`, `paper.must.${fault}`]) expect(has(key), key).toBe(true);
    for (const reason of REFUSALS) expect(has(`refuse.${reason}`), reason).toBe(true);
  });
});

/** The questions, with what was kept and sent. */
function questions(view: CaseView, kept: Partial<Record<Place, Fields>> = {}, answer: () => unknown = () => ({})) {
  const saved: [string, Fields][] = [];
  const sent: [string, unknown][] = [];
  const drafts: Drafts = {
    keep: (place, fields) => saved.push([place, fields]),
    settled: async () => undefined,
    on: (place, take) => take(kept[place] ?? {}),
  };
  const run = async (_: string, path: string, body?: unknown) => {
    sent.push([path, body]);
    return answer();
  };
  const page = mount(DeskLaw, { props: { view, drafts, busy: "", problem: null, run }, global, attachTo: document.body });
  const get = <T extends HTMLElement>(id: string) => document.querySelector<T>(`[data-testid="${id}"]`)!;
  const input = async (id: string, value: string) => {
    const field = get<HTMLInputElement>(id);
    field.value = value;
    field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input"));
    await wait();
  };
  const click = async (id: string) => {
    get(id).click();
    await wait();
  };
  return { page, saved, sent, get, input, click };
}

describe("what is asked first", () => {
  it("tells everything that is missing, with a fault and words for each", async () => {
    const q = questions(kase({}, { missing: yes }));
    q.page.vm.ask("missing");
    await wait();
    expect(q.get<HTMLInputElement>("missing-on-M02").disabled).toBe(true);
    await q.click("missing-on-M01");
    await q.input("missing-fault-M01", "unsealed");
    await q.input("missing-words-M01", " both copies ");
    expect(q.saved.at(-1)?.[1]).toMatchObject({ case: "c1", "fault M01": "unsealed", "fault M02": "missing" });
    await q.click("missing-confirm");
    expect(q.sent).toEqual([["/case/missing", { items: [{ material: "M01", fault: "unsealed", words: "both copies" }, { material: "M02", fault: "missing" }] }]]);
    await wait();
    expect(q.saved.at(-1)).toEqual(["missing", {}]);
    expect(q.get("missing-dialog")).toBeNull();
  });
  it("stays with all that was typed when it was refused", async () => {
    const q = questions(kase({}, { missing: yes }), {}, () => undefined);
    q.page.vm.ask("missing");
    await wait();
    await q.input("missing-words-M02", "the lease");
    await q.click("missing-confirm");
    await q.page.setProps({ problem: new Problem("refused", { why: { code: "supplement_used" } } as never) });
    expect(q.get("missing-problem")).not.toBeNull();
    expect(q.get<HTMLInputElement>("missing-words-M02").value).toBe("the lease");
  });
  it("refuses only with a reason, and names the other authority only where it must", async () => {
    const q = questions(kase({}, { refuse: yes }));
    q.page.vm.ask("refuse");
    await wait();
    expect(q.get<HTMLButtonElement>("refuse-confirm").disabled).toBe(true);
    await q.click("refuse-outside_remit");
    expect(q.get<HTMLButtonElement>("refuse-confirm").disabled).toBe(true);
    await q.input("refuse-authority", "Sample County Tax Bureau");
    expect(q.get<HTMLButtonElement>("refuse-confirm").disabled).toBe(false);
    await q.click("refuse-confirm");
    expect(q.sent[0]).toEqual(["/case/refuse", { reason: "outside_remit", authority: "Sample County Tax Bureau" }]);
  });
  it("passes a pre-review with the originals that were ticked", async () => {
    const q = questions(kase({ state: "PRE_REVIEW" }, { pass: yes }));
    q.page.vm.ask("pass");
    await wait();
    await q.click("bring-M03");
    await q.click("pass-confirm");
    expect(q.sent[0]).toEqual(["/case/pass", { bring: ["M03"] }]);
  });
  it("asks again what was open when the page went, with what was typed; not of another case, nor when it may not be", async () => {
    const kept = { refuse: { case: "c1", reason: "false_materials", words: "page 2" } };
    const q = questions(kase({}, { refuse: yes }), kept);
    await wait();
    expect(q.get<HTMLTextAreaElement>("refuse-words").value).toBe("page 2");
    q.page.unmount();
    document.body.innerHTML = "";
    for (const view of [kase({ id: "c2" }, { refuse: yes }), kase({}, { refuse: no("offline") })]) {
      const other = questions(view, kept);
      await wait();
      expect(other.get("refuse-dialog")).toBeNull();
      other.page.unmount();
    }
  });
  it("does not open what may not be done", async () => {
    const q = questions(kase({}, { missing: no("supplement_used") }));
    q.page.vm.ask("missing");
    await wait();
    expect(q.get("missing-dialog")).toBeNull();
  });
});

describe("what the law has made of a case", () => {
  const items = [
    { key: "M01", name: { en: "Lease" }, fault: "unsealed", words: "both copies", open: true },
    { key: "M02", name: { en: "Form" }, fault: "missing", open: false },
  ];
  it("shows the notice, its number, and what is still to come", () => {
    const shown = mount(DeskLegal, { props: { view: kase({ supplement: { at: "2026-11-23T01:00:00Z", pre_review: false, no: "37010001-2026-B000001", items } as CaseView["supplement"] & object }), now: NOW }, global });
    for (const words of ["37010001-2026-B000001", "Lease", "not signed or sealed", "both copies"]) expect(shown.text()).toContain(words);
    expect(shown.find("[data-testid=case-supplement]").attributes("data-open")).toBe("1");
  });
  it("shows a refusal with its reason and where to go", () => {
    const shown = mount(DeskLegal, { props: { view: kase({ refusal: { at: "2026-11-23T01:00:00Z", reason: "outside_remit", authority: "Sample County" } }), now: NOW }, global });
    expect(shown.text()).toContain(t("refuse.outside_remit"));
    expect(shown.text()).toContain("Sample County");
  });
});
