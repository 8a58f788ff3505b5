// Cuts typed letters into syllables of pinyin.
//
// Guarantees: a cut holds every letter, in order, and none crosses an
// apostrophe. Inside, a piece is a whole syllable or the initial of one («sbk»);
// the last may be any beginning. Cuts come cheapest first: whole syllables
// before initials, few before many; ties are all kept («fangan» both ways).

export interface Piece {
  letters: string;
  whole: boolean;
  /** Where it ends in what was typed, apostrophes counted. */
  end: number;
}

interface Cut {
  pieces: Piece[];
  cost: number;
}

const INITIAL = /^(?:zh|ch|sh|[abcdefghjklmnopqrstwxyz])$/;
const WIDEST = 6; // zhuang
const BEAM = 16;

export class Syllables {
  readonly #whole: ReadonlySet<string>;
  readonly #begun = new Set<string>();

  constructor(all: Iterable<string>) {
    this.#whole = new Set(all);
    for (const one of this.#whole) for (let n = 1; n <= one.length; n++) this.#begun.add(one.slice(0, n));
  }

  has(letters: string): boolean {
    return this.#whole.has(letters);
  }

  /** What a piece costs there, or nothing where it cannot stand. */
  #cost(letters: string, last: boolean): number | undefined {
    if (this.#whole.has(letters)) return letters.length === 1 ? 1.4 : 1;
    if (INITIAL.test(letters) && this.#begun.has(letters)) return last ? 1.6 : 2;
    return last && this.#begun.has(letters) ? 1.5 : undefined;
  }

  cuts(typed: string): Piece[][] {
    const best: Cut[][] = Array.from({ length: typed.length + 1 }, () => []);
    best[0] = [{ pieces: [], cost: 0 }];
    for (let at = 0; at < typed.length; at++) {
      const here = best[at] ?? [];
      if (typed[at] === "'") {
        best[at + 1]?.push(...here);
        continue;
      }
      for (let end = at + 1; end <= Math.min(typed.length, at + WIDEST) && typed[end - 1] !== "'"; end++) {
        const letters = typed.slice(at, end);
        const cost = this.#cost(letters, end === typed.length || typed[end] === "'");
        if (cost === undefined) continue;
        const piece = { letters, whole: this.#whole.has(letters), end };
        const there = best[end] ?? [];
        for (const cut of here) there.push({ pieces: [...cut.pieces, piece], cost: cut.cost + cost });
        there.sort((a, b) => a.cost - b.cost);
        there.length = Math.min(there.length, BEAM);
      }
    }
    return (best[typed.length] ?? []).filter((cut) => cut.pieces.length > 0).map((cut) => cut.pieces);
  }
}
