import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createApp, h } from "vue";
import { figure, fullDay, i18n, langTag, LOCALES, longDay, minutes, moment, setLocale, shortDay, t, weekday, type Locale } from "@/i18n";

// The same table as the programs' own test: a slip and a page never differ.
type Words = Record<Locale, string>;
interface Table {
  days: ({ at: string } & Record<Locale, Record<"long" | "full" | "short" | "moment", string>>)[];
  seconds: ({ of: number } & Words)[];
  figures: ({ of: number } & Words)[];
  counted: ({ key: string; params: Record<string, string> } & Words)[];
}
const table = JSON.parse(readFileSync(join(import.meta.dirname, "../testdata/written.json"), "utf8")) as Table;

describe.each(LOCALES)("%s", (locale) => {
  beforeEach(() => setLocale(locale));
  afterEach(() => setLocale("zh-Hans"));

  it.each(table.days)("writes the day of $at", (one) => {
    expect({ long: longDay(one.at), full: fullDay(one.at), short: shortDay(one.at), moment: moment(one.at) }).toEqual(one[locale]);
  });
  it.each(table.seconds)("writes $of seconds", (one) => expect(minutes(one.of)).toBe(one[locale]));
  it.each(table.figures)("writes $of", (one) => expect(figure(one.of)).toBe(one[locale]));
  it.each(table.counted)("counts $key of $params.n", (one) => {
    expect(t(one.key, one.params)).toBe(one[locale]);
    expect(t(one.key, { n: Number(one.params.n) })).toBe(one[locale]);
  });
  it("names months and weekdays as the language itself does", () => {
    const own = (options: Intl.DateTimeFormatOptions, day: Date) => new Intl.DateTimeFormat(langTag(locale), { timeZone: "Asia/Shanghai", ...options }).format(day);
    for (let month = 0; month < 12; month++) {
      expect(own({ month: "long", day: "numeric" }, new Date(Date.UTC(2026, month, 15)))).toContain(t(`date.month.${month + 1}`));
    }
    for (let day = 23; day < 30; day++) {
      const at = new Date(Date.UTC(2026, 10, day));
      expect(t(`date.weekday.${day - 22}`)).toBe(own({ weekday: "long" }, at));
      if (locale === "en") expect(weekday(at)).toBe(own({ weekday: "short" }, at));
    }
  });
  it("takes a day of the catalogue's texts as people write it", () => {
    expect(t("notice.ticket_other_day", { day: "2026-11-23" })).toContain(fullDay("2026-11-23"));
  });
});

describe("templates", () => {
  it("say the singular too", async () => {
    await setLocale("en");
    const box = document.createElement("div");
    const app = createApp({ render() { return h("p", (this as unknown as { $t: typeof t }).$t("kiosk.waiting", { n: 1 })); } }).use(i18n);
    app.mount(box);
    expect(box.textContent).toBe("1 person is waiting");
    app.unmount();
    await setLocale("zh-Hans");
  });
  it("leaves what is no day as it is", () => {
    expect(shortDay("never")).toBe("never");
  });
});
