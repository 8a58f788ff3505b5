// Where the keyboard stands. An act often takes its own button away: the focus
// then goes to what comes next, never to nowhere. In lists the arrow keys go from
// row to row and from act to act.

import { onBeforeUnmount, onMounted } from "vue";

const STOPS = "button:not(:disabled):not([tabindex='-1']), summary, input:not(:disabled):not([tabindex='-1']), a[href]";
const MAIN = ".main:not(:disabled)";
const DIALOG = ".h-dialog";

const visible = (one: HTMLElement) => one.getClientRects().length > 0 || !one.ownerDocument.defaultView?.document.documentElement.clientWidth;

/** The first place in there where the keyboard can stand; the main act first. */
export function firstStop(root: ParentNode | null | undefined): HTMLElement | undefined {
  if (!root) return undefined;
  return [...root.querySelectorAll<HTMLElement>(MAIN), ...root.querySelectorAll<HTMLElement>(STOPS)].find(visible);
}

/** Keeps the focus in the page and its dialogs. next is asked where to go when
    what had it is gone with everything around it. */
export function keepFocus(busy: () => boolean, next: () => HTMLElement | null | undefined): void {
  let last: HTMLElement | null = null;
  let around: HTMLElement[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watching: MutationObserver | undefined;

  function came(event: FocusEvent) {
    last = event.target as HTMLElement;
    around = [];
    for (let one = last.parentElement; one && one !== document.body; one = one.parentElement) around.push(one);
  }
  // A touch beside every button is meant.
  const touched = () => (last = null);
  function look() {
    if (!last || busy()) return;
    const dialog = document.querySelector<HTMLElement>(DIALOG); // it has the keyboard as long as it is open
    if (dialog && !around.includes(dialog)) return;
    const active = document.activeElement;
    if (active && active !== document.body) return;
    const free = last.isConnected && !last.matches(":disabled") && visible(last);
    const near = around.filter((one) => one.isConnected && (one.hasAttribute("data-row") || one.hasAttribute("data-group")));
    const to = free ? last : (near.map(firstStop).find(Boolean) ?? firstStop(dialog) ?? next());
    to?.focus();
  }
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(look, 60); // the page has drawn what changed
  }
  onMounted(() => {
    document.addEventListener("focusin", came);
    document.addEventListener("pointerdown", touched, true);
    watching = new MutationObserver(soon);
    watching.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["disabled", "style"] });
  });
  onBeforeUnmount(() => {
    watching?.disconnect();
    clearTimeout(timer);
    document.removeEventListener("focusin", came);
    document.removeEventListener("pointerdown", touched, true);
  });
}

/** Arrow keys in a list: up and down from row to row, left and right along a row;
    in a grid of rows with one button each, as the eye sees it. */
export function arrows(event: KeyboardEvent, list: HTMLElement | null): void {
  const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const target = event.target as HTMLElement;
  if (!step || !list || event.ctrlKey || event.altKey || event.metaKey || target.matches("input[type=radio], textarea, select")) return;
  const across = event.key === "ArrowRight" || event.key === "ArrowLeft";
  if (across && target.matches("input")) return;
  const rows = [...list.querySelectorAll<HTMLElement>("[data-row]")].filter((one) => one.querySelector(STOPS));
  const at = rows.findIndex((one) => one.contains(target));
  const stops = (row: HTMLElement | undefined) => [...(row?.querySelectorAll<HTMLElement>(STOPS) ?? [])].filter(visible);
  const place = Math.max(0, stops(rows[at]).indexOf(target));
  const to = across ? (stops(rows[at])[place + step] ?? (stops(rows[at]).length < 2 ? stops(rows[at + step])[0] : undefined)) : below(rows, at, step, place, stops);
  if (!to) return;
  event.preventDefault();
  to.focus();
}

function below(rows: HTMLElement[], at: number, step: number, place: number, stops: (row: HTMLElement | undefined) => HTMLElement[]): HTMLElement | undefined {
  const columns = at < 0 ? 1 : Math.max(1, rows.filter((one) => one.offsetTop === rows[at]?.offsetTop).length);
  const next = at < 0 ? (step > 0 ? rows[0] : rows.at(-1)) : rows[at + step * (rows.every((one) => one.offsetTop === 0) ? 1 : columns)];
  const all = stops(next);
  return all[Math.min(place, all.length - 1)];
}
