import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { clock, coded, failure, has, langTag, LOCALES, name, nameLang, remedy, resolveLocale, setLocale, t } from "@/i18n";

type Catalogue = Record<string, string>;
const root = join(import.meta.dirname, "..");
const catalogues = new Map<string, Catalogue>(
  LOCALES.map((locale) => [locale, JSON.parse(readFileSync(join(root, "src/locales", `${locale}.json`), "utf8")) as Catalogue]),
);
const base = catalogues.get("zh-Hans") ?? {};
// A text for exactly one stands beside the text it belongs to, in languages that have a singular.
const ONE = "~one";
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

function sources(folder = join(root, "src")): { path: string; text: string }[] {
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) return entry === "locales" ? [] : sources(path);
    return /\.(ts|vue)$/.test(entry) ? [{ path, text: readFileSync(path, "utf8") }] : [];
  });
}

// Families whose keys are made of codes that the programs send; the pages name
// them as `family.${code}`, and slips, papers and voice use them from Go.
const FAMILIES =
  /^(date|unit|notice|error|remedy|reason|why|why_not|fault|event|device|op|say\.kiosk|role|class|slip|setup\.printer|check|paper|voice|lang\.short|kiosk\.(closed|outcome|way|progress\.print|apply\.(say|slip|way))|ticket\.(state|slip)|state\.ticket|display\.(state|trouble|layout)|rating|counter\.(act|tab|window|keys|missed|held)|manager\.(total|export|window|papers|alarm|place|device|appointment)|book\.step|kbd\.(key|state)|bench\.(key|sample|paper|set|sheet)|case|material|method|attempt|replace|cancel|news|anomaly|custody|batch|trip|refusal|scan|station\.(mode|count|result|labels|print|title|batches)|progress\.next|clock|light|refuse|supplement\.fault|form\.fault|message|office\.(act|ask|step|did|hang|decision|deny|result|special|opinions|why|ended|unit|void|approved|way|checked)|desk\.(paper|doc|tab|act|print|list\.empty|help\.answer|applicant)|supervision\.(stage|lights|col|unit|role|figure)|departments\.(query|delivery|how|kind|state|answer|forward))\./;

describe("catalogues", () => {
  it.each(LOCALES)("%s holds the same keys as the base", (locale) => {
    const texts = catalogues.get(locale) ?? {};
    expect(Object.keys(texts).filter((key) => !key.endsWith(ONE)).sort()).toEqual(Object.keys(base).sort());
  });
  it("has a singular only where the language has one, beside its text", () => {
    for (const locale of LOCALES) {
      const singulars = Object.keys(catalogues.get(locale) ?? {}).filter((key) => key.endsWith(ONE));
      expect(singulars.filter((key) => locale.startsWith("zh") || !(key.slice(0, -ONE.length) in base))).toEqual([]);
    }
  });
  it.each(LOCALES)("%s has no empty text and no mark with a meaning of its own", (locale) => {
    for (const [key, text] of Object.entries(catalogues.get(locale) ?? {})) {
      expect(text.trim(), key).not.toBe("");
      expect(text, key).not.toMatch(/[@|]/);
    }
  });
  it.each(LOCALES)("%s uses the same parameters", (locale) => {
    for (const [key, text] of Object.entries(catalogues.get(locale) ?? {})) {
      if (key.startsWith("date.")) continue; // each language writes what of a day it needs
      const wanted = placeholders(base[key.replace(ONE, "")] ?? "");
      if (key.endsWith(ONE)) expect(wanted, `${locale} ${key}`).toEqual(expect.arrayContaining(placeholders(text)));
      else expect(placeholders(text), `${locale} ${key}`).toEqual(wanted);
    }
  });
  it("has a text for every key that the sources name", () => {
    const missing: string[] = [];
    for (const { path, text } of sources()) {
      for (const match of text.matchAll(/(?:\$t|\bt)\(\s*"([^"]+)"/g)) {
        if (match[1] && !(match[1] in base)) missing.push(`${path}: ${match[1]}`);
      }
    }
    expect(missing).toEqual([]);
  });
  it("keeps no text that nothing names", () => {
    const all = sources()
      .map((source) => source.text)
      .join("\n");
    const stale = Object.keys(base).filter((key) => key !== "lang.name" && !FAMILIES.test(key) && !all.includes(`"${key}"`) && !all.includes(`'${key}'`));
    expect(stale).toEqual([]);
  });
  it("gives every notice its «what to do»", () => {
    for (const key of Object.keys(base)) {
      if (key.startsWith("notice.") && !key.endsWith(".do")) expect(base, key).toHaveProperty([`${key}.do`]);
    }
  });
  it("gives every fault its remedy", () => {
    for (const key of Object.keys(base)) {
      if (key.startsWith("fault.") && key !== "fault.general") {
        expect(base, key).toHaveProperty([`remedy.${key.slice("fault.".length)}`]);
      }
    }
  });
  it("writes no simplified characters in the traditional catalogue", () => {
    for (const [key, text] of Object.entries(catalogues.get("zh-Hant") ?? {})) {
      if (key === "lang.short.zh-Hans") continue;
      expect(text, key).not.toMatch(/[们这时间约号业务请点网络断开机读录码证设备]/);
    }
  });
});

