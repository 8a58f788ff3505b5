// Shortcuts of the counter: one letter each, shown on the buttons. They can be
// switched off (WCAG 2.1.4) and never fire while something is being typed.

export type CounterAct = "open" | "pause" | "next" | "recall" | "start" | "miss" | "hold" | "transfer" | "finish";

export const SHORTCUTS: Record<CounterAct, string> = {
  open: "O",
  pause: "P",
  next: "N",
  recall: "R",
  start: "S",
  miss: "M",
  hold: "H",
  transfer: "T",
  finish: "F",
};

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
export function actOf(event: {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  repeat?: boolean;
  target?: EventTarget | null;
}): CounterAct | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return undefined;
  const target = event.target as HTMLElement | null | undefined;
  if (target && typeof target.matches === "function" && target.matches("input, textarea, select, [contenteditable=true]")) {
    return undefined;
  }
  const key = event.key.toUpperCase();
  return (Object.keys(SHORTCUTS) as CounterAct[]).find((act) => SHORTCUTS[act] === key);
}
