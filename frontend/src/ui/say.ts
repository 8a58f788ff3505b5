// Prompts read aloud by the terminal's own voice, for whoever cannot read the
// screen. Only keys of the catalogues leave this page, with counts, times and
// ticket numbers: never a name, a document's number, a telephone or a code (the
// program refuses them too). A new prompt cuts the one before it. The voice never
// disturbs the page: what cannot be spoken is simply not heard.

import { computed, onScopeDispose, ref, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter } from "vue";
import type { Client } from "@/api/http";
import type { SayReply, SpeechView } from "@/api/types";
import { currentLocale, type Text } from "@/i18n";
import { modes } from "./modes";

/** How loud prompts are, as every person finds them; 0–3. */
export const USUAL_VOLUME = 2;
export const VOLUMES: readonly number[] = [0, 1, 2, 3];

const client = shallowRef<Client | null>(null);
const heard = shallowRef<SpeechView | null>(null);
const volume = ref(USUAL_VOLUME);

/** Something can be heard at this terminal. */
export const canSpeak: ComputedRef<boolean> = computed(() => client.value !== null && heard.value?.can_speak === true);
/** Why nothing can be heard: "fault.<code>" of the voice, or "why_not.<code>". */
export const whySilent: ComputedRef<Text | undefined> = computed(() => heard.value?.why);
/** The volume now; see setSpeakingVolume. */
export const speakingVolume: ComputedRef<number> = computed(() => volume.value);

/** Gives this page its voice, until the part of the page that asked is gone.
    What is available is the role's `view.voice`. */
export function openVoice(to: Client, available: MaybeRefOrGetter<SpeechView | null | undefined>): void {
  client.value = to;
  watch(
    () => toValue(available),
    (view) => {
      heard.value = view ?? null;
      if (view) volume.value = view.volume;
    },
    { immediate: true },
  );
  // Whoever no longer wants to hear, or has left: silence, and the usual volume.
  watch(
    () => modes.speak,
    (on) => {
      if (on) return;
      hush();
      if (volume.value !== USUAL_VOLUME) void setSpeakingVolume(USUAL_VOLUME);
    },
  );
  onScopeDispose(() => {
    if (client.value !== to) return;
    hush();
    client.value = null;
    heard.value = null;
  });
}

/** Speaks a sentence of the catalogues; without `always` only for somebody who
    asked to be read to. Parameters: counts, times, ticket numbers, and
    "group:ID", "item:ID", "window:ID" for the hall's own names. */
export function say(key: string, params: Record<string, string | number> = {}, options: { always?: boolean } = {}): void {
  if (!canSpeak.value || (!modes.speak && !options.always)) return;
  const texts = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
  send("/say", { key, params: texts, locale: currentLocale(), always: options.always === true });
}

/** Stops speaking. */
export function hush(): void {
  if (client.value) send("/say/hush", {});
}

/** 0 only what must be heard, 1 soft, 2 as usual, 3 loud; until the person leaves. */
export async function setSpeakingVolume(to: number): Promise<void> {
  if (!client.value) return;
  try {
    volume.value = (await client.value.post<SayReply>("/say/volume", { volume: to })).volume;
  } catch {
    // As loud as before.
  }
}

interface Wish {
  path: string;
  body: unknown;
}
let wanted: Wish | null = null;
let sending = false;

// One request at a time, and of those that wait only the newest: prompts arrive
// in the order in which they were wanted.
function send(path: string, body: unknown): void {
  wanted = { path, body };
  if (!sending) void drain();
}

async function drain(): Promise<void> {
  sending = true;
  while (wanted && client.value) {
    const next: Wish = wanted;
    wanted = null;
    try {
      await client.value.post(next.path, next.body);
    } catch {
      // Not heard; it stands on the screen.
    }
  }
  sending = false;
}
