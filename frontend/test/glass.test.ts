// Known panels, the calibration screen, and what it keeps.
import { mount } from "@vue/test-utils";
import { beforeEach, describe, expect, it } from "vitest";
import { nextTick } from "vue";
import CalibratePage from "@/calibrate/CalibratePage.vue";
import { i18n, LOCALES, setLocale } from "@/i18n";
import { keepWidth, keptWidth } from "@/ui/glass";
import { CARD, glassWidth, PANELS, panelsOf, widthByCard } from "@/ui/panels";

const global = { plugins: [i18n] };
beforeEach(async () => {
  localStorage.clear();
  await setLocale("en");
});

describe("panels", () => {
  it.each([
    [10.1, 1280, 800, 217.5],
    [15.6, 1920, 1080, 345.4],
    [17, 1280, 1024, 337.2],
    [21.5, 1080, 1920, 267.7],
    [32, 1080, 1920, 398.5],
    [43, 1920, 1080, 951.9],
    [55, 1920, 1080, 1217.6],
  ])("of %f inches and %i × %i are %f mm wide", (inches, width, height, mm) => {
    const panel = PANELS.find((one) => one.inches === inches && one.width === width && one.height === height);
    expect(panel && glassWidth(panel)).toBeCloseTo(mm, 0);
  });
  it("are offered by resolution, smallest first", () => {
    expect(panelsOf(1080, 1920).map((one) => one.inches)).toEqual([21.5, 27, 32, 43]);
    expect(panelsOf(1, 1)).toEqual([]);
  });
});

describe("what is kept", () => {
  it("is one width for one terminal, and never nonsense", () => {
    keepWidth("kiosk-1", 268);
    expect(keptWidth("kiosk-1")).toBe(268);
    expect(keptWidth("kiosk-2")).toBeUndefined();
    keepWidth("kiosk-1", 3);
    expect(keptWidth("kiosk-1")).toBeUndefined();
    localStorage.setItem("hallway.kiosk-1.width_mm", "wide");
    expect(keptWidth("kiosk-1")).toBeUndefined();
  });
});

describe("calibration", () => {
  const open = (configured?: number) => mount(CalibratePage, { global, props: { terminal: "kiosk-1", configured }, attachTo: document.body });
  it("steps by keys until the card fits, says what to write, and keeps it", async () => {
    const page = open(300);
    const edge = page.get("[data-testid=calibrate-edge]");
    await edge.trigger("keydown", { key: "ArrowRight" });
    await edge.trigger("keydown", { key: "ArrowLeft", shiftKey: true });
    expect(page.get("[data-testid=calibrate-config]").text()).toBe("width_mm = 309");
    expect(edge.attributes("aria-valuetext")).toContain("309");
    await page.get("[data-testid=calibrate-wider]").trigger("click");
    const card = page.get<HTMLElement>("[data-testid=calibrate-card]").element;
    expect(Number.parseFloat(card.style.width)).toBeCloseTo((CARD.width * window.innerWidth) / 308, 1);
    expect(Number.parseFloat(card.style.height) / Number.parseFloat(card.style.width)).toBeCloseTo(53.98 / 85.6, 4);
    await page.get("[data-testid=calibrate-keep]").trigger("click");
    expect(keptWidth("kiosk-1")).toBe(308);
    expect(page.emitted("close")).toEqual([[true]]);
    page.unmount();
  });
  it("changes nothing when it is left, and forgets what was measured", async () => {
    keepWidth("kiosk-1", 280);
    const page = open(300);
    expect(page.get("[data-testid=calibrate-width]").attributes("data-mm")).toBe("280");
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    expect(page.emitted("close")).toEqual([[false]]);
    expect(keptWidth("kiosk-1")).toBe(280);
    await page.get("[data-testid=calibrate-reset]").trigger("click");
    expect(keptWidth("kiosk-1")).toBeUndefined();
    page.unmount();
  });
  it("speaks four languages", async () => {
    const seen = new Set<string>();
    for (const locale of LOCALES) {
      await setLocale(locale);
      const page = open();
      await nextTick();
      seen.add(page.get("h1").text());
      page.unmount();
    }
    expect(seen.size).toBe(4);
  });
  it("finds the width from a card", () => expect(widthByCard(1080, 345.4)).toBeCloseTo(267.7, 1));
});
