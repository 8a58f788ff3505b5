// The clerk's desk: what a clerk sees and does with cases, by the shapes that
// the counter's program sends.
import { DOMWrapper, flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClient, Problem, type Client } from "@/api/http";
import type { CaseMaterial, CaseRow, CaseView, CounterView, DeskView } from "@/api/types";
import DeskList from "@/desk/DeskList.vue";
import DeskPanel from "@/desk/DeskPanel.vue";
import DeskPreview from "@/desk/DeskPreview.vue";
import { FAST, HOLD } from "@/counter/keystrokes";
import { ALL_KEYS, DESK_KEYS, deskActOf, placeOf } from "@/desk/keys";
import { mediaType, upload } from "@/desk/upload";
import { OFFICE_ACTS } from "@/desk/office";
import { moment, printWords, said, size } from "@/desk/words";
import { i18n, setLocale } from "@/i18n";
import { spoken } from "@/ui/live";

const global = { plugins: [i18n] };
const yes = { allowed: true };
const no = (code: string) => ({ allowed: false, why: { code } });
const NOW = Date.parse("2026-11-23T02:00:00Z");
const SHA = "a".repeat(64);
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

const material = (more: Partial<CaseMaterial> = {}): CaseMaterial => ({
  key: "M01",
  code: "M01",
  name: { en: "Articles" },
  required: true,
  state: "PREPARE",
  methods: [
    { method: "E_SHARE", act: yes },
    { method: "PAPER_SHARE", act: yes },
    { method: "UPLOAD", act: yes },
    { method: "ORIGINAL", act: yes },
  ],
  drop: no("case_state"),
  replace: no("material_not_done"),
  asking: false,
  waits_line: false,
  failed: false,
  late: false,
  history: [],
  ...more,
});
const kase = (more: Partial<CaseView> = {}): CaseView => ({
  id: "c1",
  version: 1,
  item_id: "open-shop",
  item: { en: "Open a shop" },
  item_version: 1,
  kind: "PROMISED",
  state: "DRAFT",
  applicant: "A. Sample",
  document: "1101**********4514",
  materials: [material()],
  summary: "PREPARE",
  anomaly: [],
  resubmit: false,
  pending: false,
  by_itself: false,
  provisional: false,
  asides: [],
  clocks: [],
  deemed: false,
  lapsed: false,
  must_bring: [],
  bring: [],
  acts: {
    begin: no("case_state"),
    pass: no("case_state"),
    missing: no("case_state"),
    supplied: no("case_state"),
    refuse: no("case_state"),
    print_supplement: no("paper_not_now"),
    print_supplied: no("paper_not_now"),
    print_refusal: no("paper_not_now"),
    print_grant: no("paper_not_now"),
    print_denial: no("paper_not_now"),
    print_collection: no("paper_not_now"),
    receive: yes,
    accept: yes,
    cancel: yes,
    help: yes,
    print_receipt: no("number_missing"),
    print_temporary: yes,
    print_acceptance: no("case_state"),
    print_sheet: no("case_state"),
    print_progress: no("case_state"),
    print_form: no("paper_not_now"),
  },
  ...more,
});
const row = (more: Partial<CaseRow> = {}): CaseRow => ({
  id: "r1",
  number: "26112201001000",
  item: { en: "Open a shop" },
  state: "PENDING_SHARE",
  summary: "E_WAIT",
  anomaly: [],
  resubmit: false,
  deemed: false,
  clerk: "B. Sample",
  submitted: "2026-11-23T01:00:00Z",
  mine: false,
  pending: false,
  ...more,
});
const desk = (more: Partial<DeskView> = {}): DeskView => ({
  enabled: true,
  office: false,
  items: [
    { id: "open-shop", name: { en: "Open a shop" }, group: "g", kind: "PROMISED", version: 2, here: true },
    { id: "move-home", name: { en: "Move home", pt: "Mudança de residência" }, group: "g", kind: "INSTANT", version: 1, here: false },
  ],
  open: yes,
  theirs: [],
  pending: [],
  count: 0,
  anomalies: 0,
  reviews: 0,
  scans: [],
  prints: [],
  captures: false,
  news: [],
  ...more,
});
const view = (more: Partial<DeskView> = {}, line = { online: true, since: "2026-11-23T01:30:00Z", pending: 0 }) => ({ rev: 1, now: "2026-11-23T02:00:00Z", line, devices: [], desk: desk(more) }) as unknown as CounterView;

