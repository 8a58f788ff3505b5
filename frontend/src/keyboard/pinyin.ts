// Pinyin to words: the dictionary of the on-screen keyboard.
//
// Guarantees: every word of the dictionary is among the candidates of its full
// pinyin, with and without apostrophes; every candidate's pinyin begins with
// the letters that it uses up. Initials alone are enough («sbk»), the last
// syllable may be unfinished, and what no word covers is put together from
// words. Nothing is learnt: the same letters give the same candidates always.

import { Syllables, type Piece } from "./segment";

export interface Candidate {
  word: string;
  syllables: readonly string[];
  /** How many of the typed letters it uses up, apostrophes counted. */
  used: number;
}

interface Entry {
  word: string;
  syllables: readonly string[];
  /** How often it is used, 0–25; the house's own words have the most. */
  rank: number;
}

export const LONGEST = 40; // letters that can be typed before one is chosen
const COMPLETIONS = 12;
const WIDEST = 8; // syllables of the longest word
const byRank = (a: Entry, b: Entry) => b.rank - a.rank;

export class Dictionary {
  readonly #syllables: Syllables;
  /** By the first letters of the syllables: «sbk». */
  readonly #byInitials = new Map<string, Entry[]>();
  readonly #byPinyin = new Map<string, Entry[]>();
  readonly #initials: string[];
  readonly #readings = new Map<string, string[]>();

  /** Reads the file that scripts/dictionary.mjs made. */
  constructor(text: string) {
    const singles = new Set<string>();
    for (const line of text.split("\n")) {
      const gap = line.indexOf(" ");
      if (gap < 0) continue;
      const syllables = line.slice(0, gap).split("'");
      if (syllables.length === 1) singles.add(line.slice(0, gap));
      this.#take(syllables, line.slice(gap + 1));
    }
    this.#syllables = new Syllables(singles);
    this.#initials = [...this.#byInitials.keys()].sort();
  }

