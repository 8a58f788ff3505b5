import { flushPromises, mount } from "@vue/test-utils";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import type { KioskGroup } from "@/api/types";
import { i18n, setLocale } from "@/i18n";
import HKeyboard from "@/keyboard/HKeyboard.vue";
import { registerRecogniser } from "@/keyboard/handwriting";
import { Dictionary } from "@/keyboard/pinyin";
import KioskFind from "@/kiosk/KioskFind.vue";
import { find, fitPinyin, fitWords } from "@/kiosk/find";

const file = (script: string) => readFileSync(join(import.meta.dirname, `../node_modules/.cache/hallway/pinyin-${script}.txt`), "utf8");
const words = new Dictionary(file("zh-Hans"));
const global = { plugins: [i18n] };

const group = (id: string, icon: string, name: string, items: KioskGroup["items"], allowed = true): KioskGroup => ({
  id,
  icon,
  prefix: id[0]?.toUpperCase() ?? "A",
  name: { "zh-Hans": name, en: `Group ${id}` },
  items,
  take: { allowed },
  wait: { known: false, low: 0, high: 0 },
  waiting: 2,
});
const groups = [
  group("insurance", "shield", "社保和医保", [
    { id: "card-lost", online: false, name: { "zh-Hans": "社保卡丢了、坏了，要补一张", en: "My social security card is lost", pt: "Perdi o cartão da segurança social" }, hint: { "zh-Hans": "带身份证" } },
    { id: "refund", online: false, name: { "zh-Hans": "在外地看病，回来报销", en: "I want a refund", pt: "Quero o reembolso" } },
  ]),
  group("housing", "home", "房产登记", [{ id: "transfer", online: false, name: { "zh-Hans": "买了二手房，要过户", en: "I bought a home", pt: "Comprei uma casa" } }], false),
  group("general", "help", "综合", [{ id: "not-sure", online: false, name: { "zh-Hans": "我不知道该找哪个窗口", en: "I do not know", pt: "Não sei" } }]),
];
const ids = (text: string, locale = "zh-Hans", letters = "") =>
  find(groups, { text, letters, locale, readings: (one) => words.readings(one) }).map((one) => one.item.id);

beforeEach(() => {
  vi.stubGlobal("fetch", async (url: string) => new Response(file(String(url).includes("Hant") ? "zh-Hant" : "zh-Hans")));
  return setLocale("zh-Hans");
});
afterEach(() => vi.unstubAllGlobals());

describe("find", () => {
  it.each([
    ["社保卡", ["card-lost"]],
    ["社保", ["card-lost", "refund"]], // the second by its group's name
    ["补社保卡", ["card-lost"]], // all its characters, in another order
    ["过户", ["transfer"]],
    ["shebaoka", ["card-lost"]],
    ["sbk", ["card-lost"]],
    ["bx", ["refund"]],
    ["身份证", ["card-lost"]], // by the hint
    ["no such thing", []],
    ["", []],
  ])("%s finds %j", (text, expected) => expect(ids(text)).toEqual(expected));
  it("finds by the words of the page's language, without accents", () => {
    expect(ids("card", "en")).toEqual(["card-lost"]);
    expect(ids("cartao", "pt")).toEqual(["card-lost"]);
    expect(ids("seguranca soc", "pt")).toEqual(["card-lost"]);
  });
  it("narrows what words found by letters not yet chosen", () => {
    expect(ids("", "zh-Hans", "guohu")).toEqual(["transfer"]);
    expect(ids("社保", "zh-Hans", "diu")).toEqual(["card-lost"]);
    expect(ids("过户", "zh-Hans", "sbk")).toEqual([]);
  });
  it("fits words and pinyin by their beginnings only", () => {
    expect(fitWords("lost card", "ard")).toBe(0);
    expect(fitWords("lost card", "card lo")).toBe(2);
    expect(fitPinyin("社保卡", "ebao", (one) => words.readings(one))).toBe(false);
    expect(fitPinyin("社保卡", "baok", (one) => words.readings(one))).toBe(true);
  });
});

async function press(wrapper: ReturnType<typeof mount>, ...keys: string[]) {
  for (const key of keys) {
    await wrapper.get(`[data-testid="key-${key}"]`).trigger("click");
    await nextTick();
  }
}

