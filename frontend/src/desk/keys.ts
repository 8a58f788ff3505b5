// Shortcuts of the desk beside those of the queue: one letter or sign each, shown on
// the buttons and in the sheet of keys, off with the same switch. A digit goes to
// that material.

import { isFree, type Stroke } from "@/counter/keystrokes";
import type { CaseAct } from "./law";
import { SHORTCUTS } from "@/counter/shortcuts";

export type DeskAct = "accept" | "receive" | "help" | "cancel" | "leave" | "edit" | "items" | "type" | "papers" | "news" | "case" | "list" | "mine" | "done" | "review" | "missing" | "supplied" | "refuse";

export const DESK_KEYS: Record<DeskAct, string> = {
  accept: "A",
  receive: "C",
  help: "G",
  cancel: "X",
  leave: "W",
  edit: "E",
  items: "I",
  type: "Y",
  papers: "K",
  news: "J",
  case: "B",
  list: "L",
  mine: "V",
  done: "D",
  // Every letter is taken: the acts of the law have the signs beside them.
  review: "0",
  missing: ",",
  supplied: ".",
  refuse: "-",
};

/** The key of each act with the case in hand: what goes on has one key in every state. */
export const ACT_KEY: Record<CaseAct, DeskAct> = {
  accept: "accept",
  pass: "accept",
  receive: "receive",
  begin: "receive",
  help: "help",
  cancel: "cancel",
  missing: "missing",
  supplied: "supplied",
  refuse: "refuse",
};

/** The desk's act that a key stands for, or undefined. */
export function deskActOf(event: Stroke): DeskAct | undefined {
  if (!isFree(event)) return undefined;
  const key = event.key.toUpperCase();
  return (Object.keys(DESK_KEYS) as DeskAct[]).find((act) => DESK_KEYS[act] === key);
}

/** The place of the material that a digit stands for, or 0. */
export function placeOf(event: Stroke): number {
  return isFree(event) && /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
}

/** Every letter that the counter's page takes. */
export const ALL_KEYS: string[] = [...Object.values(SHORTCUTS), ...Object.values(DESK_KEYS)];