/** What was typed and is kept by the program. */
interface Kept {
  place: string;
  ticket: string;
  fields: Record<string, string>;
}
interface Setup {
  kept: Kept[];
  page: VueWrapper;
  posted: [string, unknown][];
  get: (id: string) => Omit<DOMWrapper<Element>, "exists">;
  has: (id: string) => boolean;
  click: (id: string) => Promise<void>;
  press: (key: string) => Promise<void>;
  offered: unknown[];
}
let setup: Setup | undefined;
// Dialogs stand beside the page, so everything is looked up in the document.
const body = () => new DOMWrapper(document.body);

function start(more: Partial<DeskView> = {}, answer: (path: string) => unknown = () => ({ rev: 2 }), line?: { online: boolean; since: string; pending: number }): Setup {
  const posted: [string, unknown][] = [];
  const kept: Kept[] = [];
  const offered: unknown[] = [];
  const client = {
    base: "/api/v1",
    headers: () => ({ Authorization: "Bearer T" }),
    get: async (path: string) => answer(path),
    post: async (path: string, sent: unknown) => {
      if (path === "/counter/draft") kept.push(sent as Kept);
      else posted.push([path, sent]);
      const reply = answer(path);
      if (reply instanceof Problem) throw reply;
      return reply;
    },
    del: async () => undefined,
  } as unknown as Client;
  const page = mount(DeskPanel, { global, attachTo: document.body, props: { view: view(more, line), client, offer: (next: unknown) => offered.push(next), now: NOW, keys: true } });
  const get = (id: string) => body().get(`[data-testid="${id}"]`);
  const made: Setup = {
    page,
    posted,
    kept,
    offered,
    get,
    has: (id) => body().find(`[data-testid="${id}"]`).exists(),
    click: async (id) => {
      await get(id).trigger("click");
      await flushPromises();
    },
    press: async (key) => {
      await wait(FAST + 10); // as a hand does
      window.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
      await wait(HOLD + 20);
      await flushPromises();
    },
  };
  setup = made;
  return made;
}
beforeEach(() => setLocale("en"));
afterEach(() => {
  setup?.page.unmount();
  setup = undefined;
  document.body.innerHTML = "";
});

