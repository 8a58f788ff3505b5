import { flushPromises, mount } from "@vue/test-utils";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { i18n, setLocale } from "@/i18n";
import { codeOf, parseReadings, parts, pretend, reading } from "@/ui/glyphs";
import HName from "@/ui/HName.vue";

const EXT_I = 0x2ebf0;
const BIANG = 0x30ede;
const name = (...points: number[]) => String.fromCodePoint(...points);
const global = { plugins: [i18n] };

beforeEach(() => {
  pretend(new Map([[EXT_I, false], [BIANG, false], [0x20bb7, true], [0x4dae, true], [0x36c3, true], [0x2b5af, true]]));
  return setLocale("en");
});
afterEach(() => pretend(new Map()));

describe("parts", () => {
  it.each([
    ["an everyday name", "\u6d4b\u8bd5\u00b7\u6837\u4f8b", 1],
    ["Latin", "Jo\u00e3o d\u2019Almeida", 1],
    ["nothing", "", 0],
    ["rare ones that fonts have", name(0x20bb7, 0x4dae, 0x36c3, 0x2b5af), 1],
    ["one that no font has, between others", name(0x5f20, EXT_I, 0x4e09), 3],
    ["two of them", name(EXT_I, BIANG), 2],
    ["25 characters", name(...Array.from({ length: 24 }, (_, i) => 0x4e00 + i), EXT_I), 2],
  ])("cuts %s by code points", (_, text, count) => {
    const found = parts(text);
    expect(found).toHaveLength(count);
    expect(found.map((part) => part.text).join("")).toBe(text);
  });
  it("tells private characters and halves from rare ones", () => {
    const found = parts(`${name(0x5f20)}\ue815\ud83d${name(EXT_I)}`);
    expect(found.map((part) => part.kind)).toEqual([undefined, "made", "broken", "rare"]);
    expect(found.map((part) => part.point && codeOf(part.point)).slice(1)).toEqual(["U+E815", "U+D83D", "U+2EBF0"]);
  });
});

describe("readings", () => {
  const file = readFileSync(join(import.meta.dirname, "../../devices/printer/glyphs/readings.txt"), "utf8");
  it("knows Unicode's", () => {
    const all = parseReadings(file);
    expect(all.get(BIANG)).toBe("bi\u00e1ng");
    expect(all.get(0x2b5af)).toBe("f\u01d4");
    expect(all.get(EXT_I)).toBeUndefined();
    for (const [point, pinyin] of all) {
      expect(point).toBeGreaterThan(0x9fa5);
      expect(pinyin, codeOf(point)).toMatch(/^[a-z\u0300-\u036f\u00c0-\u01ff\u1e00-\u1eff]{1,7}$/);
    }
  });
  it("are fetched with the first question", async () => {
    reading(BIANG);
    await expect.poll(() => reading(BIANG)).toBe("bi\u00e1ng");
  });
});

describe("HName", () => {
  it("shows a box that says what it is, and keeps the text", async () => {
    const text = name(0x5f20, BIANG, 0x4e09);
    const wrapper = mount(HName, { global, props: { text } });
    await flushPromises();
    await expect.poll(() => wrapper.get("[role=img]").attributes("aria-label")).toBe("rare character U+30EDE, read bi\u00e1ng");
    expect(wrapper.get("[role=img]").attributes("data-seen")).toBe("U+30EDE bi\u00e1ng");
    expect(wrapper.text()).toBe(text);
    await setLocale("zh-Hans");
    await expect.poll(() => wrapper.get("[role=img]").attributes("aria-label")).toContain("U+30EDE");
  });
  it("shows the code point alone where no reading is known", () => {
    const wrapper = mount(HName, { global, props: { text: name(EXT_I) } });
    expect(wrapper.get("[role=img]").attributes("aria-label")).toBe("rare character U+2EBF0");
    expect(wrapper.get("[role=img]").attributes("data-seen")).toBe("U+2EBF0");
  });
  it("is plain text for everyday names", () => {
    const wrapper = mount(HName, { global, props: { text: name(0x5f20, 0x4e09) } });
    expect(wrapper.find("[role=img]").exists()).toBe(false);
  });
});
