// The map as geometry: what lies next in a direction, and where people sit.
import type { FloorPlace } from "@/api/types";

export type Way = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";
interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export const placeKey = (of: FloorPlace): string => (of.window ? `window-${of.window}` : `terminal-${of.terminal ?? ""}`);

/** The order of reading: rows from above, within a row from the left. */
export function reading(places: readonly FloorPlace[]): FloorPlace[] {
  return [...places].sort((a, b) => {
    const sameRow = a.y < b.y + b.h / 2 && b.y < a.y + a.h / 2;
    return sameRow ? a.x - b.x : a.y - b.y;
  });
}

/** The nearest place that way: what is straight ahead, however far, goes before
    what is aside. */
export function nextThatWay<T extends Box>(from: T, all: readonly T[], way: Way): T | undefined {
  const along = way === "ArrowLeft" || way === "ArrowRight" ? "x" : "y";
  const sign = way === "ArrowRight" || way === "ArrowDown" ? 1 : -1;
  const centre = (of: Box) => ({ x: of.x + of.w / 2, y: of.y + of.h / 2 });
  const here = centre(from);
  let best: { one: T; far: number } | undefined;
  for (const one of all) {
    const there = centre(one);
    const ahead = sign * (there[along] - here[along]);
    const aside = Math.abs(along === "x" ? there.y - here.y : there.x - here.x);
    if (one === from || ahead <= 0.01) continue;
    const across = along === "x" ? "y" : "x";
    const size = along === "x" ? "h" : "w";
    const straight = from[across] < one[across] + one[size] && one[across] < from[across] + from[size];
    const far = straight ? ahead : 10_000 + ahead + 2.5 * aside;
    if (!best || far < best.far) best = { one, far };
  }
  return best?.one;
}

/** Seats of a waiting area, as many as are comfortable, row by row. */
export function seats(area: Box, top: number): { x: number; y: number }[] {
  const pitch = 0.78;
  const columns = Math.max(1, Math.floor((area.w - 0.6) / pitch));
  const rows = Math.max(1, Math.floor((area.h - top - 0.3) / 1.05));
  const left = area.x + (area.w - (columns - 1) * pitch) / 2;
  return Array.from({ length: columns * rows }, (_, i) => ({
    x: left + (i % columns) * pitch,
    y: area.y + top + 0.45 + Math.floor(i / columns) * 1.05,
  }));
}