describe("HKeyboard", () => {
  const open = async (layout: "pinyin" | "latin" | "digits") => {
    const wrapper = mount(HKeyboard, { global, props: { layout }, attachTo: document.body });
    await flushPromises();
    if (layout === "pinyin") await expect.poll(() => wrapper.text()).toContain("shebao");
    return wrapper;
  };
  it("types pinyin, pages candidates and gives the chosen word", async () => {
    const keys = await open("pinyin");
    await press(keys, ..."shebaoka");
    expect(keys.get("[data-testid=kbd-typed]").text()).toContain("she bao ka");
    expect(keys.get("[data-testid=cand-1]").text()).toContain("社保卡");
    await keys.get("[data-testid=cand-next]").trigger("click");
    expect(keys.get("[data-testid=cand-1]").text()).not.toContain("社保卡");
    await keys.get("[data-testid=cand-previous]").trigger("click");
    await keys.get("[data-testid=cand-1]").trigger("click");
    expect(keys.emitted("text")).toEqual([["社保卡"]]);
    expect(keys.emitted("typing")?.at(-1)).toEqual([""]);
    await press(keys, "bksp");
    expect(keys.emitted("back")).toHaveLength(1);
    keys.unmount();
  });
  it("listens to a keyboard that is plugged in", async () => {
    const keys = await open("pinyin");
    for (const key of ["s", "b", "k", " "]) window.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
    expect(keys.emitted("text")).toEqual([["社保卡"]]);
    keys.unmount();
    const after = new KeyboardEvent("keydown", { key: "a", cancelable: true });
    window.dispatchEvent(after);
    expect(after.defaultPrevented).toBe(false);
  });
  it("types letters, one capital after shift, and the dot of names", async () => {
    const keys = await open("latin");
    await press(keys, "shift", "A", "n", "space", "marks", "dot", "latin", "b");
    expect(keys.emitted("key")?.flat()).toEqual(["A", "n", " ", "\u00b7", "b"]);
    keys.unmount();
  });
  it("has digits alone for a field of digits", async () => {
    const keys = await open("digits");
    await press(keys, "1", "0", "enter");
    expect(keys.emitted("key")?.flat()).toEqual(["1", "0"]);
    expect(keys.emitted("enter")).toHaveLength(1);
    expect(keys.find("[data-testid=key-letters]").exists()).toBe(false);
    keys.unmount();
  });
  it("names every key, in every language", async () => {
    const keys = await open("pinyin");
    for (const locale of ["zh-Hans", "zh-Hant", "en", "pt"]) {
      await setLocale(locale);
      await flushPromises();
      for (const button of keys.findAll("button")) {
        const name = button.attributes("aria-label") ?? button.text();
        expect(name.trim(), button.html()).not.toBe("");
        expect(name).not.toMatch(/kbd\.|\{/);
      }
    }
    keys.unmount();
  });
  it("offers handwriting only where a recogniser is registered", async () => {
    const keys = await open("pinyin");
    expect(keys.find("[data-testid=key-hand]").exists()).toBe(false);
    const asked: number[] = [];
    const away = registerRecogniser({ name: "fake", recognise: async (strokes) => (asked.push(strokes.length), ["龙", "尤"]) });
    await flushPromises();
    await press(keys, "hand");
    const field = keys.get("[data-testid=hand-field]");
    for (const type of ["pointerdown", "pointermove", "pointerup"]) await field.trigger(type, { pointerId: 1, clientX: 5, clientY: 5 });
    await flushPromises();
    expect(asked).toEqual([1]);
    await keys.get("[data-testid=cand-2]").trigger("click");
    expect(keys.emitted("text")).toEqual([["尤"]]);
    expect(keys.find("[data-testid=cand-1]").exists()).toBe(false);
    away();
    keys.unmount();
  });
});

describe("KioskFind", () => {
  const open = async (busy = "") => {
    const wrapper = mount(KioskFind, { global, props: { groups, busy }, attachTo: document.body });
    await expect.poll(() => wrapper.find("[data-testid=key-q]").exists(), { timeout: 20_000 }).toBe(true);
    await flushPromises();
    return wrapper;
  };
  it("finds as one types, and takes a number", async () => {
    const page = await open();
    await press(page, ..."shebaoka");
    await expect.poll(() => page.findAll("[data-testid^=find-result-]").length, { timeout: 20_000 }).toBe(1);
    await expect.poll(() => page.find("[data-testid=cand-1]").exists(), { timeout: 20_000 }).toBe(true);
    await page.get("[data-testid=cand-1]").trigger("click");
    await flushPromises();
    expect((page.get("[data-testid=find-field]").element as HTMLInputElement).value).toBe("社保卡");
    await page.get("[data-testid=find-take-card-lost]").trigger("click");
    expect(page.emitted("take")).toEqual([["insurance", "card-lost"]]);
    page.unmount();
  });
  it("says what to do when nothing fits", async () => {
    const page = await open();
    await page.get("[data-testid=find-field]").setValue("zzz");
    expect(page.find("[data-testid=find-none]").exists()).toBe(true);
    await page.get("[data-testid=find-take-not-sure]").trigger("click");
    expect(page.emitted("take")).toEqual([["general", "not-sure"]]);
    page.unmount();
  });
  it("says why no number is to be had", async () => {
    const page = await open();
    await page.get("[data-testid=find-field]").setValue("过户");
    expect(page.get("[data-testid=find-take-transfer]").attributes("disabled")).toBeDefined();
    page.unmount();
  });
});