describe("journey: an applicant and an item", () => {
  it("is told to take a card away that lies there and was read", async () => {
    const s = start();
    expect(s.has("card-lies")).toBe(false);
    const reader = { id: "r", kind: "idcard", state: "ready", faults: [], lies: true };
    await s.page.setProps({ view: { ...view(), devices: [reader] } as unknown as CounterView });
    expect(s.get("card-lies").text()).toContain("take it away and lay it down again");
  });
  it("types somebody in who has no card, and sends it once", async () => {
    const s = start();
    expect(s.get("desk-applicant").text()).toContain("No applicant yet");
    await s.click("applicant-type");
    await s.get("applicant-typed-name").setValue(" A. Sample ");
    expect(s.get("applicant-submit").attributes("disabled")).toBeDefined();
    await s.get("applicant-docno").setValue("110101199003074514");
    await s.get("applicant-phone").setValue("13900000001");
    await s.click("applicant-submit");
    expect(s.posted).toEqual([["/counter/applicant", { name: "A. Sample", doc_kind: "111", doc_no: "110101199003074514", phone: "13900000001" }]]);
  });
  it("keeps what was typed when the number is wrong, and says what is wrong", async () => {
    const s = start({}, () => new Problem("id_check", 422));
    await s.click("applicant-type");
    await s.get("applicant-typed-name").setValue("A. Sample");
    await s.get("applicant-docno").setValue("110101199003074515");
    await s.click("applicant-submit");
    expect(s.get("case-problem").attributes("data-code")).toBe("id_check");
    expect((s.get("applicant-docno").element as HTMLInputElement).value).toBe("110101199003074515");
  });
  it("shows who the card says, and why a card cannot be used", () => {
    const s = start({ applicant: { source: "card", name: "A. Sample", doc_kind: "111", doc_no: "1101**********4514", cases: 2 }, notice: { severity: "warn", n: 1, code: "card_expired", params: { until: "2024-05-01" } } });
    expect(s.get("applicant-name").text()).toBe("A. Sample");
    expect(s.get("desk-applicant").text()).toContain("1101**********4514");
    expect(s.get("desk-applicant").text()).toContain("2 open cases");
    expect(s.get("desk-notice").text()).toContain("1 May 2024");
  });
  it("puts a notice away when it was read, and shows the next one", async () => {
    const notice = (code: string) => ({ severity: "warn" as const, n: 1, code, params: { material: "Articles" } });
    const s = start({ case: kase(), notice: notice("share_failed") });
    await s.click("desk-notice-ok");
    expect(s.has("desk-notice")).toBe(false);
    await s.page.setProps({ view: view({ case: kase(), notice: notice("share_refused") }) });
    expect(s.get("desk-notice").attributes("data-code")).toBe("share_refused");
  });
  it("finds an item in any language and opens it with Enter", async () => {
    const s = start();
    await s.get("item-search").setValue("residencia");
    expect(s.has("open-item-open-shop")).toBe(false);
    await s.get("item-search").trigger("keydown", { key: "Enter" });
    await flushPromises();
    expect(s.posted).toEqual([["/counter/case/open", { item: "move-home" }]]);
  });
  it("shows the cases of whoever's card was read, and takes one up", async () => {
    const s = start({ theirs: [row({ id: "k1", state: "DRAFT" }), row({ id: "k2", number: "010101000002", state: "PRE_REVIEW" })] });
    expect(s.get("desk-theirs").attributes("data-count")).toBe("2");
    expect(s.get("theirs-k2").text()).toContain("010101000002");
    await s.click("theirs-k1");
    expect(s.posted).toEqual([["/counter/case/show", { case: "k1" }]]);
    await s.page.setProps({ view: view({ case: kase(), theirs: [row({ id: "k1" })] }) });
    expect(s.has("desk-theirs")).toBe(false);
  });
  it("opens nothing while it may not, and says why", async () => {
    const s = start({ open: no("no_ticket") });
    expect(s.get("open-why").attributes("data-code")).toBe("no_ticket");
    expect(s.get("open-item-open-shop").attributes("disabled")).toBeDefined();
    await s.get("item-search").setValue("shop");
    await s.get("item-search").trigger("keydown", { key: "Enter" });
    expect(s.posted).toEqual([]);
  });
});

