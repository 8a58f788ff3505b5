// The looks of the page as they are drawn: counts up when contrast, size or
// motion change, however they were changed, so that what is drawn by script is
// drawn again; and the tokens' values as they are now.
import { onScopeDispose, readonly, ref, type DeepReadonly, type Ref } from "vue";

export function useLooks(): DeepReadonly<Ref<number>> {
  const turn = ref(0);
  if (typeof MutationObserver !== "undefined") {
    const watcher = new MutationObserver(() => turn.value++);
    watcher.observe(document.documentElement, { attributes: true, attributeFilter: ["data-contrast", "data-elder", "data-motion"] });
    onScopeDispose(() => watcher.disconnect());
  }
  return readonly(turn);
}

/** Whether nothing may move: by the page's switch or by the system's. */
export function still(): boolean {
  return document.documentElement.dataset["motion"] === "off" || Boolean(globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches);
}

/** A token's value where the element stands. */
export function token(of: Element, name: string): string {
  return getComputedStyle(of).getPropertyValue(name).trim();
}

/** The least width of a table's column: more where type is very large. */
export function useWide(): (pixels: number) => number {
  const looks = useLooks();
  return (pixels) => (looks.value >= 0 && document.documentElement.dataset["elder"] === "on" ? Math.round(pixels * 1.3) : pixels);
}
