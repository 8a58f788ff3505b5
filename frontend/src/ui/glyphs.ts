// What a font of this machine can draw, and what to show where none can.
//
// Guarantees: a text is cut into code points, never UTF-16 units, and every
// one of them is seen: drawn by a font, or as a box with its code point and,
// where Unicode knows it, its pinyin. A character of a private set is
// always a box, because its picture depends on the machine; so is half of a
// surrogate pair. Text that holds only everyday characters costs one pattern.
//
// A font «has» a character when its drawing differs from the drawings of code
// points that no font has: browsers draw the same empty box for all of those.

import { shallowRef, type ShallowRef } from "vue";

/** rare: no font has it; made: of a private set; broken: half a character. */
export type Kind = "rare" | "made" | "broken";

export interface Part {
  text: string;
  /** Set when a box stands for the one character in text. */
  kind?: Kind;
  point?: number;
}

/** Characters that every font of the house has, and those that draw nothing of their own. */
const EVERYDAY = /^[\t\n\r\x20-\x7e\u00a0-\u024f\u2000-\u206f\u3000-\u30ff\u4e00-\u9fa5\ufe00-\ufe0f\uff00-\uffef\u{e0100}-\u{e01ef}]*$/u;

/** Code points without a character, in several planes: nothing draws them. */
const NOWHERE = [0x0378, 0x2fff0, 0x3fff0, 0xdfff0];
const SIZE = 24;

export function codeOf(point: number): string {
  return `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
}

function isPrivate(point: number): boolean {
  return (point >= 0xe000 && point <= 0xf8ff) || point >= 0xf0000;
}

const isHalf = (point: number) => point >= 0xd800 && point <= 0xdfff;

let canvas: CanvasRenderingContext2D | null | undefined;
let nothing: Set<string> | undefined;
const known = new Map<number, boolean>();

function pen(): CanvasRenderingContext2D | null {
  if (canvas === undefined) {
    const sheet = document.createElement("canvas");
    sheet.width = SIZE * 2;
    sheet.height = SIZE * 2;
    canvas = sheet.getContext("2d", { willReadFrequently: true });
  }
  return canvas;
}

/** The picture of a code point: its width and which dots are dark. */
function drawing(on: CanvasRenderingContext2D, point: number): string {
  const text = String.fromCodePoint(point);
  const fonts = getComputedStyle(document.documentElement).getPropertyValue("--sans").trim() || "sans-serif";
  on.clearRect(0, 0, SIZE * 2, SIZE * 2);
  on.font = `${SIZE}px ${fonts}`;
  on.textBaseline = "alphabetic";
  on.fillText(text, SIZE / 4, SIZE * 1.4);
  const dots = on.getImageData(0, 0, SIZE * 2, SIZE * 2).data;
  let picture = on.measureText(text).width.toFixed(1);
  for (let i = 3; i < dots.length; i += 4) picture += (dots[i] ?? 0) > 96 ? "1" : "0";
  return picture;
}

/** Whether some font of this machine has the character. Asked once for each. */
export function drawable(point: number): boolean {
  const before = known.get(point);
  if (before !== undefined) return before;
  const on = pen();
  if (!on) return true; // a page that cannot draw cannot tell: the browser's own box is seen
  nothing ??= new Set(NOWHERE.map((one) => drawing(on, one)));
  const has = !nothing.has(drawing(on, point));
  known.set(point, has);
  return has;
}

/** For tests: forgets what was asked, and asks that instead of the canvas. */
export function pretend(answers: ReadonlyMap<number, boolean>): void {
  known.clear();
  for (const [point, has] of answers) known.set(point, has);
}

function kindOf(character: string, point: number): Kind | undefined {
  if (isHalf(point)) return "broken";
  if (isPrivate(point)) return "made";
  if (EVERYDAY.test(character)) return undefined;
  return drawable(point) ? undefined : "rare";
}

/** The text in parts: what fonts draw, and single characters that need a box. */
export function parts(text: string): Part[] {
  if (EVERYDAY.test(text)) return text ? [{ text }] : [];
  const out: Part[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const kind = kindOf(character, point);
    const last = out.at(-1);
    if (kind) out.push({ text: character, kind, point });
    else if (last && !last.kind) last.text += character;
    else out.push({ text: character });
  }
  return out;
}

const readings: ShallowRef<ReadonlyMap<number, string>> = shallowRef(new Map());
let asked = false;

/** Pinyin of a character, or nothing; the first question fetches the list. */
export function reading(point: number): string {
  if (!asked) {
    asked = true;
    void load();
  }
  return readings.value.get(point) ?? "";
}

async function load(): Promise<void> {
  try {
    const { default: list } = await import("../../../devices/printer/glyphs/readings.txt?raw");
    readings.value = parseReadings(list);
  } catch {
    asked = false; // the box shows the code point alone; asked again with the next one
  }
}

export function parseReadings(list: string): Map<number, string> {
  const out = new Map<number, string>();
  for (const line of list.split("\n")) {
    const [code, pinyin] = line.split(" ");
    if (code && pinyin && !code.startsWith("#")) out.set(parseInt(code, 16), pinyin);
  }
  return out;
}
