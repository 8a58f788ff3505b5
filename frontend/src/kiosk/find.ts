// Finds things people come for by what they type: by the words of their names
// and hints in any of the hall's languages, by pinyin, and by its initials.
// It matches text, nothing else: what may be done now the program says.

import type { KioskGroup } from "@/api/types";

export type Item = KioskGroup["items"][number];
export interface Found {
  group: KioskGroup;
  item: Item;
}
/** The readings of a character, without tones; none where they are not known. */
export type Readings = (character: string) => readonly string[];

const HAN = /\p{Script=Han}/u;

/** Small letters without accents, and single blanks. */
function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[\s\p{P}]+/gu, " ")
    .trim();
}

/** How well the words fit: 3 as they stand, 2 each begins a word, 1 all its characters, 0 not. */
export function fitWords(text: string, query: string): number {
  const [within, wanted] = [plain(text), plain(query)];
  if (!wanted) return 0;
  if (` ${within}`.includes(` ${wanted}`) || (HAN.test(wanted) && within.includes(wanted))) return 3;
  const words = within.split(" ");
  if (wanted.split(" ").every((one) => words.some((word) => word.startsWith(one)))) return 2;
  return HAN.test(wanted) && [...wanted.replaceAll(" ", "")].every((one) => within.includes(one)) ? 1 : 0;
}

/** Whether the letters spell some characters in a row, by whole syllables or their beginnings. */
export function fitPinyin(text: string, letters: string, readings: Readings): boolean {
  const wanted = letters.toLowerCase().replace(/[^a-z]/g, "");
  if (!wanted) return false;
  const row = [...text].filter((one) => HAN.test(one)).map(readings);
  const dead = new Set<number>();
  const from = (at: number, done: number): boolean => {
    if (done === wanted.length) return true;
    const key = at * 64 + done;
    if (at === row.length || dead.has(key)) return false;
    for (const reading of row[at] ?? []) {
      for (let n = Math.min(reading.length, wanted.length - done); n >= 1; n--) {
        if (reading.startsWith(wanted.slice(done, done + n)) && from(at + 1, done + n)) return true;
      }
    }
    dead.add(key);
    return false;
  };
  return wanted.length < 64 && row.some((_, at) => from(at, 0));
}

interface Query {
  /** What stands in the field. */
  text: string;
  /** Letters that no word was chosen for yet. */
  letters: string;
  locale: string;
  readings: Readings;
}

function fit(group: KioskGroup, item: Item, query: Query): number {
  const own = (names: Record<string, string> | undefined) => names?.[query.locale] ?? "";
  const all = [item.name, item.hint, group.name].flatMap((names) => Object.values(names ?? {}));
  const text = query.text.trim();
  const letters = query.letters || (/^[a-z'\s]+$/i.test(text) ? text : "");
  let score = 0;
  if (text) {
    score = fitWords(own(item.name), text) * 100;
    score ||= fitWords(own(group.name), text) * 60 || fitWords(own(item.hint), text) * 30;
    score ||= Math.max(0, ...all.map((one) => fitWords(one, text))) * 5;
  }
  if (letters && (!text || letters === text || score)) {
    const spelled = (words: string, worth: number) => (fitPinyin(words, letters, query.readings) ? worth : 0);
    const chinese = (names: Record<string, string> | undefined) => names?.[query.locale === "zh-Hant" ? "zh-Hant" : "zh-Hans"] ?? "";
    const more = spelled(chinese(item.name), 150) || spelled(chinese(group.name), 90) || spelled(chinese(item.hint), 40);
    if (letters !== text && text) return more ? score + more : 0;
    score = Math.max(score, more);
  }
  return score;
}

const WEAK = 0.4; // of the best: what fits no better is left out

/** What fits, the best first; the hall's own order among equals. */
export function find(groups: readonly KioskGroup[], query: Query): Found[] {
  const all = groups.flatMap((group) => group.items.map((item) => ({ group, item, score: fit(group, item, query) })));
  const best = Math.max(0, ...all.map((one) => one.score));
  return all
    .filter((one) => one.score > 0 && one.score >= best * WEAK)
    .sort((a, b) => b.score - a.score)
    .map(({ group, item }) => ({ group, item }));
}
