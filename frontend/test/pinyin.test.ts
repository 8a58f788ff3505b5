import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Dictionary, type Candidate } from "@/keyboard/pinyin";

const FOLDER = join(import.meta.dirname, "../node_modules/.cache/hallway");
const texts = { "zh-Hans": readFileSync(join(FOLDER, "pinyin-zh-Hans.txt"), "utf8"), "zh-Hant": readFileSync(join(FOLDER, "pinyin-zh-Hant.txt"), "utf8") };
const hans = new Dictionary(texts["zh-Hans"]);
const hant = new Dictionary(texts["zh-Hant"]);
const first = (typed: string, n = 5, from = hans) => from.candidates(typed).slice(0, n).map((one) => one.word);

/** Whether those letters can be the beginnings of those syllables, in order. */
function spells(letters: string, syllables: readonly string[]): boolean {
  if (!letters) return true;
  const [now, ...rest] = syllables;
  if (!now) return false;
  for (let n = Math.min(now.length, letters.length); n >= 1; n--) {
    if (now.startsWith(letters.slice(0, n)) && spells(letters.slice(n), rest)) return true;
  }
  return false;
}

describe("the files", () => {
  it.each(Object.entries(texts))("%s is at most 400 kB on the wire", (_, text) => {
    expect(gzipSync(text, { level: 9 }).length).toBeLessThan(400_000);
  });
});

describe("words", () => {
  it.each([
    ["shebaoka", "社保卡"],
    ["sbk", "社保卡"],
    ["sbka", "社保卡"],
    ["shebk", "社保卡"],
    ["juzhuzheng", "居住证"],
    ["jzz", "居住证"],
    ["budongchan", "不动产"],
    ["bdc", "不动产"],
    ["xi'an", "西安"],
    ["sfz", "身份证"],
    ["ouyang", "欧阳"],
    ["yyzz", "营业执照"],
    ["gjj", "公积金"],
    ["lvshi", "律师"],
  ])("%s gives %s first", (typed, word) => expect(first(typed, 1)).toEqual([word]));
  it.each([
    ["shebao", "社保卡"], // goes on
    ["xian", "西安"],
    ["xian", "先"],
    ["fangan", "方案"],
    ["nv", "女"],
    ["wang", "王"],
  ])("%s offers %s", (typed, word) => expect(first(typed, 40)).toContain(word));
  it.each([
    ["shebaoka", "社保卡"],
    ["shenfenzheng", "身份證"],
    ["hou", "後"],
    ["fapiao", "發票"],
    ["yyzz", "營業執照"],
  ])("%s gives %s in traditional script", (typed, word) => expect(first(typed, 1, hant)).toEqual([word]));
  it("keeps other forms of a character in traditional script", () => {
    expect(first("hou", 9, hant)).toContain("后");
    expect(first("fa", 12, hant)).toEqual(expect.arrayContaining(["發", "髮"]));
    expect(first("li", 20, hant)).toEqual(expect.arrayContaining(["裏", "里"]));
  });
  it("puts a sentence together", () => {
    expect(first("wodeshebaokadiule", 1)).toEqual(["我的社保卡丢了"]);
    expect(first("huanshenfenzheng", 1)[0]).toContain("身份证");
  });
  it("leaves the rest typed when a shorter word is taken", () => {
    const word = hans.candidates("shebaokawang").find((one) => one.word === "社保卡");
    expect(word?.used).toBe("shebaoka".length);
  });
  it("gives what it can for letters that are no pinyin, and nothing for none", () => {
    expect(first("shebaovvv", 1)).toEqual(["社保"]);
    expect(hans.candidates("")).toEqual([]);
    expect(hans.candidates("''")).toEqual([]);
    expect(hans.candidates("x".repeat(500)).length).toBeGreaterThan(0);
  });
  it("shows how it understood the letters", () => {
    expect(hans.spelled("shebaoka")).toBe("she bao ka");
    expect(hans.spelled("xi'an")).toBe("xi an");
    expect(hans.spelled("sbk")).toBe("s b k");
  });
  it("knows readings", () => expect(hans.readings("重")).toEqual(expect.arrayContaining(["zhong", "chong"])));
});

describe("what it promises", () => {
  const sample = (from: Dictionary, every: number) => [...from.words()].filter((_, i) => i % every === 0);
  it.each([["zh-Hans", hans] as const, ["zh-Hant", hant] as const])("%s: a word can be typed by its full pinyin", (_, from) => {
    const lost = sample(from, 7).filter(({ word, syllables }) => {
      const has = (typed: string) => from.candidates(typed).some((one) => one.word === word && one.used === typed.length);
      return !has(syllables.join("")) || !has(syllables.join("'"));
    });
    expect(lost.map((one) => one.word)).toEqual([]);
  });
  it("gives no candidate whose pinyin is another", () => {
    const wrong: [string, Candidate][] = [];
    for (const { syllables } of sample(hans, 61)) {
      const typed = syllables.join("");
      for (let n = 1; n <= typed.length; n++) {
        for (const one of hans.candidates(typed.slice(0, n))) {
          if (one.used > n || !spells(typed.slice(0, one.used), one.syllables)) wrong.push([typed.slice(0, n), one]);
        }
      }
    }
    expect(wrong.slice(0, 8).map(([typed, one]) => `${typed}: ${one.word} ${one.syllables.join(" ")} ${one.used}`)).toEqual([]);
  });
});
