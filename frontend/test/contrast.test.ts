// The tokens are what they promise: read from the style sheets themselves, so a
// colour or a size that is changed to a bad one is found.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { contrastRatio, EDGE_PAIRS, parseColour, TEXT_PAIRS } from "@/ui/contrast";

const sheet = (name: string) => readFileSync(join(import.meta.dirname, "../src/ui", name), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");

interface Rule {
  media: string;
  selectors: string[];
  values: Map<string, string>;
}
/** Reads rules of one level, and those inside @media. */
function rules(css: string, media = ""): Rule[] {
  const found: Rule[] = [];
  for (let at = 0; at < css.length; ) {
    const open = css.indexOf("{", at);
    if (open < 0) break;
    let depth = 1;
    let end = open + 1;
    for (; depth > 0 && end < css.length; end++) depth += css[end] === "{" ? 1 : css[end] === "}" ? -1 : 0;
    const head = css.slice(at, open).trim();
    const body = css.slice(open + 1, end - 1);
    if (head.startsWith("@media")) found.push(...rules(body, head));
    else {
      const values = new Map([...body.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map((one) => [one[1]?.slice(2) ?? "", (one[2] ?? "").replace(/\s+/g, " ").trim()]));
      found.push({ media, selectors: head.split(",").map((one) => one.trim()), values });
    }
    at = end;
  }
  return found;
}
/** The values that hold where all those selectors match, later rules last. */
function cascade(all: Rule[], ...selectors: string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const rule of all) {
    if (rule.media || !rule.selectors.some((one) => selectors.includes(one))) continue;
    for (const [name, value] of rule.values) values.set(name, value);
  }
  return values;
}

const colours = rules(sheet("colour.css"));
const MODES = {
  normal: { at: [":root"], text: 4.5 },
  elder: { at: [":root", '[data-elder="on"]'], text: 4.5 },
  dark: { at: [":root", '[data-contrast="dark"]'], text: 7 },
  light: { at: [":root", '[data-contrast="light"]'], text: 7 },
  "elder dark": { at: [":root", '[data-elder="on"]', '[data-contrast="dark"]'], text: 7 },
  "elder light": { at: [":root", '[data-elder="on"]', '[data-contrast="light"]'], text: 7 },
};

describe.each(Object.entries(MODES))("colours of %s", (_mode, { at, text }) => {
  const values = cascade(colours, ...at);
  const of = (name: string) => values.get(name) ?? "";

  it("tell text from its ground", () => {
    const bad = TEXT_PAIRS.map(([one, ground]) => ({ one, ground, ratio: contrastRatio(of(one), of(ground)) })).filter(({ ratio }) => ratio < text);
    expect(bad).toEqual([]);
  });
  it("tell edges and the ring of focus from what they stand on", () => {
    const bad = EDGE_PAIRS.map(([one, ground]) => ({ one, ground, ratio: contrastRatio(of(one), of(ground)) })).filter(({ ratio }) => ratio < 3);
    expect(bad).toEqual([]);
  });
  it("are all looked at", () => {
    const named = new Set([...TEXT_PAIRS, ...EDGE_PAIRS].flat());
    const plain = [...values].filter(([, value]) => parseColour(value)).map(([name]) => name);
    // Lines between things carry no meaning: they may be fainter than edges.
    expect(plain.filter((name) => !named.has(name) && name !== "line")).toEqual([]);
  });
});

describe("ratio", () => {
  it("is that of WCAG", () => {
    expect(contrastRatio("#000", "#ffffff")).toBe(21);
    expect(contrastRatio("#777777", "#fff")).toBeCloseTo(4.48, 2);
    expect(contrastRatio("rgb(119 119 119)", "rgb(255, 255, 255)")).toBeCloseTo(4.48, 2);
    expect(contrastRatio("red", "#fff")).toBe(0);
  });
  it("finds a colour that is changed to a bad one", () => {
    const worse = cascade(rules(sheet("colour.css").replace(/--ink-2: #4a5a5d/, "--ink-2: #8a9a9d")), ":root");
    expect(contrastRatio(worse.get("ink-2") ?? "", worse.get("paper") ?? "")).toBeLessThan(4.5);
  });
});

describe("type and targets", () => {
  const all = [...rules(sheet("type.css")), ...rules(sheet("space.css"))];
  const publicFrame = cascade(all, '[data-frame="public"]');
  const number = (values: Map<string, string>, name: string) => Number.parseFloat(values.get(name) ?? "");
  const ELDER = '[data-elder="on"] [data-frame="public"]';
  const elderScales = all.filter((rule) => rule.selectors.some((one) => [ELDER, '[data-elder="on"] [data-frame]'].includes(one)) && rule.values.has("scale")).map((rule) => number(rule.values, "scale"));
  const DP = 25.4 / 160; // millimetres

  it("have capitals of a 200th of the distance at least, at kiosk, station and display", () => {
    const station = cascade(all, '[data-frame="public"]', '[data-frame="public"][data-read="station"]');
    const sizes = ["xs", "s", "m", "l", "xl", "2xl", "3xl"];
    const caps = sizes.map((one) => number(publicFrame, `cap-${one}`));
    expect(caps).toEqual([...caps].sort((a, b) => a - b));
    expect(caps[0]).toBeGreaterThanOrEqual(600 / 200);
    expect(number(station, "cap-xs") * number(station, "scale")).toBeGreaterThanOrEqual(1000 / 200);
    expect(number(publicFrame, "cap-far")).toBeGreaterThanOrEqual(15000 / 200);
    for (const one of sizes) expect(publicFrame.get(`t-${one}`)).toBe(`calc(var(--u) * var(--cap-${one}) / var(--cap-part))`);
  });
  it("have main text of 18 dp at least in the elder view, by the distance", () => {
    const part = (18 * DP * number(cascade(all, ":root"), "cap-part")) / 300;
    expect(elderScales.length).toBeGreaterThanOrEqual(3);
    for (const scale of elderScales) expect(number(publicFrame, "cap-m") * scale).toBeGreaterThanOrEqual(600 * part);
    const station = cascade(all, '[data-frame="public"]', '[data-frame="public"][data-read="station"]');
    expect(number(station, "cap-m") * number(station, "scale")).toBeGreaterThanOrEqual(1000 * part);
    expect(number(publicFrame, "cap-far-main")).toBeGreaterThanOrEqual(15000 * part);
    expect(16 * number(cascade(all, '[data-elder="on"] [data-frame]'), "scale")).toBeGreaterThanOrEqual(18);
  });
  it("keep lines apart, and targets large", () => {
    const elder = cascade(all, ":root", '[data-elder="on"]');
    expect(number(elder, "lead-tight")).toBeGreaterThanOrEqual(1.3);
    expect(number(elder, "lead")).toBeGreaterThanOrEqual(1.3);
    expect(publicFrame.get("touch")).toBe("max(calc(var(--mm) * 12.7), 44px)");
    expect(cascade(all, ELDER).get("touch")).toMatch(/, 60px\)$/);
    expect(cascade(all, '[data-elder="on"] [data-frame="desk"]').get("touch")).toBe("60px");
  });
  it("stand still where motion is off", () => {
    expect(cascade(all, '[data-motion="off"]').get("quick")).toBe("0ms");
  });
});

describe("sources", () => {
  it("use the two weights that a hall's fonts have", () => {
    const root = join(import.meta.dirname, "../src");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((one) => /\.(vue|css)$/.test(one));
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      const faces = readFileSync(join(root, file), "utf8").replace(/@font-face \{[^}]*\}/g, "");
      expect([...faces.matchAll(/font-weight:\s*([^;]+);/g)].map((one) => one[1]).filter((one) => one !== "400" && one !== "700"), file).toEqual([]);
    }
  });
  it("name no colour of their own in the design system", () => {
    for (const name of ["base.css", "element.css", "type.css", "space.css"]) expect(sheet(name).match(/#[0-9a-f]{3,8}\b|\brgba?\(/gi) ?? [], name).toEqual([]);
  });
});