  #take(syllables: string[], words: string): void {
    const entries: Entry[] = [];
    for (const found of words.matchAll(/([^a-z]+)([a-z])/gu)) {
      const word = found[1] ?? "";
      entries.push({ word, syllables, rank: (found[2] ?? "a").charCodeAt(0) - 97 });
      if (syllables.length === 1) this.#readings.set(word, [...(this.#readings.get(word) ?? []), syllables[0] ?? ""]);
    }
    add(this.#byInitials, syllables.map((one) => one[0]).join(""), entries);
    add(this.#byPinyin, syllables.join(""), entries);
  }

  /** The readings of a character, without tones. */
  readings(character: string): readonly string[] {
    return this.#readings.get(character) ?? [];
  }

  /** What was typed, as it is understood: «she bao ka». */
  spelled(typed: string): string {
    const pieces = this.#syllables.cuts(typed)[0];
    return pieces ? pieces.map((piece) => piece.letters).join(" ") : typed;
  }

  /** All words, in no order: for tests of what this promises. */
  *words(): IterableIterator<Candidate> {
    for (const entries of this.#byPinyin.values()) {
      for (const { word, syllables } of entries) yield { word, syllables, used: syllables.join("").length };
    }
  }

  candidates(typed: string): Candidate[] {
    const letters = typed.replaceAll("ü", "v").slice(0, LONGEST);
    if (!letters.replaceAll("'", "")) return [];
    const cuts = this.#syllables.cuts(letters);
    const out = new Collected();
    for (const entry of this.#exact(letters, cuts)) out.add(entry, letters.length);
    const first = cuts[0];
    if (!first) {
      this.#beginnings(letters, out);
      return out.list;
    }
    if (!out.list.length && first.length > 1) out.put(this.#composed(first, letters.length));
    for (const entry of cuts.flatMap((cut) => this.#matching(cut)).sort(byRank)) out.add(entry, letters.length);
    for (const entry of this.#longer(first)) out.add(entry, letters.length);
    for (const cut of cuts.slice(0, 4)) this.#partly(cut, out);
    return out.list;
  }

  /** Words whose whole pinyin was typed. */
  #exact(letters: string, cuts: Piece[][]): Entry[] {
    if (!letters.includes("'")) return [...(this.#byPinyin.get(letters) ?? [])].sort(byRank);
    return cuts
      .filter((cut) => cut.every((piece) => piece.whole))
      .flatMap((cut) => this.#matching(cut).filter((entry) => entry.syllables.every((one, i) => one === cut[i]?.letters)))
      .sort(byRank);
  }

  /** Words of as many syllables as there are pieces, each begun by its piece. */
  #matching(pieces: readonly Piece[]): Entry[] {
    if (pieces.length > WIDEST) return [];
    const bucket = this.#byInitials.get(pieces.map((piece) => piece.letters[0]).join("")) ?? [];
    return bucket.filter((entry) => begins(entry, pieces));
  }

  /** Words that go on after what was typed; the most used. */
  #longer(pieces: readonly Piece[]): Entry[] {
    const start = pieces.map((piece) => piece.letters[0]).join("");
    const found: Entry[] = [];
    for (let i = lowerBound(this.#initials, start); i < this.#initials.length; i++) {
      const initials = this.#initials[i] ?? "";
      if (!initials.startsWith(start)) break;
      if (initials.length === start.length) continue;
      for (const entry of this.#byInitials.get(initials) ?? []) if (begins(entry, pieces)) found.push(entry);
    }
    return found.sort(byRank).slice(0, COMPLETIONS);
  }

  /** Words for the first pieces, the longest first; the rest stays typed. */
  #partly(pieces: readonly Piece[], out: Collected): void {
    for (let n = Math.min(pieces.length - 1, WIDEST); n >= 1; n--) {
      const used = pieces[n - 1]?.end ?? 0;
      for (const entry of this.#matching(pieces.slice(0, n)).sort(byRank)) out.add(entry, used);
    }
  }

  /** Letters that are no pinyin as a whole: what their longest beginning gives. */
  #beginnings(letters: string, out: Collected): void {
    for (let n = letters.length - 1; n >= 1; n--) {
      const cut = this.#syllables.cuts(letters.slice(0, n))[0];
      if (!cut) continue;
      for (const entry of this.#matching(cut).sort(byRank)) out.add(entry, n);
      return this.#partly(cut, out);
    }
  }

  /** The likeliest row of words for all pieces. */
  #composed(pieces: readonly Piece[], used: number): Candidate | undefined {
    if (pieces.filter((piece) => piece.whole).length * 2 < pieces.length) return undefined;
    const best: ({ score: number; entries: Entry[] } | undefined)[] = [{ score: 0, entries: [] }];
    for (let end = 1; end <= pieces.length; end++) {
      for (let at = Math.max(0, end - WIDEST); at < end; at++) {
        const before = best[at];
        const entry = before && this.#matching(pieces.slice(at, end)).sort(byRank)[0];
        if (!before || !entry) continue;
        const score = before.score + entry.rank - 32; // of a chain of words, each by how often it is used
        if (score > (best[end]?.score ?? -Infinity)) best[end] = { score, entries: [...before.entries, entry] };
      }
    }
    const row = best[pieces.length]?.entries;
    if (!row || row.length < 2) return undefined;
    return { word: row.map((entry) => entry.word).join(""), syllables: row.flatMap((entry) => entry.syllables), used };
  }
}

/** Candidates in the order in which they came, each word once. */
class Collected {
  readonly list: Candidate[] = [];
  readonly #seen = new Set<string>();

  add(entry: Entry, used: number): void {
    this.put({ word: entry.word, syllables: entry.syllables, used });
  }
  put(candidate: Candidate | undefined): void {
    if (!candidate || this.#seen.has(candidate.word)) return;
    this.#seen.add(candidate.word);
    this.list.push(candidate);
  }
}

function begins(entry: Entry, pieces: readonly Piece[]): boolean {
  return pieces.every((piece, i) => entry.syllables[i]?.startsWith(piece.letters));
}

function add(map: Map<string, Entry[]>, key: string, entries: Entry[]): void {
  const before = map.get(key);
  if (before) before.push(...entries);
  else map.set(key, [...entries]);
}

function lowerBound(sorted: readonly string[], wanted: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? "") < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