describe("journey: the materials of a case", () => {
  const of = (more: Partial<CaseMaterial>) => start({ case: kase({ materials: [material(more)] }) });

  it("chooses a way, and takes it back", async () => {
    const s = of({ state: "E_WAIT", method: "E_SHARE", drop: yes });
    expect(s.get("method-M01-E_SHARE").attributes("aria-pressed")).toBe("true");
    expect(s.get("material-said").attributes("data-code")).toBe("e_sent");
    await s.click("method-M01-PAPER_SHARE");
    await s.click("drop-M01");
    await s.click("original-M01");
    expect(s.posted).toEqual([
      ["/counter/case/choose", { material: "M01", method: "PAPER_SHARE" }],
      ["/counter/case/drop", { material: "M01" }],
      ["/counter/case/original", { material: "M01" }],
    ]);
  });
  it("says beside a way why it may not be taken", () => {
    const s = of({
      methods: [
        { method: "E_SHARE", act: no("offline") },
        { method: "UPLOAD", act: yes },
      ],
    });
    expect(s.get("method-M01-E_SHARE").attributes("disabled")).toBeDefined();
    expect(s.get("material-M01").text()).toContain("Electronic sharing: ");
    expect(s.has("drop-M01")).toBe(false);
  });
  it.each([
    [{ asking: true }, "asking", "Asking the department"],
    [{ asking: true, waits_line: true }, "waits_line", "when online again"],
    [{ failed: true }, "failed", "got no answer"],
    [{ state: "MISSING", reason: "NOT_SHAREABLE" }, "missing", "cannot supply this now"],
    [{ state: "MISSING", reason: "lent" }, "missing", "Lent out"],
    [{ state: "MISSING", reason: "never heard of" }, "missing", "cannot supply this now"],
    [{ state: "TIMEOUT" }, "timeout", "No answer in time"],
    [{ state: "P_WAIT_OUT" }, "paper_sent", "sign out was sent"],
    [{ state: "P_WAIT_IN", custody: "IN_TRANSIT" }, "custody", "On its way"],
    [{ state: "DONE", done_by: "E_SHARED" }, "done", "From the department"],
    [{ state: "DONE", done_by: "UPLOADED", file: { sha256: SHA, type: "image/png", size: 1, coming: true } }, "coming", "on its way"],
    [{ state: "DONE", late: true }, "late", "After its time limit"],
  ])("says of %o: %s", (more, code, words) => {
    const one = said(material(more as Partial<CaseMaterial>)).find((sentence) => sentence.code === code);
    expect(one?.text).toContain(words);
  });
  it("says nothing of a query that is asked again", () => {
    expect(said(material({ failed: true, asking: true })).map((one) => one.code)).toEqual(["asking"]);
  });
  it("keeps earlier attempts in sight", () => {
    const s = of({ history: [{ no: 1, method: "E_SHARE", state: "SUPERSEDED", at: "2026-11-22T01:00:00Z" }] });
    expect(s.get("history-M01").text()).toContain("another way was chosen");
  });
  it("takes back what is in only with a reason", async () => {
    const s = of({ state: "DONE", method: "UPLOAD", replace: yes, methods: [] });
    await s.click("replace-M01");
    expect(s.posted).toEqual([]);
    await s.get("replace-unreadable").setValue(true);
    await s.click("replace-confirm");
    expect(s.posted).toEqual([["/counter/case/replace", { material: "M01", reason: "unreadable" }]]);
  });
  it("hands a file of the scan folder in", async () => {
    const s = start({ case: kase(), scans: [{ name: "one.pdf", type: "application/pdf", size: 2_000_000, at: "2026-11-23T01:59:00Z" }] });
    await s.click("scans-M01");
    expect(s.get("scan-list-M01").text()).toContain("1.9 MB");
    await s.click("scan-M01-0");
    expect(s.posted).toEqual([["/counter/case/scan", { material: "M01", name: "one.pdf" }]]);
  });
  it("speaks of a material whose state changes", async () => {
    const s = of({});
    await s.page.setProps({ view: view({ case: kase({ materials: [material({ state: "E_WAIT", method: "E_SHARE" })] }) }) });
    expect(spoken.value).toContain("Articles, Electronic copy awaited");
  });
  it("asks the departments, shows each answer, and chooses", async () => {
    const s = start({
      case: kase({
        help: {
          state: "ready",
          materials: [
            {
              key: "M01",
              name: { en: "Articles" },
              offers: [
                { method: "E_SHARE", answer: "yes", act: yes },
                { method: "PAPER_SHARE", answer: "failed", act: no("query_open") },
              ],
            },
          ],
        },
      }),
    });
    await flushPromises();
    expect(s.get("help-offer-M01-PAPER_SHARE").attributes("data-answer")).toBe("failed");
    expect(s.get("help-offer-M01-PAPER_SHARE").attributes("disabled")).toBeDefined();
    await s.click("help-offer-M01-E_SHARE");
    await s.click("help-close");
    expect(s.posted).toEqual([
      ["/counter/case/choose", { material: "M01", method: "E_SHARE" }],
      ["/counter/case/help/close", undefined],
    ]);
  });
});

