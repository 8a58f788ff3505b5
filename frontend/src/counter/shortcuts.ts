// Shortcuts of the counter: one letter each, shown on the buttons and in the
// sheet that «?» opens. They can be switched off (WCAG 2.1.4) and never fire while
// something is being typed.

import { isFree, type Stroke } from "./keystrokes";

export type CounterAct = "open" | "pause" | "close" | "next" | "recall" | "start" | "miss" | "hold" | "transfer" | "finish" | "queue" | "out";

export const SHORTCUTS: Record<CounterAct, string> = {
  open: "O",
  pause: "P",
  close: "Z",
  next: "N",
  recall: "R",
  start: "S",
  miss: "M",
  hold: "H",
  transfer: "T",
  finish: "F",
  queue: "Q",
  out: "U",
};

/** Opens the sheet of keys. */
export const SHEET = "?";

const KEY = "hallway.counter.keys";

export function keysWanted(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

export function rememberKeys(on: boolean): void {
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // Remembered for this page only.
  }
}

/** The act that a key stands for, or undefined. */
export function actOf(event: Stroke): CounterAct | undefined {
  if (!isFree(event)) return undefined;
  const key = event.key.toUpperCase();
  return (Object.keys(SHORTCUTS) as CounterAct[]).find((act) => SHORTCUTS[act] === key);
}