describe("sources", () => {
  it("hold no text outside the catalogues", () => {
    const found = sources()
      .filter((source) => /\p{Script=Han}/u.test(source.text))
      .map((source) => source.path);
    expect(found).toEqual([]);
  });
  it("write no words straight into a template", () => {
    const found: string[] = [];
    for (const { path, text } of sources()) {
      const template = /<template>([\s\S]*)<\/template>/.exec(text)?.[1];
      if (!template) continue;
      const bare = template.replace(/<!--[\s\S]*?-->/g, "").replace(/\{\{[\s\S]*?\}\}/g, "").replace(/<(?:"[^"]*"|[^">])*>/g, "\n");
      const words = bare.match(/[A-Za-z]{3,}/g);
      if (words) found.push(`${path}: ${words.join(" ")}`);
    }
    expect(found).toEqual([]);
  });
});

describe("texts", () => {
  afterEach(() => setLocale("zh-Hans"));

  it.each([
    ["zh-Hans", "zh-Hans"],
    ["zh_TW", "zh-Hant"],
    ["zh-MO", "zh-Hant"],
    ["zh-Hant-HK", "zh-Hant"],
    ["zh-CN", "zh-Hans"],
    ["en-GB", "en"],
    ["pt-BR", "pt"],
    ["fr", "zh-Hans"],
    [undefined, "zh-Hans"],
  ])("resolves %s to %s", (wanted, expected) => expect(resolveLocale(wanted)).toBe(expected));

  it("switches all four languages and names the page's", async () => {
    const seen = new Set<string>();
    for (const locale of LOCALES) {
      await setLocale(locale);
      seen.add(t("lang.name"));
      expect(document.documentElement.lang).toBe(langTag(locale));
    }
    expect(seen.size).toBe(4);
  });
  it("shows the language that was asked for last, whichever comes first", async () => {
    for (const [first, last] of [["pt", "en"], ["en", "pt"], ["zh-Hant", "zh-Hans"]] as const) {
      await Promise.all([setLocale(first), setLocale(last)]);
      expect(document.documentElement.lang).toBe(langTag(last));
    }
  });
  it("fills parameters, and writes days as people do", async () => {
    await setLocale("en");
    expect(t("kiosk.waiting", { n: 3 })).toBe("3 people are waiting");
    expect(coded("kiosk.closed", { code: "after_hours", params: { next: "2026-11-23", from: "08:30" } })).toContain("Monday 23 November at 08:30");
  });
  it("explains codes that it knows, and tells unknown ones with themselves", async () => {
    await setLocale("en");
    expect(has("error.wrong_password")).toBe(true);
    expect(failure("wrong_password")).toBe("Wrong staff number or password");
    expect(failure("slot_full")).toBe("Full"); // a reason is an error's text too
    expect(failure("never_heard_of")).toContain("never_heard_of");
    expect(remedy("never_heard_of")).toBe(t("remedy.general"));
  });
  it("falls back from one language of a name to the nearest", async () => {
    await setLocale("zh-Hant");
    expect(name({ "zh-Hans": "a", en: "b" })).toBe("a");
    await setLocale("pt");
    expect(name({ en: "b" })).toBe("b");
    expect(name(undefined)).toBe("");
    expect(nameLang({ en: "b" })).toBe("en-GB");
    expect(nameLang({ pt: "c", en: "b" })).toBeUndefined();
  });
  it("shows the hall's time zone whatever the machine's is", () => {
    expect(clock("2026-11-22T23:30:00Z")).toBe("07:30");
  });
});