describe("journey: acceptance, change and cancellation", () => {
  it("receives, accepts, asks for help and prints", async () => {
    const s = start({ case: kase() });
    for (const id of ["receive", "accept", "help", "print-temporary"]) await s.click(id);
    expect(s.posted.map(([path]) => path)).toEqual(["/counter/case/receive", "/counter/case/accept", "/counter/case/help", "/counter/case/print"]);
    expect(s.posted[3]?.[1]).toEqual({ paper: "temporary" });
    expect(s.get("print-receipt").attributes("disabled")).toBeDefined();
  });
  it("asks before it cancels, and «cancel» changes nothing", async () => {
    await setLocale("zh-Hans");
    const s = start({ case: kase({ state: "PENDING_SHARE" }) });
    await s.click("cancel");
    expect(body().text()).toMatch(/\u8be5\u529e\u4ef6\u6b63\u5728\u7b49\u5f85\u6750\u6599\u63d0\u4ea4/);
    await s.click("cancel-back");
    expect(s.posted).toEqual([]);
    await s.click("cancel");
    await s.get("cancel-wrong_item").setValue(true);
    await s.click("cancel-confirm");
    expect(s.posted).toEqual([["/counter/case/cancel", { reason: "wrong_item" }]]);
  });
  it.each(["case_updated", "case_auto_accepted"])("tells at the case that somebody was faster: %s", async (code) => {
    const s = start({ case: kase() }, () => new Problem(code, 409));
    await s.click("accept");
    expect(s.get("case").find("[data-testid=case-problem]").attributes("data-code")).toBe(code);
    await s.click("case-problem-ok");
    expect(s.has("case-problem")).toBe(false);
  });
  it("shows what is not confirmed, from when it is, and what must be submitted again", () => {
    const s = start({ case: kase({ pending: true, resubmit: true, as_of: "2026-11-23T01:40:00Z" }) }, undefined, { online: false, since: "2026-11-23T01:30:00Z", pending: 1 });
    expect(s.has("case-pending")).toBe(true);
    expect(s.has("case-resubmit")).toBe(true);
    expect(s.get("case-as-of").text()).toContain("09:40");
    expect(s.get("accept").text()).toContain("Submit again");
  });
  it("says why it cannot be accepted, under the button", () => {
    const s = start({ case: kase({ acts: { ...kase().acts, accept: no("material_missing") } }) });
    expect(s.get("accept").attributes("disabled")).toBeDefined();
    expect(s.get("accept").attributes("data-why")).toBe("material_missing");
    expect(s.get("accept").find(".why").text()).not.toBe("");
  });
  it("names the material of an anomaly", () => {
    const s = start({ case: kase({ anomaly: [{ code: "anomaly_missing", params: { material: "M01" } }] }) });
    expect(s.get("case-anomaly").text()).toContain("Not available: Articles");
  });
  it("shows an acceptance that came by itself, with its number and its day", () => {
    const s = start({ case: kase({ state: "ACCEPTED", by_itself: true, number: "26112201001000", typed: "261122010010007", due_day: "2026-12-20" }) });
    expect(s.get("case-accepted").attributes("data-itself")).toBe("true");
    expect(s.get("case").attributes("data-number")).toBe("26112201001000");
    expect(s.get("case-number").text()).toBe("261122010010007");
    expect(s.get("case").text()).toContain("20 December 2026");
  });
  it("tells what came of a print and what to do", () => {
    const at = "2026-11-23T01:59:00Z";
    const s = start({
      case: kase(),
      prints: [
        { id: "2", case: "c1", paper: "temporary", outcome: "failed", why: { severity: "error", code: "paper_end" }, at },
        { id: "1", case: "c1", paper: "temporary", outcome: "confirmed", at },
        { id: "0", case: "other", paper: "receipt", outcome: "failed", at },
      ],
    });
    expect(s.get("printed-temporary").attributes("data-outcome")).toBe("failed");
    expect(s.get("print-trouble-temporary").text()).toContain("Put in a new roll");
    expect(s.has("printed-receipt")).toBe(false);
    expect(printWords({ id: "1", case: "c1", paper: "receipt", outcome: "unknown", at })).toContain("marked as a reprint");
  });
  it("prints what became of a case: each special procedure has its notice", async () => {
    const at = "2026-11-23T01:59:00Z";
    const base = { stops: true, by: "Chief", reason: "law_requires", at, days: 20, print: yes };
    const office = { specials: [{ ...base, serial: 1, kind: "2", code: "hearing" }, { ...base, serial: 2, kind: "1" }, { ...base, serial: 3, kind: "2", code: "testing" }], steps: [], collections: [], colleagues: [], procedures: [], mine: false, acts: Object.fromEntries(OFFICE_ACTS.map((one) => [one, no("case_state")])) };
    const acts = { ...kase().acts, print_grant: yes };
    const s = start({
      case: kase({ acts, office: office as unknown as CaseView["office"] }),
      prints: [{ id: "1", case: "c1", paper: "special", serial: 3, outcome: "confirmed", at }],
    });
    expect(s.get("print-special.1").text()).toBe("Notice of procedure 1");
    expect(s.has("printed-special.1")).toBe(false);
    expect(s.get("printed-special.3").attributes("data-outcome")).toBe("confirmed");
    expect(s.has("print-denial")).toBe(false);
    for (const id of ["print-special.3", "print-extension", "print-grant"]) await s.click(id);
    expect(s.posted.map(([, body]) => body)).toEqual([{ paper: "special", serial: 3 }, { paper: "extension" }, { paper: "grant" }]);
  });
  it("only looks at a case that is to be looked at, until it is to be changed", async () => {
    const s = start({ pending: [row({ id: "c1" })], count: 1 }, () => ({ rev: 2 }));
    await s.click("desk-tab-pending");
    await s.click("pending-view-26112201001000");
    expect(s.posted).toEqual([["/counter/case/show", { case: "c1" }]]);
    await s.page.setProps({ view: view({ case: kase() }) });
    expect(s.get("case").attributes("data-editing")).toBe("false");
    expect(s.has("accept")).toBe(false);
    expect(s.has("method-M01-E_SHARE")).toBe(false);
    await s.click("edit");
    expect(s.has("method-M01-E_SHARE")).toBe(true);
  });
  it("brings news quietly, until they are read", async () => {
    const s = start({ news: [{ id: "n/1", case: "c9", number: "26112201001000", item: { en: "Open a shop" }, code: "accepted", at: "2026-11-23T01:59:00Z" }] });
    expect(s.get("news-26112201001000").text()).toContain("accepted automatically");
    await s.click("news-dismiss-26112201001000");
    expect(s.posted).toEqual([["/counter/news/n%2F1/dismiss", undefined]]);
  });
});

