// Everything on the first screen is in sight without scrolling, in every
// language, mode and size of window: what matters least gives way first.
import { onBeforeUnmount, onMounted, watch, type Ref } from "vue";
import { currentLocale } from "@/i18n";
import { modes } from "@/ui/modes";

/** What gives way, one after the other: large type, the third thing, all things,
    air, pictures, the hints of the second row, the size of names and the hints, the expected wait. */
const GIVES = ["close", "few", "bare", "tight", "plain", "lean", "small", "brief"];

/** What the content has to fit: the part of the page that would scroll. */
const frameOf = (one: HTMLElement | null) => one?.closest<HTMLElement>("[data-port]") ?? one?.parentElement ?? null;

/** Keeps data-dense on the element at the shortest list of GIVES with which the content fits the
    frame; seen says what else changes the content. */
export function useFit(element: Ref<HTMLElement | null>, seen: () => unknown): void {
  let last = "";
  /** How large content and frame are; while it stays, so does what has given way. */
  const state = (one: HTMLElement, frame: HTMLElement) =>
    [one, frame].map((it) => `${it.scrollWidth}x${it.scrollHeight}/${it.clientWidth}x${it.clientHeight}`).join(" ");
  function fit() {
    const one = element.value;
    const frame = frameOf(one);
    if (!one || !frame) return;
    give(one, frame);
    last = state(one, frame);
  }
  /** A size has changed, or this one's own doing has come back. */
  function resized() {
    const one = element.value;
    const frame = frameOf(one);
    if (one && frame && state(one, frame) !== last) fit();
  }
  function give(one: HTMLElement, frame: HTMLElement) {
    for (let step = 0; step <= GIVES.length; step++) {
      one.dataset["dense"] = GIVES.slice(0, step).join(" ");
      if (frame.scrollHeight <= frame.clientHeight + 1) return;
    }
  }
  let sizes: ResizeObserver | undefined;
  onMounted(() => {
    fit();
    const frame = frameOf(element.value);
    if (!frame || typeof ResizeObserver === "undefined") return;
    sizes = new ResizeObserver(resized);
    sizes.observe(frame);
    if (element.value) sizes.observe(element.value); // letters of another size or language
  });
  onBeforeUnmount(() => sizes?.disconnect());
  watch([seen, currentLocale, () => modes.elder, () => modes.contrast, () => modes.low], fit, { flush: "post" });
}
