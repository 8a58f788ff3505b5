// Texts of the catalogues with their parameters filled in.
//
// A text that counts may have a second one for exactly one, under its key with
// the ending «~one»; only languages that have a singular hold it. The first of
// COUNTS that is given decides. Numbers from ten thousand on are grouped; a
// parameter that is a day (YYYY-MM-DD) is written as people write days: with its
// year, but «next», a day soon to come, with its weekday.

import { currentLocale, i18n, langTag, own, type Locale } from "./catalogue";

/** The parameters that count something, the deciding one first. */
export const COUNTS = ["n", "count", "left", "minutes", "seconds", "hours", "days", "max", "calls"] as const;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const figures = new Map<Locale, Intl.NumberFormat>();

function made<T>(kept: Map<Locale, T>, locale: Locale, make: (tag: string) => T): T {
  const one = kept.get(locale) ?? make(langTag(locale));
  kept.set(locale, one);
  return one;
}

/** The key of the singular, where the language has one and it is meant. */
function chosen(key: string, params: Record<string, unknown>): string {
  const counted = COUNTS.find((one) => params[one] !== undefined);
  if (!counted) return key;
  const singular = `${key}~one`;
  return String(params[counted]) === "1" && singular in own() ? singular : key;
}

/** A number as the language groups it; below ten thousand it stays as it is. */
export function figure(n: number): string {
  if (Math.abs(n) < 10_000) return String(n);
  return made(figures, currentLocale(), (tag) => new Intl.NumberFormat(tag, { maximumFractionDigits: 0 })).format(n);
}

function written(name: string, value: unknown): unknown {
  if (typeof value === "number") return figure(value);
  if (typeof value !== "string" || !DAY.test(value)) return value;
  return name === "next" ? longDay(value) : fullDay(value);
}

/** The text of a key, with named parameters. */
export function t(key: string, params: Record<string, unknown> = {}): string {
  const named: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(params)) named[name] = written(name, value);
  return i18n.global.t(chosen(key, params), named);
}

const ZONE_MS = 8 * 3600_000; // +08:00 all year; the hall's time zone

/** A moment, or a day YYYY-MM-DD. */
export type At = string | number | Date;

interface Parts {
  year: number;
  month: number;
  day: number;
  weekday: number; // Monday is 1, Sunday 7
  hour: string;
  minute: string;
  second: string;
}
const two = (n: number): string => String(n).padStart(2, "0");

// Reckoned and not asked for: what knows all zones and calendars is slow to come.
function parts(at: At): Parts | undefined {
  const date = new Date(typeof at === "string" && DAY.test(at) ? `${at}T12:00:00+08:00` : at);
  if (Number.isNaN(date.getTime())) return undefined;
  const here = new Date(date.getTime() + ZONE_MS);
  return {
    year: here.getUTCFullYear(),
    month: here.getUTCMonth() + 1,
    day: here.getUTCDate(),
    weekday: here.getUTCDay() || 7,
    hour: two(here.getUTCHours()),
    minute: two(here.getUTCMinutes()),
    second: two(here.getUTCSeconds()),
  };
}

/** One of the ways to write a day; what is no day comes back as it is. */
function day(pattern: string, at: At): string {
  const p = parts(at);
  if (!p) return String(at);
  return i18n.global.t(pattern, {
    y: p.year,
    d: p.day,
    month: i18n.global.t(`date.month.${p.month}`),
    mon: i18n.global.t(`date.mon.${p.month}`),
    weekday: i18n.global.t(`date.weekday.${p.weekday}`),
    time: `${p.hour}:${p.minute}`,
  });
}

/** 14:05 in the hall's time zone. */
export function clock(at: At, seconds = false): string {
  const p = parts(at);
  if (!p) return String(at);
  return seconds ? `${p.hour}:${p.minute}:${p.second}` : `${p.hour}:${p.minute}`;
}

/** A day of this year with its weekday. */
export function longDay(at: At): string {
  return day("date.long", at);
}

/** A day with its year. */
export function fullDay(at: At): string {
  return day("date.full", at);
}

/** A day, short, for lists. */
export function shortDay(at: At): string {
  return day("date.short", at);
}

/** A day and a time with its year, as on slips. */
export function moment(at: At): string {
  return day("date.moment", at);
}

export function weekday(at: At): string {
  const p = parts(at);
  return p ? i18n.global.t(`date.wd.${p.weekday}`) : String(at);
}

/** A length in seconds: minutes, and from an hour on hours too. */
export function minutes(seconds: number): string {
  const n = Math.round(seconds / 60);
  const hours = Math.floor(n / 60);
  if (hours === 0) return t("unit.minutes", { n });
  return n % 60 === 0 ? t("unit.hours", { h: hours }) : t("unit.hours_minutes", { h: hours, n: n % 60 });
}
