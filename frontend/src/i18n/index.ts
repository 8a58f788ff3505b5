// Every text is a key in four flat catalogues, which slips and voice share.
// This is what pages ask: texts, days and numbers, names, words for codes.

import { computed, type App, type ComputedRef } from "vue";
import { currentLocale, has, i18n, langTag, type Locale } from "./catalogue";
import { t } from "./texts";

export { currentLocale, FALLBACK, has, i18n, langTag, LOCALES, preloadLocales, resolveLocale, setLocale, type Locale } from "./catalogue";
export { clock, figure, fullDay, longDay, minutes, moment, shortDay, t, weekday } from "./texts";

export type Names = Record<string, string>;
/** A sentence as data: a code and its parameters. */
export interface Text {
  code: string;
  params?: Record<string, string> | undefined;
}

// Templates say $t: the same texts as t, singulars and days too.
const install = i18n.install.bind(i18n);
i18n.install = (app: App, ...options: unknown[]) => {
  install(app, ...options);
  app.config.globalProperties.$t = t as typeof i18n.global.t;
};

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

function nearest(names: Names): string | undefined {
  const locale = i18n.global.locale.value;
  const order = locale === "zh-Hant" ? ["zh-Hant", "zh-Hans", "en"] : [locale, "zh-Hans", "en"];
  return order.find((one) => names[one]) ?? Object.keys(names).find((one) => names[one]);
}

/** The name in the language of the page, or the nearest there is. */
export function name(names: Names | null | undefined): string {
  return (names && names[nearest(names) ?? ""]) ?? "";
}

/** The `lang` of a name that fell back to another language than the page's;
    none when it is in the page's own. */
export function nameLang(names: Names | null | undefined): string | undefined {
  const found = names ? nearest(names) : undefined;
  return found && found !== i18n.global.locale.value ? langTag(found as Locale) ?? found : undefined;
}

export const locale: ComputedRef<Locale> = computed(currentLocale);
