import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LOCALES, type Locale } from "@/i18n";

// The words of the four catalogues, as their readers write them. What a term is
// called in each language stands in src/locales/README.md.
type Catalogue = Record<string, string>;
const root = join(import.meta.dirname, "..");
const read = <T>(path: string) => JSON.parse(readFileSync(join(root, path), "utf8")) as T;
const texts = Object.fromEntries(LOCALES.map((one) => [one, read<Catalogue>(`src/locales/${one}.json`)])) as Record<Locale, Catalogue>;
const scripts = read<Record<"simplified" | "traditional", string>>("testdata/scripts.json");

/** The texts that a pattern finds, but for languages' own names. */
function found(locale: Locale, pattern: RegExp, but: readonly string[] = []): string[] {
  return Object.entries(texts[locale])
    .filter(([key, text]) => !key.startsWith("lang.short.") && !but.includes(key) && pattern.test(text))
    .map(([key, text]) => `${key}: ${text}`);
}

// Words of another place or another register, and what stands for them here.
const WRONG: Record<Locale, [RegExp, string][]> = {
  "zh-Hans": [
    [/登陆|帐号|兰牙/, "登录, 账号"],
    [/[您你]您|请请|请您请/, "请"],
    [/办事人(?!员)|申请者/, "办件人"],
    [/点击/, "点"],
    [/你/, "您"],
  ],
  "zh-Hant": [
    [/打印|印表/, "列印"],
    [/屏幕|熒幕/, "螢幕"],
    [/網路|斷網|斷線/, "網絡"],
    [/文檔|文件夾|質量|視頻|信息|默認|鼠標|數據庫|短信|郵箱|激活|帳戶|賬號/, "檔案, 資料, 短訊, 電郵…"],
    [/工作人員|群眾|民眾/, "職員, 市民"],
    [/取號|小票|排隊號|普通號|優先號|預約號/, "取籌, 籌票"],
    [/窗口/, "櫃位"],
    [/辦件(?<!即辦件)|案件/, "個案"],
    [/材料/, "文件"],
    [/大堂/, "大廳"],
    [/上傳|登錄|註銷|退出登/, "上載, 登入, 登出"],
    [/手機號|工號|業務/, "手提電話號碼, 職員編號, 服務"],
    [/裡|著(?![名作])/, "裏, 着"],
    [/你/, "您"],
  ],
  en: [
    [/\b(color|center|organiz|authoriz|recogniz|canceled|cancelled? out|license|gotten|cell ?phone|zip code)/i, "British spelling"],
    [/\bticket/i, "number (of the queue), slip (of paper)"],
    [/\bqueue number\b(?<!not a queue number)/i, "number"],
    [/(?<!\{)\bwindows?\b(?!\})/i, "counter"],
    [/\bmatter\b/i, "service"],
    [/\boff-line\b|\bcall a person\b/i, "offline, call staff"],
    [/please[^.]*\bplease\b/i, "please, once"],
  ],
  pt: [
    [/\b(tela|arquivo|usuário|celular|cadastr|deletar|ônibus|você|baixar|registro|equipe|contato|senha de acesso|planilha)/i, "ecrã, ficheiro, utilizador, telemóvel…"],
    [/\b(tirar|tire) (um )?número/i, "senha"],
    [/check-in/i, "confirmar a chegada"],
    [/dígito|carácter|caracteres/i, "algarismo, caráter"],
    [/\bsala\b|\bcentral\b/i, "centro"],
    [/expedi[dr]/i, "dar saída, dar entrada"],
    [/cartão de identidade/i, "bilhete de identidade"],
    [/por favor[^.]*por favor/i, "por favor, uma vez"],
  ],
};

// Texts that speak of other things by the same word.
const SAID: Record<string, readonly string[]> = {
  en: ["calibrate.window", "remedy.store_locked", "error.number_form"],
  "zh-Hant": ["case.kind.INSTANT"],
};

/** The room of a text, where a Chinese character takes twice a letter's. */
const width = (text: string) => [...text.replace(/\{\w+\}/g, "")].reduce((sum, one) => sum + (/[\u1100-\uffdc]/.test(one) ? 2 : 1), 0);

// Buttons and labels, and the room of the place where they stand.
const ROOM: [string, RegExp, number][] = [
  ["buttons", /^(act|counter\.act|pad)\.[^.]+$/, 22],
  ["tabs", /^(counter|desk)\.tab\./, 24],
  ["what a scan means", /^station\.mode\.(?!.*\.do$)/, 20],
  ["figures of a station", /^station\.count\./, 16],
  ["columns", /^(counter|desk|paper)\.col\./, 22],
  ["states of windows", /^(counter|manager)\.window\.(open|closed|paused|called|serving)$|^display\.state\./, 12],
  ["states of numbers", /^state\.ticket\./, 18],
  ["states of cases", /^(case\.(counter|citizen|kind)|paper\.(case|state))\./, 25],
  ["states of documents", /^(material\.(counter|citizen|done)|custody|batch|trip|method)\./, 27],
  ["devices", /^device\.[^.]+$/, 22],
  ["figures of the hall", /^manager\.(total|papers)\./, 22],
  ["big buttons of the kiosk", /^kiosk\.(take|checkin|help|requeue|way\.[a-z]+)$/, 26],
  ["ratings", /^rating\.level\./, 25],
  ["roles and classes", /^(role|class)\./, 20],
  ["log in", /^signin\.(?!both)/, 20],
];

