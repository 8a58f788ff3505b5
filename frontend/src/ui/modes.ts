// How a person wants to see and hear: one touch each. At a kiosk all of it is
// gone when the person leaves; at a desk it is kept with the terminal.

import { reactive, watch, watchEffect } from "vue";

/** Colours: of the house, light letters on black, black letters on white. */
export type Contrast = "normal" | "dark" | "light";
export const CONTRASTS: readonly Contrast[] = ["normal", "dark", "light"];

export interface Modes {
  /** Large type and targets, stronger colours. */
  elder: boolean;
  contrast: Contrast;
  /** Everything that is touched stands in the lower part. */
  low: boolean;
  /** Nothing moves. */
  still: boolean;
  /** Each screen is read aloud. */
  speak: boolean;
}

/** The colours that the reader's own system asks for. */
function wanted(): Contrast {
  if (typeof matchMedia === "undefined" || !matchMedia("(prefers-contrast: more)").matches) return "normal";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
const plain = (): Modes => ({ elder: false, contrast: wanted(), low: false, still: false, speak: false });

export const modes = reactive<Modes>(plain());

watchEffect(() => {
  if (typeof document === "undefined") return;
  const root = document.documentElement.dataset;
  root["elder"] = modes.elder ? "on" : "off";
  root["contrast"] = modes.contrast;
  root["low"] = modes.low ? "on" : "off";
  root["motion"] = modes.still ? "off" : "on";
});

// The attributes may also be set from outside (a kiosk's shell, a tour of all
// screens): the page follows them.
if (typeof MutationObserver !== "undefined" && typeof document !== "undefined") {
  new MutationObserver(() => {
    const root = document.documentElement.dataset;
    modes.elder = root["elder"] === "on";
    modes.low = root["low"] === "on";
    modes.still = root["motion"] === "off";
    modes.contrast = CONTRASTS.find((one) => one === root["contrast"]) ?? "normal";
  }).observe(document.documentElement, { attributeFilter: ["data-elder", "data-low", "data-motion", "data-contrast"] });
}

export function resetModes(): void {
  Object.assign(modes, plain());
}

/** Keeps the looks of a desk under that name, and puts back what was kept. */
export function keepModes(name: string): void {
  const key = `hallway.${name}.looks`;
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Modes>;
    modes.elder = kept.elder === true;
    modes.still = kept.still === true;
    modes.contrast = CONTRASTS.find((one) => one === kept.contrast) ?? wanted();
  } catch {
    // Nothing kept, or not readable: the house's own looks.
  }
  watch(
    () => ({ elder: modes.elder, contrast: modes.contrast, still: modes.still }),
    (now) => {
      try {
        localStorage.setItem(key, JSON.stringify(now));
      } catch {
        // Kept for this page only.
      }
    },
  );
}
