// Keys of a person, told apart from those of a scanner that types.
// A letter is an act only when nothing follows it at once: a scanner's keys come
// faster than any hand, so what it types presses no button, starts no shortcut
// and leaves no text in a field. It is handed over as the code that it is.

import { onBeforeUnmount, onMounted } from "vue";

/** Keys nearer than this, in milliseconds, were not pressed by one hand. */
export const FAST = 40;
/** A key is acted on when nothing has followed it for so long. */
export const HOLD = 80;
/** So many fast keys and an Enter in a field are a code, not a word. */
export const CODE = 5;
/** A code has ended when nothing has followed for so long. */
const SILENCE = 150;
/** Longer ones are no code of any hall. */
const LONG = 200;

export interface Stroke {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  repeat?: boolean;
  target?: EventTarget | null;
}
type Field = HTMLInputElement | HTMLTextAreaElement;
const FIELDS = "input, textarea, select, [contenteditable=true]";
const PRESSED = "button, summary, a[href], [role=button], [role=tab]";

const within = (target: EventTarget | null | undefined, what: string) =>
  !!target && typeof (target as Element).matches === "function" && (target as Element).matches(what);

/** Whether a key is a person's for a shortcut: nothing is being typed or held. */
export function isFree(event: Stroke): boolean {
  return !within(event.target, FIELDS) && !event.ctrlKey && !event.altKey && !event.metaKey && !event.repeat;
}

interface Takers {
  /** A key that stands alone. */
  stroke(stroke: Stroke): void;
  /** What a scanner has typed. */
  code(text: string): void;
}

/** Follows the keys of the page; returns how to stop. */
export function watchKeys(takers: Takers, page: Window = window): () => void {
  let last = -Infinity;
  let text = "";
  let fast = 0;
  let held: ReturnType<typeof setTimeout> | undefined;
  let ending: ReturnType<typeof setTimeout> | undefined;
  let before: { field: Field; value: string } | undefined;

  function wait(act: () => void) {
    clearTimeout(held);
    held = setTimeout(act, HOLD);
  }
  function end() {
    clearTimeout(ending);
    const code = text.trim();
    const many = fast >= CODE - 1;
    text = "";
    fast = 0;
    before = undefined;
    if (many && code) takers.code(code.slice(0, LONG));
  }
  function swallow(event: KeyboardEvent) {
    clearTimeout(held);
    event.preventDefault();
    event.stopImmediatePropagation();
    clearTimeout(ending);
    ending = setTimeout(end, SILENCE);
  }
  /** A field is as it was before the scanner typed into it. */
  function restore() {
    if (!before) return;
    before.field.value = before.value;
    before.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function inField(event: KeyboardEvent, quick: boolean) {
    if (event.key.length === 1) {
      if (!quick) {
        text = "";
        fast = 0;
        before = within(event.target, "input, textarea") ? { field: event.target as Field, value: (event.target as Field).value } : undefined;
      } else fast += 1;
      text += event.key;
    } else if (event.key === "Enter" || event.key === "Tab") {
      if (quick && fast >= CODE - 1) {
        swallow(event);
        restore();
        end();
      }
      text = "";
      fast = 0;
    }
  }
  function outside(event: KeyboardEvent, quick: boolean) {
    const sign = event.key.length === 1;
    if (quick && (sign || event.key === "Enter" || event.key === "Tab")) {
      if (!text && !sign) return; // Tab after an arrow is no code
      if (sign) {
        text += event.key;
        fast += 1;
      }
      swallow(event);
      if (!sign) end();
      return;
    }
    if (event.key === "Enter" || event.key === " ") {
      text = event.key;
      fast = 0;
      const target = event.target as HTMLElement;
      if (!within(target, PRESSED)) return;
      event.preventDefault();
      wait(() => target.isConnected && target.click());
      return;
    }
    if (!sign) return;
    text = event.key;
    fast = 0;
    const stroke: Stroke = { key: event.key, ctrlKey: false, altKey: false, metaKey: false, target: event.target };
    wait(() => takers.stroke(stroke));
  }
  function pressed(event: KeyboardEvent) {
    const alone = event.key.length === 1 || ["Enter", "Tab"].includes(event.key);
    // A key that is held down presses its button once.
    if (event.repeat && (event.key === "Enter" || event.key === " ") && within(event.target, PRESSED)) event.preventDefault();
    if (event.isComposing || event.repeat || event.ctrlKey || event.altKey || event.metaKey || !alone) return;
    const quick = event.timeStamp - last < FAST;
    last = event.timeStamp;
    if (within(event.target, FIELDS)) inField(event, quick);
    else outside(event, quick);
  }
  page.addEventListener("keydown", pressed, true);
  return () => {
    page.removeEventListener("keydown", pressed, true);
    clearTimeout(held);
    clearTimeout(ending);
  };
}

// The parts of a page that take keys share one watch.
const parts = new Set<Partial<Takers>>();
let stop: (() => void) | undefined;

/** Gives keys and codes to a part of the page as long as it is there. */
export function useKeys(taker: Partial<Takers>): void {
  onMounted(() => {
    parts.add(taker);
    stop ??= watchKeys({
      stroke: (stroke) => parts.forEach((one) => one.stroke?.(stroke)),
      code: (text) => parts.forEach((one) => one.code?.(text)),
    });
  });
  onBeforeUnmount(() => {
    parts.delete(taker);
    if (parts.size) return;
    stop?.();
    stop = undefined;
  });
}