describe("journey: the lists", () => {
  const lists = (props: object, get: (path: string, query: Record<string, string>) => Promise<unknown> = async () => []) =>
    mount(DeskList, { global, attachTo: document.body, props: { client: { get } as unknown as Client, list: "pending", pending: [], count: 0, busy: "", now: NOW, stamp: "", inHand: "", ...props } });

  it("shows the state and the trouble of each case, and what may be done", async () => {
    const page = lists({ pending: [row(), row({ id: "r2", number: "26112201001001", summary: "MISSING", anomaly: [{ code: "anomaly_missing", params: { material: "M02" } }], resubmit: true, mine: true })], count: 60 });
    await flushPromises();
    expect(page.get('[data-testid="pending-26112201001000"]').attributes("data-anomaly")).toBe("false");
    expect(page.get('[data-testid="pending-26112201001001"]').attributes()).toMatchObject({ "data-anomaly": "true", "data-summary": "MISSING", "data-resubmit": "true" });
    expect(page.text()).toContain("Normal");
    expect(page.text()).toContain("58 more");
    for (const act of ["view", "edit", "cancel"]) await page.get(`[data-testid="pending-${act}-26112201001001"]`).trigger("click");
    expect(page.emitted()).toMatchObject({ view: [["r2"]], edit: [["r2"]], cancel: [["r2"]] });
    page.unmount();
  });
  it("asks for one's own, searches, and shows the newest answer only", async () => {
    const asked: Record<string, string>[] = [];
    const waiting: ((rows: unknown) => void)[] = [];
    const page = lists({ list: "mine" }, (_path, query) => {
      asked.push(query);
      return new Promise((resolve) => waiting.push(resolve));
    });
    await page.get("[data-testid=case-search]").setValue("1000");
    await page.get("[data-testid=case-search]").trigger("keydown", { key: "Enter" });
    expect(asked).toEqual([
      { list: "mine", query: "" },
      { list: "mine", query: "1000" },
    ]);
    waiting[1]?.([row({ state: "ACCEPTED" })]);
    waiting[0]?.([]);
    await flushPromises();
    expect(page.get('[data-testid="mine-26112201001000"]').attributes("data-state")).toBe("ACCEPTED");
    page.unmount();
  });
  it("says when a list cannot be had, and tries again", async () => {
    let fails = true;
    const page = lists({ list: "done" }, async () => {
      if (fails) throw new Problem("unreachable");
      return [];
    });
    await flushPromises();
    fails = false;
    await page.get("[data-testid=retry]").trigger("click");
    await flushPromises();
    expect(page.text()).toContain("Nothing has been finished yet");
    page.unmount();
  });
});

