// The evaluator's screen: what it asks, what it sends, and that it forgets.
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Client } from "@/api/http";
import { Problem } from "@/api/http";
import type { Boot, EvaluatorView } from "@/api/types";
import { another, left } from "@/evaluator/person";
import EvaluatorPage from "@/evaluator/EvaluatorPage.vue";
import { currentLocale, i18n, setLocale } from "@/i18n";
import { modes, resetModes } from "@/ui/modes";

const global = { plugins: [i18n] };
const shown: VueWrapper[] = [];
beforeEach(async () => {
  await setLocale("en");
  vi.stubGlobal("fetch", () => new Promise(() => undefined)); // the stream stays silent
});
afterEach(() => {
  shown.splice(0).forEach((one) => one.unmount());
  vi.unstubAllGlobals();
  resetModes();
});

const NOW = "2026-11-23T02:00:00Z";
const evaluator = (more: Partial<EvaluatorView> = {}): EvaluatorView => ({
  rev: 1,
  now: NOW,
  state: "welcome",
  desk: { hall: { en: "City Hall" }, window: "3", name: { en: "Counter 3" }, state: "serving", staff: "1001", number: "A012" },
  ...more,
});
const asked = (more: Partial<EvaluatorView> = {}) => evaluator({ state: "ask", asking: 7, until: "2026-11-23T02:00:20Z", ...more });

async function page(view: EvaluatorView, answer: (body: unknown) => EvaluatorView = () => ({ ...view, rev: view.rev + 1, pressed: true })) {
  const posts: [string, unknown][] = [];
  const client: Client = {
    base: "/api/v1",
    headers: () => ({}),
    get: async <T>() => view as T,
    post: async <T>(path: string, body?: unknown) => (posts.push([path, body]), answer(body) as T),
    del: async <T>() => undefined as T,
  };
  const boot = { role: "evaluator", terminal: "evaluator-1", hall: {}, locale: "en", demo: false, version: "x" } as Boot;
  const wrapper = mount(EvaluatorPage, { global, props: { boot, client }, attachTo: document.body });
  shown.push(wrapper);
  await flushPromises();
  return { wrapper, posts };
}
const at = (wrapper: VueWrapper, id: string) => wrapper.find(`[data-testid="${id}"]`);

