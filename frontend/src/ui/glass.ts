// Millimetres of glass: --mm is how many pixels one millimetre of this panel
// has, from the width that was measured at this terminal, else from the width in
// its configuration.

const CSS_MM = 96 / 25.4;
const NARROWEST = 50;
const WIDEST = 5000;

/** Whether a panel may be that wide. */
export function plausible(widthMM: number | undefined): widthMM is number {
  return widthMM !== undefined && widthMM >= NARROWEST && widthMM <= WIDEST;
}

/** Pixels per millimetre; without a known width the standard CSS ratio. */
export function pixelsPerMM(innerWidth: number, widthMM: number | undefined): number {
  if (!plausible(widthMM) || innerWidth <= 0) return CSS_MM;
  return innerWidth / widthMM;
}

/** Sets --mm now and on every change of the window; returns how to stop. */
export function measureGlass(widthMM: number | undefined): () => void {
  const set = () =>
    document.documentElement.style.setProperty("--mm", `${pixelsPerMM(window.innerWidth, widthMM).toFixed(4)}px`);
  set();
  window.addEventListener("resize", set);
  return () => window.removeEventListener("resize", set);
}

const place = (terminal: string) => `hallway.${terminal}.width_mm`;

/** The width that was measured at this terminal, if any. */
export function keptWidth(terminal: string): number | undefined {
  try {
    const kept = Number(localStorage.getItem(place(terminal)) ?? "");
    return plausible(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a measured width for this terminal; undefined forgets it. */
export function keepWidth(terminal: string, widthMM: number | undefined): void {
  try {
    if (plausible(widthMM)) localStorage.setItem(place(terminal), String(widthMM));
    else localStorage.removeItem(place(terminal));
  } catch {
    // Kept for this page only.
  }
}
