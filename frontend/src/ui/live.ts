// What a screen reader hears of a change that only the eye would see.

import { ref } from "vue";

export const spoken = ref("");
export const spokenUrgent = ref("");

/** Announces a sentence; the same sentence twice is heard twice. */
export function announce(text: string, urgent = false): void {
  const target = urgent ? spokenUrgent : spoken;
  target.value = target.value === text ? `${text} ` : text;
}
