// What a change of screen says: to the screen reader, to the ear when reading
// aloud is on, and to the keyboard, whose focus goes to the new heading. What a
// person typed is never said.
import { nextTick, onBeforeUnmount, onMounted, watch, type Ref } from "vue";
import { has, locale } from "@/i18n";
import { announce } from "@/ui/live";
import { modes } from "@/ui/modes";
import { hush, say } from "@/ui/say";
import type { Screens } from "./screens";

/** The heading of the screen in front. */
export function heading(root: HTMLElement | null): HTMLElement | null {
  return root?.querySelector<HTMLElement>("main h2, main h1") ?? null;
}

/** Puts the focus on the heading, from where Tab goes through the screen. */
export function toHeading(root: HTMLElement | null): HTMLElement | null {
  const one = heading(root);
  if (!one) return null;
  one.tabIndex = -1;
  one.focus({ preventScroll: true });
  return one;
}

/** Says what a key that the keyboard has come to does: data-say is the sentence,
    data-say-name the hall's own name in it ("group:ID", "item:ID"). */
function sayControl(event: FocusEvent) {
  const one = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-say]") : null;
  if (!modes.speak || !one?.matches(":focus-visible")) return;
  say(one.dataset["say"] ?? "", one.dataset["sayName"] ? { name: one.dataset["sayName"] } : {});
}

export function usePrompts(k: Screens, root: Ref<HTMLElement | null>): void {
  onMounted(() => document.addEventListener("focusin", sayControl));
  onBeforeUnmount(() => document.removeEventListener("focusin", sayControl));
  function speak() {
    const { ticket, notice } = k.session.value ?? {};
    const todo = `notice.${notice?.code}.do`;
    if (k.place.value === "ticket" && ticket) say("say.kiosk.ticket", { number: ticket.number });
    else if (k.place.value === "notice" && !Object.keys(notice?.params ?? {}).length && has(todo)) say(todo);
    else if (has(`say.kiosk.${k.place.value}`)) say(`say.kiosk.${k.place.value}`);
  }
  watch(k.place, async () => {
    await nextTick();
    const one = k.place.value === "attract" ? heading(root.value) : toHeading(root.value);
    if (one?.textContent) announce(one.textContent.trim());
    speak();
  });
  watch(
    () => k.session.value?.ticket?.number,
    (number, last) => {
      if (!number || number === last) return;
      announce([heading(root.value)?.textContent?.trim() ?? "", [...number].join(" ")].join(" "));
      speak();
    },
  );
  watch(
    () => [modes.speak, locale.value] as const,
    ([on], [was]) => {
      if (on) speak();
      else if (was) hush();
    },
  );
}
