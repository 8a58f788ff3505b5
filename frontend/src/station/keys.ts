// The keys of a station. A scanner that types like a keyboard sends letters and
// digits: so every one of them goes to the field for labels, wherever the focus
// is, and none is a shortcut. Shortcuts are function keys, shown on what they do.

/** Modes in their order. */
export const MODE_KEYS = ["F2", "F3", "F4"] as const;
export const KEYS = { help: "F1", list: "F6", undo: "F8", trip: "F9" } as const;

export interface StationKeys {
  mode(index: number): void;
  undo(): void;
  trip(): void;
  help(): void;
  /** To the lists, or back to the field. */
  list(): void;
  /** The field that takes what is scanned, when it may be used. */
  field(): HTMLInputElement | null;
  clear(): void;
}

// A scanner's characters come faster than anybody types; its closing Enter must
// not press a button that has the focus.
const BURST_MS = 120;

function editable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable=true]");
}

/** What a key does here; call it for every keydown of the page. */
export function stationKeys(acts: StationKeys, now: () => number = () => performance.now()): (event: KeyboardEvent) => void {
  let typed = -Infinity;
  const plain = new Map<string, () => void>([
    [KEYS.help, acts.help],
    [KEYS.list, acts.list],
    [KEYS.undo, acts.undo],
    [KEYS.trip, acts.trip],
    ...MODE_KEYS.map((key, i): [string, () => void] => [key, () => acts.mode(i)]),
  ]);
  return (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const act = plain.get(event.key);
    if (act) {
      event.preventDefault();
      if (!event.repeat) act();
      return;
    }
    const inField = editable(event.target);
    if (event.key === "Escape" && event.target === acts.field()) return acts.clear();
    if (event.key === "Enter" && !inField && now() - typed < BURST_MS) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key.length !== 1 || inField) return;
    const pressing = event.target instanceof HTMLElement && event.target.matches("button, a, [role=button], [role=radio]");
    if (event.key === " " && pressing) return; // a space presses what has the focus
    typed = now();
    // The character itself follows its focus.
    acts.field()?.focus();
  };
}

/** Arrows go from row to row of a list; each row leads to its own buttons by Tab. */
export function rowKeys(root: HTMLElement, event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const edge = { Home: 0, End: -1 }[event.key];
  if ((step === undefined && edge === undefined) || editable(event.target)) return;
  const rows = [...root.querySelectorAll<HTMLElement>("[data-row]")];
  if (!rows.length) return;
  const here = rows.findIndex((row) => row.contains(event.target as Node));
  const next = edge !== undefined ? rows.at(edge) : rows[Math.min(Math.max(here + (step ?? 0), 0), rows.length - 1)];
  event.preventDefault();
  next?.focus();
}
