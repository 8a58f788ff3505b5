// Tabs as screen readers and arrow keys expect them: one stop for Tab, arrows,
// Home and End between them; each names its page, and the page its tab.

import { nextTick } from "vue";

/** Moves by a key; returns the tab that it came to, or undefined. */
export function tabKey<Id extends string>(event: KeyboardEvent, all: readonly Id[], at: Id): Id | undefined {
  const i = all.indexOf(at);
  const to = {
    ArrowRight: (i + 1) % all.length,
    ArrowLeft: (i - 1 + all.length) % all.length,
    Home: 0,
    End: all.length - 1,
  }[event.key];
  if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return undefined;
  event.preventDefault();
  const list = (event.currentTarget as HTMLElement).closest("[role=tablist]");
  void nextTick(() => list?.querySelectorAll<HTMLElement>("[role=tab]")[to]?.focus());
  return all[to];
}

/** What a tab says of itself. */
export function tabProps(group: string, id: string, at: string) {
  return { role: "tab", id: `${group}-tab-${id}`, "aria-selected": id === at, "aria-controls": `${group}-page`, tabindex: id === at ? 0 : -1 } as const;
}

/** What the page under them says. */
export function pageProps(group: string, at: string) {
  return { role: "tabpanel", id: `${group}-page`, "aria-labelledby": `${group}-tab-${at}` } as const;
}
