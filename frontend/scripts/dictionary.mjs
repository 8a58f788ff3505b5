// Makes the dictionaries of the on-screen pinyin keyboard, one for each script,
// in node_modules/.cache/hallway (the pages import them from there as files).
//
// Words and how often they are used come from jieba's list (MIT), readings from
// pinyin-pro (MIT), traditional forms from OpenCC (Apache-2.0). The house's own
// words (scripts/words/house.txt and the names in build/demo/hall) come first.
// A line of a file is «pinyin words»: syllables joined by an apostrophe, then
// words, each with one letter for how often it is used (a rare … z our own).
//
// The result depends on these inputs alone; it is made again when one changes.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = import.meta.dirname;
const require = createRequire(import.meta.url);
const KEEP = 42_000;
const LONGEST = 8;
export const FOLDER = join(here, "../node_modules/.cache/hallway");
export const SCRIPTS = ["zh-Hans", "zh-Hant"];

const HAN = /^\p{Script=Han}+$/u;
const hanRuns = (text) => text.match(/\p{Script=Han}+/gu) ?? [];
const length = (word) => [...word].length;

const sources = () => {
  const hall = join(here, "../../build/demo/hall");
  return [
    fileURLToPath(import.meta.url),
    require.resolve("@node-rs/jieba/dict.txt"),
    join(here, "words/house.txt"),
    join(here, "../package-lock.json"),
    ...readdirSync(hall).filter((name) => /^(groups|items|materials)\.toml$/.test(name)).map((name) => join(hall, name)),
  ];
};

/** The house's words: those of the list, and names in the hall's files. */
function houseWords(paths) {
  const words = new Set();
  for (const path of paths) {
    const text = readFileSync(path, "utf8");
    if (path.endsWith("house.txt")) {
      for (const line of text.split("\n")) if (!line.startsWith("#")) hanRuns(line).forEach((word) => words.add(word));
    }
    if (path.endsWith(".toml")) {
      for (const [, name] of text.matchAll(/\.zh-Hans = "([^"]*)"/g)) hanRuns(name).forEach((word) => words.add(word));
    }
  }
  return [...words].filter((word) => length(word) <= LONGEST);
}

/** Words of the list by how often they are used; no names of single persons. */
function commonWords(path) {
  const all = [];
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [word, count, kind] = line.split(" ");
    if (!word || !HAN.test(word) || length(word) > 6) continue;
    if (kind?.startsWith("nr") && length(word) > 1) continue;
    all.push({ word, count: Number(count) });
  }
  all.sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1));
  return [...all.filter(({ word }) => length(word) > 1).slice(0, KEEP), ...all.filter(({ word }) => length(word) === 1)];
}

/** Characters of an older character set, which everybody's font has. */
function charactersOf(encoding, from, to, low = 0x40) {
  const decoder = new TextDecoder(encoding);
  const out = new Set();
  for (let lead = from; lead <= to; lead++) {
    for (let trail = low; trail <= 0xfe; trail++) {
      const text = decoder.decode(new Uint8Array([lead, trail]));
      if (length(text) === 1 && HAN.test(text)) out.add(text);
    }
  }
  return out;
}

const letter = (count) => String.fromCharCode(97 + Math.max(0, Math.min(24, Math.round(Math.log2(count + 1) * 1.25))));

class Lines {
  #lines = new Map();
  add(syllables, word, rank) {
    if (!syllables.every((one) => /^[a-z]{1,6}$/.test(one))) return;
    const key = syllables.join("'");
    const words = this.#lines.get(key) ?? new Map();
    if (!words.has(word) || words.get(word) < rank) words.set(word, rank);
    this.#lines.set(key, words);
  }
  text() {
    const order = ([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x > y ? -1 : 1);
    return [...this.#lines]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, words]) => `${key} ${[...words].sort(order).map(([word, rank]) => word + rank).join("")}\n`)
      .join("");
  }
}

/** The readings of one character, the usual one first, without tones; ü is v. */
function readingsOf(pinyin, character) {
  const found = pinyin(character, { multiple: true, toneType: "none", type: "array", v: true });
  return [...new Set(found)].filter((one) => /^[a-z]+$/.test(one));
}

async function build(paths) {
  const { pinyin } = await import("pinyin-pro");
  const { Converter } = await import("opencc-js/cn2t");
  const { default: backwards } = await import(new URL("../node_modules/opencc-js/dist/esm-lib/dict/TSCharacters.js", import.meta.url).href);
  const convert = Converter({ from: "cn", to: "hk" });
  const old = charactersOf("big5", 0xa4, 0xf9);
  const plain = charactersOf("gbk", 0xb0, 0xf7, 0xa1);
  const forms = new Map();
  for (const [, traditional, simple] of backwards.matchAll(/(?:^|\|)(\S+) (\S+?)(?=\||$)/g)) {
    if (old.has(traditional)) forms.set(simple, [...(forms.get(simple) ?? []), traditional]);
  }
  const [hans, hant] = [new Lines(), new Lines()];

  const single = (character, count, rank = letter(count)) => {
    readingsOf(pinyin, character).slice(0, count ? 9 : 1).forEach((reading, i) => {
      const less = rank === "z" ? (i ? letter(2000) : "z") : letter(count / (i ? 30 : 1));
      hans.add([reading], character, less);
      const usual = convert(character);
      if (plain.has(character) || old.has(usual)) hant.add([reading], usual, less);
      for (const other of [...(forms.get(character) ?? []), character]) {
        if (other !== usual && old.has(other)) hant.add([reading], other, less === "z" ? letter(500) : letter(count / 40));
      }
    });
  };
  const many = (word, rank) => {
    const syllables = pinyin(word, { toneType: "none", type: "array", v: true });
    if (syllables.length !== length(word)) return;
    hans.add(syllables, word, rank);
    hant.add(syllables, convert(word), rank);
  };

  const seen = new Set();
  for (const { word, count } of commonWords(paths[1])) {
    seen.add(word);
    if (length(word) > 1) many(word, letter(count));
    else if (plain.has(word)) single(word, count);
  }
  // Others that names are written with, after all the usual ones.
  for (const character of charactersOf("gbk", 0x81, 0xfe)) if (!seen.has(character) || !plain.has(character)) single(character, 0);
  for (const word of houseWords(paths)) {
    if (length(word) === 1) single(word, 20_000);
    else many(word, "z");
  }
  return { "zh-Hans": hans.text(), "zh-Hant": hant.text() };
}

/** Makes the files where they are missing or old. */
export async function dictionaries() {
  const paths = sources();
  const hash = createHash("sha256");
  for (const path of paths) hash.update(readFileSync(path));
  const stamp = join(FOLDER, "pinyin.made");
  const sum = hash.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sum) return;
  mkdirSync(FOLDER, { recursive: true });
  const made = await build(paths);
  for (const script of SCRIPTS) put(join(FOLDER, `pinyin-${script}.txt`), made[script]);
  put(stamp, sum);
}

/** For Vite: the files are there before anything is resolved. */
export function dictionary() {
  return { name: "dictionary", config: () => dictionaries() };
}

function put(path, text) {
  const making = `${path}.${process.pid}`;
  writeFileSync(making, text);
  renameSync(making, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await dictionaries();