describe("journey: files", () => {
  class Sending {
    upload: { onprogress?: (event: object) => void } = {};
    onload?: () => void;
    onerror?: () => void;
    headers: Record<string, string> = {};
    status = 200;
    responseText = '{"rev":7}';
    opened: string[] = [];
    open = (...args: string[]) => (this.opened = args);
    setRequestHeader = (name: string, value: string) => (this.headers[name] = value);
    send = vi.fn();
  }
  const client = createClient({ base: "/api/v1", token: () => "T" });
  const file = new File(["x"], "SCAN.PDF", { type: "" });

  it("sends a file as it is and tells how much has left", async () => {
    const sending = new Sending();
    const seen: number[] = [];
    const done = upload(client, "/counter/case/file?material=M01", file, (percent) => seen.push(percent), () => sending as unknown as XMLHttpRequest);
    sending.upload.onprogress?.({ lengthComputable: true, loaded: 1, total: 3 });
    sending.upload.onprogress?.({ lengthComputable: false });
    sending.onload?.();
    await expect(done).resolves.toEqual({ rev: 7 });
    expect(sending.opened).toEqual(["POST", "/api/v1/counter/case/file?material=M01"]);
    expect(sending.headers).toEqual({ Authorization: "Bearer T", "Content-Type": "application/pdf" });
    expect(sending.send).toHaveBeenCalledWith(file);
    expect(seen).toEqual([33]);
  });
  it("says why a file was not taken", async () => {
    const refused = new Sending();
    const done = upload(client, "/x", file, () => undefined, () => refused as unknown as XMLHttpRequest);
    refused.status = 415;
    refused.responseText = '{"code":"file_type"}';
    refused.onload?.();
    await expect(done).rejects.toMatchObject({ code: "file_type", status: 415 });
    const cut = new Sending();
    const lost = upload(client, "/x", file, () => undefined, () => cut as unknown as XMLHttpRequest);
    cut.onerror?.();
    await expect(lost).rejects.toMatchObject({ code: "unreachable" });
  });
  it("knows files that a browser does not", () => {
    expect(mediaType({ name: "a.OFD", type: "" })).toBe("application/ofd");
    expect(mediaType({ name: "a.jpg", type: "image/jpeg" })).toBe("image/jpeg");
    expect(mediaType({ name: "noending", type: "" })).toBe("application/octet-stream");
  });
  it("takes a file that is dropped on a material, and only where one may come", async () => {
    const sent: string[] = [];
    const send = vi.spyOn(XMLHttpRequest.prototype, "send").mockImplementation(() => undefined);
    const open = vi.spyOn(XMLHttpRequest.prototype, "open").mockImplementation((...args: unknown[]) => void sent.push(String(args[1])));
    vi.spyOn(XMLHttpRequest.prototype, "setRequestHeader").mockImplementation(() => undefined);
    const s = start({ case: kase({ materials: [material(), material({ key: "M02", methods: [{ method: "UPLOAD", act: no("case_state") }] })] }) });
    for (const key of ["M02", "M01"]) await s.get(`material-${key}`).trigger("drop", { dataTransfer: { files: [file] } });
    expect(sent).toEqual(["/api/v1/counter/case/file?material=M01"]);
    expect(s.get("sending-M01").attributes("aria-valuenow")).toBe("0");
    expect(send).toHaveBeenCalledTimes(1);
    open.mockRestore();
    vi.restoreAllMocks();
  });
  it("fetches a picture with the token, shows it from memory and forgets it", async () => {
    const fetched = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response(new Blob(["x"])));
    const made = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:one");
    const gone = vi.spyOn(URL, "revokeObjectURL").mockReturnValue();
    const page = mount(DeskPreview, { global, attachTo: document.body, props: { client, file: { sha256: SHA, type: "image/png", size: 3, coming: false }, title: "Articles" } });
    await flushPromises();
    await vi.waitFor(() => expect(body().get("[data-testid=preview-picture]").attributes("src")).toBe("blob:one"));
    expect(fetched.mock.calls[0]?.[0]).toBe(`/api/v1/counter/file/${SHA}`);
    expect((fetched.mock.calls[0]?.[1]?.headers as Record<string, string>)["Authorization"]).toBe("Bearer T");
    expect((made.mock.calls[0]?.[0] as Blob).type).toBe("image/png");
    await page.setProps({ file: null });
    expect(gone).toHaveBeenCalledWith("blob:one");
    page.unmount();
    vi.restoreAllMocks();
  });
  it("runs nothing of a file of another kind", async () => {
    const fetched = vi.spyOn(globalThis, "fetch");
    const page = mount(DeskPreview, { global, attachTo: document.body, props: { client, file: { sha256: SHA, type: "text/xml", size: 3, coming: false }, title: "Articles" } });
    await flushPromises();
    expect(body().get("[data-testid=preview]").attributes("data-state")).toBe("foreign");
    expect(fetched).not.toHaveBeenCalled();
    page.unmount();
    vi.restoreAllMocks();
  });
});

