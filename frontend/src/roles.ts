// The pages of the roles, each with its own files.
import type { Component } from "vue";

export type Part = Component;

export const parts: Record<string, () => Promise<{ default: Part }>> = {
  kiosk: () => import("@/kiosk/KioskPage.vue"),
  counter: () => import("@/counter/CounterPage.vue"),
  display: () => import("@/display/DisplayPage.vue"),
  station: () => import("@/station/StationPage.vue"),
};

/** The part of the role that the program wrote into the page. Its files come with
    the page; should they not, the app says so when it opens the part itself. */
export async function writtenPart(): Promise<Part | undefined> {
  const part = parts[document.documentElement.dataset["role"] ?? ""];
  return part?.().then(
    (module) => module.default,
    () => undefined,
  );
}
