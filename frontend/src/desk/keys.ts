// Shortcuts of the desk beside those of the queue: one letter each, shown on
// the buttons, off with the same switch. A digit goes to that material.

import { SHORTCUTS } from "@/counter/shortcuts";

export type DeskAct = "accept" | "receive" | "help" | "cancel" | "leave" | "edit" | "items" | "type" | "case" | "list";

export const DESK_KEYS: Record<DeskAct, string> = {
  accept: "A",
  receive: "C",
  help: "G",
  cancel: "X",
  leave: "W",
  edit: "E",
  items: "I",
  type: "Y",
  case: "B",
  list: "L",
};

interface Press {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  repeat?: boolean;
  target?: EventTarget | null;
}

const free = (event: Press) => {
  const target = event.target as HTMLElement | null | undefined;
  const typing = target && typeof target.matches === "function" && target.matches("input, textarea, select, [contenteditable=true]");
  return !typing && !event.ctrlKey && !event.altKey && !event.metaKey && !event.repeat;
};

/** The desk's act that a key stands for, or undefined. */
export function deskActOf(event: Press): DeskAct | undefined {
  if (!free(event)) return undefined;
  const key = event.key.toUpperCase();
  return (Object.keys(DESK_KEYS) as DeskAct[]).find((act) => DESK_KEYS[act] === key);
}

/** The place of the material that a digit stands for, or 0. */
export function placeOf(event: Press): number {
  return free(event) && /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
}

/** Every letter that the counter's page takes. */
export const ALL_KEYS: string[] = [...Object.values(SHORTCUTS), ...Object.values(DESK_KEYS)];
