// The four flat catalogues, which slips and voice share, and the language of
// the page. A key that is missing shows as itself, so that it is seen.

import { createI18n, type MessageCompiler, type MessageContext } from "vue-i18n";
import base from "@/locales/zh-Hans.json?raw";

export type Locale = "zh-Hans" | "zh-Hant" | "en" | "pt";
export type Catalogue = Record<string, string>;

export const LOCALES: readonly Locale[] = ["zh-Hans", "zh-Hant", "en", "pt"];
export const FALLBACK: Locale = "zh-Hans";

/** What each catalogue is, for `lang`, fonts, spoken words and Intl: its
    traditional characters are Hong Kong's, its English is British, its
    Portuguese is Portugal's. */
const TAGS: Record<Locale, string> = { "zh-Hans": "zh-Hans", "zh-Hant": "zh-Hant-HK", en: "en-GB", pt: "pt-PT" };

export function langTag(locale: Locale): string {
  return TAGS[locale];
}

// Texts of some 2,700 keys are read several times faster as JSON than as a script, most
// of all where scripts are not compiled.
const files = import.meta.glob<string>(["@/locales/zh-Hant.json", "@/locales/en.json", "@/locales/pt.json"], { query: "?raw", import: "default" });
const read = (file: string) => JSON.parse(file) as Catalogue;

const NAME = /\{(\w+)\}/;
/** What a text is made of: words, and {names} between them. Catalogues hold nothing
    else, as slips and voice read them too; the library's own compiler, which knows
    much more, would take its time for each text of the first screen. */
const compiled: MessageCompiler = (text) => {
  const parts = String(text).split(NAME); // every second one is a name
  return (all: MessageContext) => parts.map((part, i) => (i % 2 ? (all.named(part) ?? "") : part)).join("");
};

export const i18n = createI18n({
  legacy: false,
  locale: FALLBACK as string,
  fallbackLocale: FALLBACK,
  messages: { [FALLBACK]: read(base) } as Record<string, Catalogue>,
  messageCompiler: compiled,
  messageResolver: (messages, key) => (messages as Catalogue)[key] ?? null,
  missingWarn: false,
  fallbackWarn: false,
});

const loaded = new Set<string>([FALLBACK]);

/** Maps any wanted locale to one of the four. */
export function resolveLocale(wanted: string | undefined): Locale {
  const l = (wanted ?? "").toLowerCase().replaceAll("_", "-");
  const known = LOCALES.find((one) => one.toLowerCase() === l);
  if (known) return known;
  if (l.startsWith("en")) return "en";
  if (l.startsWith("pt")) return "pt";
  if (/^zh.*(hant|tw|hk|mo)/.test(l)) return "zh-Hant";
  return FALLBACK;
}

async function load(locale: Locale): Promise<void> {
  if (loaded.has(locale)) return;
  const file = Object.entries(files).find(([path]) => path.endsWith(`/${locale}.json`))?.[1];
  if (!file) return;
  i18n.global.setLocaleMessage(locale, read(await file()));
  loaded.add(locale);
}

let asked = 0;
/** Shows everything in that language; the place on the page stays. Of several that
    are fetched at the same time the last one asked for is shown. */
export async function setLocale(wanted: string): Promise<void> {
  const mine = ++asked;
  const locale = resolveLocale(wanted);
  await load(locale);
  if (mine !== asked) return;
  i18n.global.locale.value = locale;
  document.documentElement.lang = langTag(locale);
}

/** Fetches the other catalogues while nothing else is to be done. */
export function preloadLocales(): Promise<unknown> {
  return Promise.all(LOCALES.map(load));
}

export function currentLocale(): Locale {
  return resolveLocale(i18n.global.locale.value);
}

/** The keys of the page's language, without those that it falls back to. */
export function own(): Catalogue {
  return (i18n.global.messages.value as Record<string, Catalogue>)[i18n.global.locale.value] ?? {};
}

/** Whether the catalogues hold that key. */
export function has(key: string): boolean {
  const all = i18n.global.messages.value as Record<string, Catalogue>;
  return key in own() || key in (all[FALLBACK] ?? {});
}
