// Panels that halls are fitted with, by diagonal and resolution, and how wide
// their glass is. A terminal whose width nobody measured offers those that have
// its resolution; the calibration screen proves it with a card.

export interface Panel {
  inches: number;
  /** Pixels as built in: an upright panel is higher than wide. */
  width: number;
  height: number;
}

const MM_PER_INCH = 25.4;

export const PANELS: readonly Panel[] = [
  { inches: 10.1, width: 1280, height: 800 },
  { inches: 15.6, width: 1366, height: 768 },
  { inches: 15.6, width: 1920, height: 1080 },
  { inches: 17, width: 1280, height: 1024 },
  { inches: 19, width: 1280, height: 1024 },
  { inches: 19, width: 1440, height: 900 },
  { inches: 21.5, width: 1080, height: 1920 },
  { inches: 21.5, width: 1920, height: 1080 },
  { inches: 23.8, width: 1920, height: 1080 },
  { inches: 27, width: 1920, height: 1080 },
  { inches: 27, width: 1080, height: 1920 },
  { inches: 32, width: 1080, height: 1920 },
  { inches: 32, width: 1920, height: 1080 },
  { inches: 43, width: 1920, height: 1080 },
  { inches: 43, width: 1080, height: 1920 },
  { inches: 55, width: 1920, height: 1080 },
  { inches: 55, width: 3840, height: 2160 },
];

/** Width of the lit glass in millimetres, from the diagonal and the aspect. */
export function glassWidth({ inches, width, height }: Panel): number {
  return (inches * MM_PER_INCH * width) / Math.hypot(width, height);
}

/** The panels of that resolution, smallest first. */
export function panelsOf(width: number, height: number): Panel[] {
  return PANELS.filter((one) => one.width === width && one.height === height).sort((a, b) => a.inches - b.inches);
}

/** ISO/IEC 7810 ID-1: bank cards, identity cards. */
export const CARD = { width: 85.6, height: 53.98, radius: 3.18 } as const;

/** How wide the glass is when a card drawn so many pixels wide covers a real one. */
export function widthByCard(windowPixels: number, cardPixels: number): number {
  return (windowPixels * CARD.width) / cardPixels;
}
