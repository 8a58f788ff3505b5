// What the clerk has typed and not sent is kept by the terminal, a moment after
// the last key, in the order in which it was typed, and put back where it was:
// after the page was loaded again, after the program was. It is bound to the
// person at the window: when that one leaves, so does the text. Nothing of it is
// kept in the browser.

import { onBeforeUnmount, watch } from "vue";
import { Problem, type Client } from "@/api/http";
import type { DeskDraft } from "@/api/types";

export type Place = "applicant" | "items" | "list" | "cancel" | "replace" | "bring" | "missing" | "refuse" | "office" | "form";
export type Fields = Record<string, string>;

/** How long after the last key it is kept, and tried again when it could not be. */
export const QUIET = 400;
const AGAIN = 2000;
/** An act waits no longer for what was typed before it. */
const PATIENCE = 1500;

export interface Drafts {
  /** What stands in a place now; without a text in it: nothing. */
  keep(place: Place, fields: Fields): void;
  /** Everything that was typed so far is with the terminal. */
  settled(): Promise<void>;
  /** Called with what was kept, and with nothing when the person has left. */
  on(place: Place, take: (fields: Fields) => void): void;
}

interface Save {
  place: Place;
  ticket: string;
  fields: Fields;
}
const said = (fields: Fields | undefined) => !!fields && Object.values(fields).some(Boolean);

/** Follows the ticket in hand and what the program has kept for it. */
export function useDrafts(client: Client, ticket: () => string, draft: () => DeskDraft | undefined): Drafts {
  const takers = new Map<Place, (fields: Fields) => void>();
  const own = new Map<Place, Fields>();
  const waiting = new Map<Place, Save>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving: Promise<void> | undefined;
  let at = ticket();
  let taken = false;
  let carried = false; // typed before there was a ticket

  async function save() {
    for (const [place, one] of waiting) {
      waiting.delete(place);
      try {
        await client.post("/counter/draft", one);
      } catch (trouble) {
        if (trouble instanceof Problem && trouble.status >= 400 && trouble.status < 500) continue; // it will never be taken
        if (!waiting.has(place)) waiting.set(place, one);
        later(AGAIN);
        return;
      }
    }
  }
  function pump(): Promise<void> {
    clearTimeout(timer);
    saving ??= save().finally(() => {
      saving = undefined;
      if (waiting.size) later(QUIET);
    });
    return saving;
  }
  function later(ms: number) {
    clearTimeout(timer);
    timer = setTimeout(() => void pump(), ms);
  }
  function keep(place: Place, typed: Fields) {
    const fields = Object.fromEntries(Object.entries(typed).filter(([, text]) => text));
    if (JSON.stringify(own.get(place) ?? {}) === JSON.stringify(fields)) return;
    own.set(place, fields);
    waiting.delete(place); // it goes behind what was typed elsewhere before
    waiting.set(place, { place, ticket: at, fields });
    later(QUIET);
  }
  function give(place: Place, fields: Fields) {
    own.set(place, fields);
    takers.get(place)?.(fields);
  }
  function follow() {
    const now = ticket();
    if (now !== at) {
      carried = at === "";
      if (!carried) {
        waiting.clear();
        for (const place of takers.keys()) give(place, {});
      }
      at = now;
      taken = false;
    }
    const kept = draft();
    if (taken || !kept || kept.ticket !== now) return;
    taken = true;
    for (const place of takers.keys()) {
      const mine = own.get(place);
      if (carried && said(mine)) {
        own.delete(place); // for the person who has come
        keep(place, mine as Fields);
      }
      else give(place, kept.places?.[place] ?? {});
    }
  }
  const stop = watch([ticket, draft], follow);

  // The page goes: what has not been sent yet goes with a request that outlives it.
  function leave() {
    for (const one of waiting.values()) {
      void fetch(`${client.base}/counter/draft`, {
        method: "POST",
        keepalive: true,
        credentials: "omit",
        cache: "no-store",
        headers: { ...client.headers(), "Content-Type": "application/json" },
        body: JSON.stringify(one),
      }).catch(() => undefined);
    }
    waiting.clear();
  }
  window.addEventListener("pagehide", leave);
  onBeforeUnmount(() => {
    stop();
    window.removeEventListener("pagehide", leave);
    void pump();
  });

  return {
    keep,
    async settled() {
      if (!waiting.size && !saving) return;
      const all = (async () => {
        await saving;
        if (waiting.size) await pump();
      })();
      await Promise.race([all, new Promise((done) => setTimeout(done, PATIENCE))]);
    },
    on(place, take) {
      takers.set(place, take);
      const kept = draft();
      if (taken || (kept && kept.ticket === at)) {
        taken = true;
        give(place, own.get(place) ?? kept?.places?.[place] ?? {});
      }
    },
  };
}