describe("the evaluator's screen", () => {
  it.each([
    ["open", "Please wait until your number is called"],
    ["paused", "This counter is paused"],
    ["closed", "This counter is closed"],
    ["called", "Number A012, please come here"],
    ["serving", "Serving number A012"],
  ] as const)("says where one is while the window is %s, and the clerk's number", async (state, words) => {
    const { wrapper } = await page(evaluator({ desk: { ...evaluator().desk, state } }));
    expect(at(wrapper, "doing").text()).toContain(words);
    expect(at(wrapper, "window").text()).toBe("Counter 3");
    expect(at(wrapper, "staff").text()).toContain("1001");
    expect(wrapper.get("h1").text()).toBe("City Hall");
    expect(at(wrapper, "ask").exists()).toBe(false);
  });
  it("asks with five levels in words, and shows how long", async () => {
    const { wrapper } = await page(asked());
    const keys = wrapper.findAll("button.level");
    expect(keys.map((key) => key.text())).toEqual(["Very satisfied", "Satisfied", "Fairly satisfied", "Dissatisfied", "Very dissatisfied"]);
    expect(keys.map((key) => key.findAll("svg").length)).toEqual([5, 4, 3, 2, 1]);
    expect(new Set(keys.map((key) => key.classes().join(" "))).size).toBe(1); // none stands out
    expect(Number(at(wrapper, "left").attributes("data-seconds"))).toBe(20);
    expect(wrapper.get("[role=group]").attributes("aria-label")).toBe("How satisfied");
    expect(document.activeElement?.textContent).toBe("Are you satisfied with this service?");
  });
  it.each([
    ["2026-11-23T02:05:00Z", false, "300"],
    ["2026-11-23T02:00:31Z", false, "31"],
    ["2026-11-23T02:00:30Z", true, "30"],
    ["2026-11-23T02:00:01Z", true, "1"],
  ])("says when the asking ends only shortly before (%s)", async (until, told, seconds) => {
    const { wrapper } = await page(asked({ until }));
    const time = at(wrapper, "left");
    expect(time.attributes("data-seconds")).toBe(seconds);
    expect(time.element.parentElement?.classList.contains("later")).toBe(!told);
  });
  it("speaks to the person who is asked, and to nobody afterwards, after a reload too", async () => {
    const { wrapper } = await page(asked({ desk: { ...evaluator().desk, number: undefined, locale: "pt" } }), () =>
      evaluator({ rev: 2, state: "offline", desk: { ...evaluator().desk, number: undefined, locale: "en" } }));
    await vi.waitFor(() => expect(currentLocale()).toBe("pt"));
    await at(wrapper, "level-3").trigger("click");
    await vi.waitFor(() => expect(currentLocale()).toBe("en"));
  });
  it("sends one key with its asking, and then none says which it was", async () => {
    const { wrapper, posts } = await page(asked());
    await at(wrapper, "level-4").trigger("click");
    await at(wrapper, "level-1").trigger("click");
    await flushPromises();
    expect(posts).toEqual([["/evaluator/rate", { asking: 7, level: 4 }]]);
    const keys = wrapper.findAll("button.level");
    expect(keys.every((key) => key.attributes("disabled") !== undefined)).toBe(true);
    expect(new Set(keys.map((key) => key.classes().join(" "))).size).toBe(1);
  });
  it("thanks, whatever was pressed", async () => {
    const { wrapper } = await page(evaluator({ state: "thanks" }));
    expect(at(wrapper, "thanks").text()).toContain("Thank you for your rating");
  });
  it("says what to do when a key came to nothing", async () => {
    const { wrapper } = await page(asked(), () => {
      throw new Problem("evaluator_offline", 503);
    });
    await at(wrapper, "level-2").trigger("click");
    await flushPromises();
    expect(at(wrapper, "problem").text()).toContain("not connected with the counter");
    expect(wrapper.findAll("button.level").some((key) => key.attributes("disabled") !== undefined)).toBe(false); // once more
  });
  it.each(["absent", "busy", "permission"] as const)("is calm without its counter (%s)", async (why) => {
    const { wrapper } = await page(evaluator({ state: "offline", why }));
    expect(at(wrapper, "offline").text()).toContain("Not connected with the counter");
    expect(at(wrapper, "why").attributes("data-why")).toBe(why);
    expect(wrapper.find("[role=alert]").exists()).toBe(false);
  });
  it("speaks the language that the counter names, until one chooses another", async () => {
    const { wrapper } = await page(evaluator({ desk: { ...evaluator().desk, locale: "pt" } }));
    await vi.waitFor(() => expect(currentLocale()).toBe("pt"));
    await at(wrapper, "lang-en").trigger("click");
    await vi.waitFor(() => expect(at(wrapper, "doing").text()).toBe("Serving number A012"));
  });
  it("forgets language and looks when the next person comes", async () => {
    const { wrapper } = await page(asked(), () => evaluator({ rev: 2, desk: { ...evaluator().desk, number: "A013", state: "called" } }));
    modes.elder = true;
    await setLocale("pt");
    await at(wrapper, "level-3").trigger("click");
    await flushPromises();
    expect(at(wrapper, "doing").text()).toContain("A013");
    expect(modes.elder).toBe(false);
    await vi.waitFor(() => expect(currentLocale()).toBe("en"));
  });
});

describe("who stands here", () => {
  const serving = evaluator();
  const gone = evaluator({ desk: { ...serving.desk, state: "open", number: undefined } });
  it.each([
    ["the first view", serving, null, true],
    ["the same number", serving, serving, false],
    ["another number", evaluator({ desk: { ...serving.desk, number: "A013" } }), serving, true],
    ["a number that has ended: this person is asked next", gone, serving, false],
    ["asked", asked({ desk: gone.desk }), gone, false],
    ["thanked", evaluator({ state: "thanks", desk: gone.desk }), asked({ desk: gone.desk }), false],
    ["after the thanks", gone, evaluator({ state: "thanks", desk: gone.desk }), true],
    ["after nothing was pressed", gone, asked({ desk: gone.desk }), true],
    ["the person has gone with the line", evaluator({ state: "offline", desk: { ...gone.desk, locale: "en" } }), asked({ desk: { ...gone.desk, locale: "pt" } }), true],
    ["the line came back", serving, evaluator({ state: "offline", desk: serving.desk }), false],
  ] as const)("%s", (_, now, before, want) => expect(another(now, before)).toBe(want));
  it("has so much time left", () => {
    const now = Date.parse(NOW);
    expect(left("2026-11-23T02:00:20Z", now, 20_000)).toEqual({ seconds: 20, part: 1, soon: true });
    expect(left("2026-11-23T02:00:09.500Z", now, 20_000)).toEqual({ seconds: 10, part: 0.475, soon: true });
    expect(left("2026-11-23T01:59:00Z", now, 20_000)).toEqual({ seconds: 0, part: 0, soon: true });
    expect(left(undefined, now, 0)).toEqual({ seconds: 0, part: 0, soon: true });
    expect(left("2026-11-23T02:05:00Z", now, 300_000)).toEqual({ seconds: 300, part: 1, soon: false });
    expect(left("2026-11-23T02:00:15Z", now, 300_000)).toEqual({ seconds: 15, part: 0.5, soon: true });
  });
});
