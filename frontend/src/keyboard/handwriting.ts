// Where a recogniser of handwriting plugs in. The house ships none: a hall
// that has one registers it before its pages start,
//
//   registerRecogniser({ name: "…", recognise: async (strokes) => ["…"] })
//
// and the keyboard then shows a «handwriting» key with a field to write on.
// Guarantees: strokes go to the recogniser alone, and are gone when a
// character is chosen, the field is cleared or the keyboard closes.

import { shallowRef, type ShallowRef } from "vue";

/** A point in thousandths of the field's height, and when, in milliseconds of the stroke's first point. */
export interface Point {
  x: number;
  y: number;
  t: number;
}
export type Stroke = readonly Point[];

export interface Recogniser {
  readonly name: string;
  /** What the strokes may mean, the likeliest first; nothing when unknown. */
  recognise(strokes: readonly Stroke[]): Promise<string[]>;
}

export const recogniser: ShallowRef<Recogniser | null> = shallowRef(null);

/** Registers one, in place of any before; the result takes it away again. */
export function registerRecogniser(one: Recogniser): () => void {
  recogniser.value = one;
  return () => {
    if (recogniser.value === one) recogniser.value = null;
  };
}
