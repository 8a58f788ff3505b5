// What is being typed in pinyin: the letters so far, their candidates, and the
// page of them in sight. It holds the letters only until a word is chosen.

import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from "vue";
import { dictionary, type Script } from "./dictionary";
import { LONGEST, type Candidate, type Dictionary } from "./pinyin";

const EDGE = 1.8; // of a candidate's key, in widths of a character
const PAGES_KEPT = 40;

export interface Composer {
  typed: Ref<string>;
  spelled: ComputedRef<string>;
  shown: ComputedRef<readonly Candidate[]>;
  page: Ref<number>;
  pages: ComputedRef<number>;
  /** coming, ready, or failed: then letters stay letters. */
  state: Ref<"coming" | "ready" | "failed">;
  type(letter: string): void;
  /** Takes a letter back; says whether there was one. */
  back(): boolean;
  /** The candidate of that place on the page, taken; nothing if there is none. */
  choose(place: number): string;
  turn(by: number): void;
  clear(): void;
}

/** Cuts the candidates into pages that fit a bar of so many characters. */
export function pagesOf(all: readonly Candidate[], width: number): Candidate[][] {
  const pages: Candidate[][] = [];
  let room = 0;
  for (const one of all) {
    const need = [...one.word].length + EDGE;
    const last = pages.at(-1);
    if (last && need <= room && last.length < 9) {
      last.push(one);
      room -= need;
    } else {
      if (pages.length === PAGES_KEPT) break;
      pages.push([one]);
      room = width - need;
    }
  }
  return pages;
}

export function useComposer(script: Ref<Script>, width: Ref<number>): Composer {
  const typed = ref("");
  const page = ref(0);
  const state = ref<"coming" | "ready" | "failed">("coming");
  const words = shallowRef<Dictionary>();

  async function open(wanted: Script): Promise<void> {
    state.value = "coming";
    try {
      const found = await dictionary(wanted);
      if (wanted !== script.value) return;
      words.value = found;
      state.value = "ready";
    } catch {
      state.value = "failed";
    }
  }
  watch(script, open, { immediate: true });

  const all = computed(() => (typed.value ? (words.value?.candidates(typed.value) ?? []) : []));
  const cut = computed(() => pagesOf(all.value, width.value));
  const shown = computed(() => cut.value[page.value] ?? []);

  function set(letters: string): void {
    typed.value = letters;
    page.value = 0;
  }
  return {
    typed,
    page,
    state,
    shown,
    pages: computed(() => cut.value.length),
    spelled: computed(() => words.value?.spelled(typed.value) ?? typed.value),
    type: (letter) => {
      if (typed.value.length >= LONGEST || (letter === "'" && !typed.value)) return;
      if (state.value === "failed") void open(script.value);
      set(typed.value + letter.toLowerCase());
    },
    back: () => {
      if (!typed.value) return false;
      set(typed.value.slice(0, -1));
      return true;
    },
    choose: (place) => {
      const one = shown.value[place];
      if (!one) return "";
      set(typed.value.slice(one.used).replace(/^'+/, ""));
      return one.word;
    },
    turn: (by) => {
      page.value = Math.max(0, Math.min(cut.value.length - 1, page.value + by));
    },
    clear: () => set(""),
  };
}
