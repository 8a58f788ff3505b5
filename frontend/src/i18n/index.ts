// Every text is a key in four flat catalogues, which slips and voice share. A
// key that is missing shows as itself, so that it is seen.

import { createI18n } from "vue-i18n";
import { computed, type ComputedRef } from "vue";
import base from "@/locales/zh-Hans.json";

export type Locale = "zh-Hans" | "zh-Hant" | "en" | "pt";
export type Names = Record<string, string>;
/** A sentence as data: a code and its parameters. */
export interface Text {
  code: string;
  params?: Record<string, string> | undefined;
}

export const LOCALES: readonly Locale[] = ["zh-Hans", "zh-Hant", "en", "pt"];
const FALLBACK: Locale = "zh-Hans";

type Catalogue = Record<string, string>;
const files = import.meta.glob<{ default: Catalogue }>([
  "@/locales/zh-Hant.json",
  "@/locales/en.json",
  "@/locales/pt.json",
]);

export const i18n = createI18n({
  legacy: false,
  locale: FALLBACK as string,
  fallbackLocale: FALLBACK,
  messages: { [FALLBACK]: base as Catalogue } as Record<string, Catalogue>,
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
  i18n.global.setLocaleMessage(locale, (await file()).default);
  loaded.add(locale);
}

/** Shows everything in that language; the place on the page stays. */
export async function setLocale(wanted: string): Promise<void> {
  const locale = resolveLocale(wanted);
  await load(locale);
  i18n.global.locale.value = locale;
  document.documentElement.lang = locale;
}

/** Fetches the other catalogues while nothing else is to be done. */
export function preloadLocales(): Promise<unknown> {
  return Promise.all(LOCALES.map(load));
}

export function currentLocale(): Locale {
  return resolveLocale(i18n.global.locale.value);
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The text of a key, with named parameters. A parameter that is a day
    (YYYY-MM-DD) is written as people write days. */
export function t(key: string, params: Record<string, unknown> = {}): string {
  const named: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(params)) {
    named[name] = typeof value === "string" && DAY.test(value) ? writtenDay(value) : value;
  }
  return i18n.global.t(key, named);
}

function writtenDay(day: string): string {
  const at = new Date(`${day}T12:00:00+08:00`);
  return Number.isNaN(at.getTime()) ? day : formatter({ year: "numeric", month: "long", day: "numeric" }).format(at);
}

/** Whether the catalogues hold that key. */
export function has(key: string): boolean {
  const all = i18n.global.messages.value as Record<string, Catalogue>;
  return key in (all[i18n.global.locale.value] ?? {}) || key in (all[FALLBACK] ?? {});
}

/** The text of "<family>.<code>" for a code that came from the program. */
export function coded(family: string, text: Text | null | undefined): string {
  if (!text) return "";
  return t(`${family}.${text.code}`, text.params ?? {});
}

/** What to do about an error: its own remedy, or the general one. */
export function remedy(code: string, params: Record<string, string> = {}): string {
  // Some codes name a device's fault and a reason of the rules alike ("offline");
  // here the reason is meant, so the device's remedy would mislead.
  const device = has(`fault.${code}`) && has(`reason.${code}`) && !has(`error.${code}`);
  return has(`remedy.${code}`) && !device ? t(`remedy.${code}`, params) : t("remedy.general");
}

/** What happened: its own sentence, or the general one with the code for the engineer. */
export function failure(code: string, params: Record<string, string> = {}): string {
  for (const family of ["error", "reason", "fault"]) {
    if (has(`${family}.${code}`)) return t(`${family}.${code}`, params);
  }
  return t("error.general", { code });
}

/** The name in the language of the page, or the nearest there is. */
export function name(names: Names | null | undefined): string {
  if (!names) return "";
  const locale = i18n.global.locale.value;
  const order = locale === "zh-Hant" ? ["zh-Hant", "zh-Hans", "en"] : [locale, "zh-Hans", "en"];
  for (const one of order) if (names[one]) return names[one];
  return Object.values(names)[0] ?? "";
}

const ZONE = "Asia/Shanghai"; // +08:00 all year; the hall's time zone

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(i18n.global.locale.value, { timeZone: ZONE, ...options });
}

/** 14:05 in the hall's time zone. */
export function clock(at: string | number | Date, seconds = false): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: ZONE,
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
  }).format(new Date(at));
}

/** A day with its weekday, in words of the language. */
export function longDay(at: string | number | Date): string {
  return formatter({ month: "long", day: "numeric", weekday: "long" }).format(new Date(at));
}

/** A day, short. */
export function shortDay(at: string | number | Date): string {
  return formatter({ month: "numeric", day: "numeric" }).format(new Date(at));
}

export function weekday(at: string | number | Date): string {
  return formatter({ weekday: "short" }).format(new Date(at));
}

/** A length in seconds, in minutes. */
export function minutes(seconds: number): string {
  return t("unit.minutes", { n: Math.round(seconds / 60) });
}

export const locale: ComputedRef<Locale> = computed(currentLocale);
