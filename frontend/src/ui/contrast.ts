// How well one colour is told from another: WCAG 2.2's relative luminance and
// contrast ratio. The tests keep the tokens by it, the gallery shows it.

export type RGB = readonly [number, number, number];

/** "#rgb", "#rrggbb" or "rgb(r g b)" as numbers; undefined when it is another kind. */
export function parseColour(text: string): RGB | undefined {
  const value = text.trim().toLowerCase();
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/.exec(value)?.[1];
  if (hex) {
    const full = hex.length === 3 ? [...hex].map((one) => one + one).join("") : hex;
    return [0, 2, 4].map((at) => Number.parseInt(full.slice(at, at + 2), 16)) as unknown as RGB;
  }
  const parts = /^rgb\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)\s*\)$/.exec(value);
  return parts ? [Number(parts[1]), Number(parts[2]), Number(parts[3])] : undefined;
}

export function luminance([r, g, b]: RGB): number {
  const [x, y, z] = [r, g, b].map((part) => {
    const c = part / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

/** From 1 (the same) to 21 (black on white); 0 when a colour cannot be read. */
export function contrastRatio(one: string, other: string): number {
  const a = parseColour(one);
  const b = parseColour(other);
  if (!a || !b) return 0;
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** What stands on what: text, and edges of what is pressed with the ring of focus. */
export const TEXT_PAIRS: readonly (readonly [text: string, ground: string])[] = [
  ...["ink", "ink-2", "brand", "accent", "ok", "warn", "bad"].flatMap((text) => ["paper", "surface", "surface-2"].map((ground) => [text, ground] as const)),
  ...["brand", "accent", "ok", "warn", "bad"].flatMap((tone) => [["ink", `${tone}-soft`], ["ink-2", `${tone}-soft`], [tone, `${tone}-soft`]] as const),
  ["on-brand", "brand"],
  ["on-brand", "brand-2"],
  ["on-accent", "accent-fill"],
  ["on-board", "board"],
  ["on-board", "board-2"],
  ["board-lamp", "board"],
  ["on-board-lamp", "board-lamp"],
  ["on-sheet", "sheet"],
  ["lamp-red", "lamps"],
  ["lamp-green", "lamps"],
  ["lamp-amber", "lamps"],
];
export const EDGE_PAIRS: readonly (readonly [edge: string, ground: string])[] = [
  ...["line-strong", "brand", "focus", "ok", "warn", "bad"].flatMap((edge) => ["paper", "surface", "surface-2", "brand-soft"].map((ground) => [edge, ground] as const)),
  ["mark-door", "mark-ground"],
  ["mark-light", "mark-ground"],
];
