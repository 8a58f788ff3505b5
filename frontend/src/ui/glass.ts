// Millimetres of glass: --mm is how many pixels one millimetre of this panel
// has, from the width in the terminal's configuration.

const CSS_MM = 96 / 25.4;

/** Pixels per millimetre; without a known width the standard CSS ratio. */
export function pixelsPerMM(innerWidth: number, widthMM: number | undefined): number {
  if (!widthMM || widthMM < 50 || widthMM > 5000 || innerWidth <= 0) return CSS_MM;
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