describe("journey: by keyboard", () => {
  it("has one letter for each act of the whole page", () => {
    expect(new Set(ALL_KEYS).size).toBe(ALL_KEYS.length);
    const event = (key: string, more: object = {}) => ({ key, ctrlKey: false, altKey: false, metaKey: false, ...more });
    for (const [act, letter] of Object.entries(DESK_KEYS)) expect(deskActOf(event(letter.toLowerCase()))).toBe(act);
    expect(deskActOf(event("a", { ctrlKey: true }))).toBeUndefined();
    expect(deskActOf(event("a", { target: document.createElement("textarea") }))).toBeUndefined();
    expect([placeOf(event("3")), placeOf(event("0")), placeOf(event("3", { target: document.createElement("input") }))]).toEqual([3, 0, 0]);
  });
  it("accepts, goes to a material, and does nothing that may not be done", async () => {
    const s = start({ case: kase({ acts: { ...kase().acts, receive: no("case_state") } }) });
    await s.press("c");
    await s.press("a");
    expect(s.posted).toEqual([["/counter/case/accept", undefined]]);
    await s.press("1");
    expect(document.activeElement?.getAttribute("data-testid")).toBe("method-M01-E_SHARE");
  });
  it("leaves the letters to a dialog that is open", async () => {
    const s = start({ case: kase() });
    await s.press("x");
    expect(s.has("cancel-dialog")).toBe(true);
    await s.press("a");
    expect(s.posted).toEqual([]);
  });
});

describe("words of the desk", () => {
  it("writes moments and sizes short", () => {
    expect(moment("2026-11-23T01:05:00Z", NOW)).toBe("09:05");
    expect(moment("2026-11-22T01:05:00Z", NOW)).toBe("22 Nov 09:05");
    expect(moment("0001-01-01T00:00:00Z", NOW)).toBe("");
    expect(size(100)).toBe("1 KB");
    expect(size(3 * 1024 * 1024)).toBe("3.0 MB");
  });
});
