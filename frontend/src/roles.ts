// The pages of the roles, each with its own files.
import type { Component } from "vue";

export type Part = Component;

export const parts: Record<string, () => Promise<{ default: Part }>> = {
  kiosk: () => import("@/kiosk/KioskPage.vue"),
  counter: () => import("@/counter/CounterPage.vue"),
  display: () => import("@/display/DisplayPage.vue"),
  station: () => import("@/station/StationPage.vue"),
  evaluator: () => import("@/evaluator/EvaluatorPage.vue"),
};

/** The part of the role that the program wrote into the page. Its files come with
    the page; should they not, the app says so when it opens the part itself. */
export async function writtenPart(): Promise<Part | undefined> {
  for (const style of document.querySelectorAll<HTMLElement>("style[data-file]")) hasSheet(style.dataset["file"] ?? "");
  const part = parts[document.documentElement.dataset["role"] ?? ""];
  return part?.().then(
    (module) => module.default,
    () => undefined,
  );
}

/** The page holds this sheet already: it is not fetched as well. What loads the
    parts looks for a link before it asks for one; this one is switched off. */
function hasSheet(address: string): void {
  const link = document.createElement("link");
  link.setAttribute("disabled", "");
  link.rel = "stylesheet";
  link.href = address;
  document.head.append(link);
}
