// Taking pages at the desk: the letters of the dialog, what the camera sees, and
// pictures of pages, which live in memory only as long as they are shown.

import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import type { Client } from "@/api/http";
import { openStream, type Stream } from "@/api/stream";
import type { CaptureFrame, CapturePage, CaptureSource } from "@/api/types";
import { isFree, type Stroke } from "@/counter/keystrokes";

export type CaptureAct = "take" | "feeder" | "stop" | "finish" | "look" | "left" | "right" | "earlier" | "later" | "again" | "drop";

/** One letter each, shown on the buttons; off with the switch of all letters. */
export const CAPTURE_KEYS: Record<CaptureAct, string> = {
  take: "T",
  feeder: "F",
  stop: "S",
  finish: "A",
  look: "V",
  left: "L",
  right: "R",
  earlier: "E",
  later: "N",
  again: "G",
  drop: "D",
};

/** The act that a key stands for, or undefined. */
export function captureActOf(event: Stroke): CaptureAct | undefined {
  if (!isFree(event)) return undefined;
  const key = event.key.toUpperCase();
  return (Object.keys(CAPTURE_KEYS) as CaptureAct[]).find((act) => CAPTURE_KEYS[act] === key);
}

/** Whether a source can be used now. */
export const usable = (one: CaptureSource | undefined): boolean => !!one && (one.preview || one.feeder || one.glass);

/** The source to begin with: the chosen one as long as it is there, else the first that can be used. */
export function sourceOf(all: CaptureSource[], chosen: string): CaptureSource | undefined {
  return all.find((one) => one.id === chosen) ?? all.find(usable) ?? all[0];
}

/** What the page has of a picture, turned as it is: its width by its height. */
export function shape(page: CapturePage): number {
  const across = page.turn % 2 === 1;
  return (across ? page.height : page.width) / Math.max(1, across ? page.width : page.height);
}

/** The corners of a sheet as an outline in a picture of 100 by 100. */
export const outline = (frame: CaptureFrame): string => (frame.sheet ?? []).map((one) => `${(one.x * 100).toFixed(2)},${(one.y * 100).toFixed(2)}`).join(" ");

/** Follows what the camera of a session sees. where() is where it is streamed; "": nowhere. */
export function usePreview(client: Client, where: () => string): ShallowRef<CaptureFrame | null> {
  const frame = shallowRef<CaptureFrame | null>(null);
  let stream: Stream | undefined;
  function stop() {
    stream?.stop();
    stream = undefined;
    frame.value = null;
  }
  watch(
    where,
    (path) => {
      stop();
      if (!path) return;
      stream = openStream({
        url: client.base + path,
        headers: client.headers,
        onState: (state) => state === "lost" && (frame.value = null),
        onEvent: (event) => {
          if (where() !== path) return;
          try {
            frame.value = event.event === "frame" ? (JSON.parse(event.data) as CaptureFrame) : null;
          } catch {
            frame.value = null; // a cut event: the next one is whole again
          }
        },
      });
    },
    { immediate: true },
  );
  onScopeDispose(stop);
  return frame;
}

/** A picture that is fetched with the token and shown from memory. */
export function usePicture(client: Client, where: () => string): { url: Ref<string>; failed: Ref<boolean> } {
  const url = ref("");
  const failed = ref(false);
  let asking: AbortController | undefined;
  function forget() {
    asking?.abort();
    if (url.value) URL.revokeObjectURL(url.value);
    url.value = "";
  }
  watch(
    where,
    async (path) => {
      forget();
      failed.value = false;
      if (!path) return;
      const mine = (asking = new AbortController());
      try {
        const reply = await fetch(client.base + path, { headers: client.headers(), cache: "no-store", credentials: "omit", signal: mine.signal });
        if (!reply.ok) throw new Error(String(reply.status));
        const bytes = await reply.blob();
        if (!mine.signal.aborted) url.value = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
      } catch {
        if (!mine.signal.aborted) failed.value = true;
      }
    },
    { immediate: true },
  );
  onScopeDispose(forget);
  return { url, failed };
}
