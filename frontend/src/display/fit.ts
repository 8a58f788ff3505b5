import type { ObjectDirective } from "vue";

// How words fit a board that is read from afar: nothing is cut, long texts are
// turned over page by page.

/** Room that a text wants, in characters of half a square; a Chinese one has two. */
export function room(words: string): number {
  return [...words].reduce((sum, one) => sum + (one > "\u2e7f" ? 2 : 1.1), 0);
}

/** How large a name may be written. */
export function span(words: string): "" | "long" | "longer" {
  const wanted = room(words);
  return wanted > 27 ? "longer" : wanted > 14 ? "long" : "";
}

const BREAKS = /[\u3002\uff01\uff1f\uff1b\uff0c\u3001.!?;,:\uff1a]/;

/** A text in pages of at most so much room, broken where it reads on best. */
export function noticePages(text: string, most: number): string[] {
  const pages: string[] = [];
  let rest = [...text.trim()];
  while (rest.length) {
    let end = 0;
    let wide = 0;
    let good = 0;
    while (end < rest.length && (wide += room(rest[end] ?? "")) <= Math.max(most, 8)) {
      end += 1;
      const here = rest[end - 1] ?? "";
      // Not within a figure such as 17:30.
      if ((BREAKS.test(here) && !/\d/.test(rest[end] ?? "")) || (here === " " && end > good + 12)) good = end;
    }
    if (end < rest.length) {
      const space = rest.slice(0, end).lastIndexOf(" ");
      if (good > end / 2) end = good;
      else if (space > end / 2) end = space + 1;
    }
    const page = rest.slice(0, Math.max(end, 1)).join("").trim();
    if (page) pages.push(page);
    rest = rest.slice(Math.max(end, 1));
  }
  return pages;
}

/** How long a page stays, in milliseconds: slow readers first. */
export function pageTime(page: string): number {
  return Math.min(20_000, Math.max(7000, room(page) * 150));
}

const LEAST = 0.6; // of the size that the panel asks for
const STEP = 0.03;

/** What stands under each other is drawn smaller, all of it alike, until the last line
    is whole: names are an operator's, and how many there are, too. */
function fit(el: HTMLElement): void {
  let size = 1;
  el.style.setProperty("--fit", "1");
  while (el.scrollHeight > el.clientHeight && size > LEAST) {
    size -= STEP;
    el.style.setProperty("--fit", size.toFixed(2));
  }
}

const watched = new WeakMap<HTMLElement, () => void>();

/** v-fit: a zone whose parts take `zoom: var(--fit)`. */
export const vFit: ObjectDirective<HTMLElement> = {
  mounted(el) {
    const again = () => fit(el);
    const words = new MutationObserver(again);
    words.observe(el, { childList: true, characterData: true, subtree: true });
    const size = new ResizeObserver(again);
    size.observe(el);
    void document.fonts.ready.then(again);
    watched.set(el, () => {
      words.disconnect();
      size.disconnect();
    });
  },
  unmounted(el) {
    watched.get(el)?.();
  },
};
