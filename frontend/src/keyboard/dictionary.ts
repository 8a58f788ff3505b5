// Fetches the dictionary of a script when somebody first types in it. It is a
// file beside the pages, no part of their script; it stays until the page goes.

import hans from "@dictionary/pinyin-zh-Hans.txt?url";
import hant from "@dictionary/pinyin-zh-Hant.txt?url";
import { Dictionary } from "./pinyin";

export type Script = "zh-Hans" | "zh-Hant";

const FILES: Record<Script, string> = { "zh-Hans": hans, "zh-Hant": hant };
const open = new Map<Script, Promise<Dictionary>>();

export const scriptOf = (locale: string): Script => (locale === "zh-Hant" ? "zh-Hant" : "zh-Hans");

/** The dictionary; a failed fetch is tried again with the next question. */
export function dictionary(script: Script): Promise<Dictionary> {
  const before = open.get(script);
  if (before) return before;
  const coming = fetch(FILES[script])
    .then((answer) => {
      if (!answer.ok) throw new Error(`dictionary ${script}: status ${answer.status}`);
      return answer.text();
    })
    .then((text) => new Dictionary(text));
  open.set(script, coming);
  coming.catch(() => open.delete(script));
  return coming;
}