describe.each(LOCALES)("%s", (locale) => {
  it.each(WRONG[locale])("says no %s (but %s)", (pattern) => expect(found(locale, pattern, SAID[locale])).toEqual([]));

  it.each(ROOM)("keeps %s short", (_, family, room) => {
    const long = Object.entries(texts[locale]).filter(([key, text]) => family.test(key) && width(text) > room);
    expect(long.map(([key, text]) => `${key} (${width(text)} of ${room}): ${text}`)).toEqual([]);
  });
  it("ends what is to be done with a full stop, and titles without one", () => {
    const stop = locale.startsWith("zh") ? /[。？！]$/ : /[.?!]$/;
    const wrong = Object.entries(texts[locale]).filter(([key, text]) => {
      if (/^remedy\.|^notice\..*\.do$|^progress\.next\.|^kiosk\.closed\.(?!title)/.test(key)) return !stop.test(text);
      return /^(error|fault|reason|why_not|why|act|op|device|role|class|scan)\./.test(key) && /[。.]$/.test(text);
    });
    expect(wrong.map(([key, text]) => `${key}: ${text}`)).toEqual([]);
  });
  it("has no doubled blanks, marks or words", () => {
    expect(found(locale, /\S {2,}\S|[，。、；：]{2}|[,;:]{2}|\.\.(?!\.)/)).toEqual([]);
    expect(found(locale, /\b(\p{L}{2,}) \1\b/u)).toEqual([]);
  });
});

describe.each(["zh-Hans", "zh-Hant"] as const)("%s", (locale) => {
  const other = locale === "zh-Hans" ? "traditional" : "simplified";
  it(`has no ${other} characters`, () => {
    expect(found(locale, new RegExp(`[${scripts[other]}]`, "u"))).toEqual([]);
  });
  it("has the marks of Chinese between its characters", () => {
    expect(found(locale, /\p{Script=Han}[,;!?]|[,;!?]\p{Script=Han}|\p{Script=Han}:(?!\/)/u)).toEqual([]);
    expect(found(locale, locale === "zh-Hans" ? /[「」『』]/ : /[“”‘’]/)).toEqual([]);
  });
});

describe.each(["en", "pt"] as const)("%s", (locale) => {
  it("has no marks of Chinese", () => {
    expect(found(locale, /[\u3000-\u303f\uff00-\uffef]|\p{Script=Han}/u, ["gallery.type.rare.sample"])).toEqual([]);
  });
  it("has its own quotation marks and apostrophes", () => {
    expect(found(locale, /["']/, ["kbd.key.split"])).toEqual([]);
    expect(found(locale, locale === "en" ? /[«»]/ : /[“”]/)).toEqual([]);
  });
  it("has a singular where a number stands before a plural", () => {
    const plural = locale === "en" ? /\{(n|count|left|hours|days|max|calls)\} (?:[a-z]+ )?(?!times at)[a-z]+s\b/ : /\{(n|count|left|hours|days|max|calls)\} [a-zà-ú]+s\b/;
    const ABBREVIATED = /\{n\} (livres|em|p\.)/;
    const wrong = found(locale, plural).filter((one) => !ABBREVIATED.test(one) && !one.includes("~one: ") && !(`${one.slice(0, one.indexOf(": "))}~one` in texts[locale]));
    expect(wrong).toEqual([]);
  });
});

describe("the requirements' messages", () => {
  // Word for word, as they were asked for.
  it.each([
    ["material.said.e_sent", "材料共享请求已发送"],
    ["notice.share_requested", "材料共享请求已发送"],
    ["material.said.paper_sent", "材料签出请求已发送"],
    ["notice.paper_requested", "材料签出请求已发送"],
    ["material.said.not_shareable", "该材料暂不可共享，请选择其他提交方式"],
    ["material.said.failed", "材料查询失败，请稍后重试"],
    ["desk.cancel.pending", "该办件正在等待材料提交，是否取消办件？"],
    ["reason.paper_without_rights", "请选择材料签出和签入操作人员权限"],
    ["reason.material_missing", "材料缺失，不可受理，请修改提交方式"],
  ])("%s stays", (key, text) => expect(texts["zh-Hans"][key]).toBe(text));
});
