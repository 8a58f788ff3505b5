import { mount } from "@vue/test-utils";
import { beforeEach, describe, expect, it } from "vitest";
import { nextTick } from "vue";
import { drawing } from "@/booking/svg";
import { newKey } from "@/booking/key";
import { actOf, SHORTCUTS } from "@/counter/shortcuts";
import { i18n, remedy, setLocale } from "@/i18n";
import KioskGroups from "@/kiosk/KioskGroups.vue";
import KioskNotice from "@/kiosk/KioskNotice.vue";
import KioskPhone from "@/kiosk/KioskPhone.vue";
import KioskTicketPage from "@/kiosk/KioskTicketPage.vue";
import type { Line } from "@/api/types";
import { eventWords } from "@/manager/events";
import { pixelsPerMM } from "@/ui/glass";
import HButton from "@/ui/HButton.vue";
import HLine from "@/ui/HLine.vue";
import HLineNote from "@/ui/HLineNote.vue";
import { announce, spoken } from "@/ui/live";
import { modes, resetModes } from "@/ui/modes";
import { faultWords, reasonWords, waitWords, whyNoNumber, whyNot, whyWords } from "@/ui/words";

const global = { plugins: [i18n] };
beforeEach(() => setLocale("en"));

describe("glass", () => {
  it.each([
    [1080, 300, 3.6],
    [1920, 476, 4.0336],
    [1080, undefined, 3.7795],
    [1080, 3, 3.7795], // nonsense in the configuration
    [0, 300, 3.7795],
  ])("%i pixels on %s mm are %f per mm", (pixels, mm, expected) => expect(pixelsPerMM(pixels, mm)).toBeCloseTo(expected, 3));
});

describe("words", () => {
  it("says waits as people do", () => {
    expect(waitWords({ known: false, low: 0, high: 0 })).toBe("not known yet");
    expect(waitWords({ known: true, low: 0, high: 1 })).toBe("Very soon");
    expect(waitWords({ known: true, low: 0, high: 3 })).toBe("within 3 min");
    expect(waitWords({ known: true, low: 8, high: 8 })).toBe("about 8 min");
    expect(waitWords({ known: true, low: 10, high: 20 })).toBe("about 10–20 min");
  });
  it("says why not, with what to do when a device is the cause", () => {
    expect(whyNot({ allowed: true })).toBe("");
    expect(whyNot({ allowed: false })).toBe("This cannot be done now");
    expect(whyNoNumber({ allowed: false, why: { code: "paper_end" } })).toBe("The printer is out of paper. Put in a new roll and close the cover.");
    expect(whyNot({ allowed: false, why: { code: "recall_too_soon", params: { seconds: "7" } } })).toContain("7 s");
    expect(reasonWords({ code: "never_heard_of" })).toContain("never_heard_of");
  });
  it("tells a cut line from a printer that is set off-line", () => {
    const act = { allowed: false, why: { code: "offline" } };
    expect(whyNot(act)).toContain("while offline");
    expect(whyNoNumber(act)).toContain("ON LINE");
    expect(remedy("offline")).not.toContain("ON LINE");
  });
  it("explains calls and faults", () => {
    expect(whyWords({ code: "appointment_first", params: { slot: "09:30", before: "A007" } })).toContain("A007");
    expect(whyWords({ code: "never_heard_of" })).toBe("By the rules of the queue");
    expect(faultWords("never_heard_of")).toContain("never_heard_of");
  });
  it("tells events with the names of devices and faults", () => {
    const words = eventWords({ code: "device_fault", params: { terminal: "kiosk-1", device: "printer", fault: "paper_end" } });
    expect(words).toBe("kiosk-1, Slip printer: The printer is out of paper");
    expect(eventWords({ code: "never_heard_of" })).toBe("never_heard_of");
  });
});

describe("components", () => {
  it("shows a button's states", async () => {
    const button = mount(HButton, { global, props: { disabled: true, why: "because" }, slots: { default: "Go" } });
    expect(button.attributes("disabled")).toBeDefined();
    expect(button.text()).toContain("because");
    await button.setProps({ disabled: false, busy: true });
    expect(button.attributes("aria-busy")).toBe("true");
    expect(button.attributes("disabled")).toBeDefined();
  });
  it("shows the line with what waits", () => {
    const line = mount(HLine, { global, props: { online: false, since: "2026-11-22T01:00:00Z", pending: 2 } });
    expect(line.attributes("data-online")).toBe("false");
    expect(line.text()).toContain("Offline since 09:00");
    expect(line.text()).toContain("2 not sent yet");
  });
  it("says why the line stays down and what to do, and that the centre is being put back", () => {
    const props = { online: false, since: "2026-11-22T01:00:00Z", pending: 0, work: 0, clock: "anchored" } as Line;
    expect(mount(HLineNote, { global, props: { line: props } }).text()).toBe("");
    const codes = new Set<string>();
    for (const [code, words, todo] of [
      ["line_revoked", "shut this terminal out", "nothing done here is lost"],
      ["line_cert_missing", "shows no certificate", "make one at the centre"],
      ["line_cert_unknown", "does not accept", "made by this hall"],
      ["line_cert_expired", "run out", "renew it"],
      ["line_cert_other", "another terminal", "its own certificate"],
      ["line_auth", "does not know", "enrol it"],
      ["line_centre_unknown", "cannot be proved", "CA"],
      ["line_centre_expired", "centre’s certificate has run out", "clock"],
      ["line_centre_host", "another address", "address"],
      ["line_centre_plain", "does not speak TLS", "certificate"],
      ["line_centre_tls", "encrypted lines only", "https://"],
    ] as const) {
      const note = mount(HLineNote, { global, props: { line: { ...props, fault: code } } });
      expect(note.get("[data-testid=line-fault]").attributes("role")).toBe("alert");
      expect(note.text()).toContain(words);
      expect(note.text()).toContain(todo);
      const desk = mount(HLine, { global, props: { ...props, fault: code } });
      expect(desk.text()).toBe("Offline since 09:00"); // the note stands beside it
      expect(desk.get("[title]").attributes("title")).toContain(words);
      const citizens = mount(HLine, { global, props: { ...props, fault: code, compact: true } });
      expect(citizens.text()).toMatch(/^Offline, still working L\d+$/);
      expect(citizens.find("[title]").exists()).toBe(false); // nor where a pointer rests
      codes.add(citizens.get("[data-testid=line-code]").text());
    }
    expect(codes.size).toBe(11);
    const back = mount(HLineNote, { global, props: { line: { ...props, online: true, recovering: true } } });
    expect(back.get("[data-testid=line-recovering]").attributes("role")).toBe("status");
    expect(back.text()).toContain("Go on as usual");
    expect(mount(HLine, { global, props: { ...props, online: true, recovering: true } }).text()).toBe("Recovering");
    expect(mount(HLine, { global, props: { ...props, online: true, recovering: true, compact: true } }).text()).toContain("still working");
  });
  it("announces the same sentence twice as two changes", () => {
    announce("once");
    const first = spoken.value;
    announce("once");
    expect(spoken.value).not.toBe(first);
    expect(spoken.value.trim()).toBe("once");
  });
  it("puts elder mode and contrast on the page and takes them away again", async () => {
    modes.elder = true;
    modes.contrast = "dark";
    await nextTick();
    expect(document.documentElement.dataset).toMatchObject({ elder: "on", contrast: "dark" });
    resetModes();
    await nextTick();
    expect(document.documentElement.dataset).toMatchObject({ elder: "off", contrast: "normal" });
  });
});

describe("kiosk", () => {
  const group = {
    id: "a",
    prefix: "A",
    icon: "no-such-icon",
    name: { "zh-Hans": "x", en: "Shops" },
    items: [],
    waiting: 4,
    wait: { known: true, low: 5, high: 9 },
    take: { allowed: true },
  };
  it("offers groups, and none while no number may be issued", async () => {
    const page = mount(KioskGroups, { global, props: { groups: [group], busy: false, waits: true } });
    await page.get("[data-testid=group-a]").trigger("click");
    expect(page.emitted("choose")).toEqual([["a"]]);
    await page.setProps({ groups: [{ ...group, take: { allowed: false, why: { code: "paper_end" } } }] });
    expect(page.get("[data-testid=group-a]").attributes("disabled")).toBeDefined();
    expect(page.text()).toContain("out of paper");
  });
  it("shows what people come for, and a wait only where one is known", async () => {
    const items = ["one", "two", "three", "four"].map((id) => ({ id, online: false, name: { en: `Thing ${id}` } }));
    const page = mount(KioskGroups, { global, props: { groups: [{ ...group, items }], busy: false, waits: true } });
    expect(page.text()).toContain("Thing one");
    expect(page.text()).not.toContain("Thing four");
    expect(page.text()).toContain("5");
    await page.setProps({ groups: [{ ...group, waiting: 0, wait: { known: false, low: 0, high: 0 } }], waits: false });
    expect(page.get("[data-testid=group-a]").text()).toBe("ShopsANobody waiting");
  });
  it("covers what is typed, fills phone then code, and sends both", async () => {
    const page = mount(KioskPhone, { global, props: { busy: false, left: 5 }, attachTo: document.body });
    for (const digit of "13800138000482913") await page.get(`[data-testid=pad-${digit}]`).trigger("click");
    expect(page.get("[data-testid=phone-field]").text()).not.toMatch(/\d{3}/);
    expect(page.get("[data-testid=code-field]").attributes("data-length")).toBe("6");
    await page.get("[data-testid=show-digits]").trigger("click");
    expect(page.get("[data-testid=phone-field]").text()).toContain("138 0013 8000");
    await page.get("[data-testid=phone-submit]").trigger("click");
    expect(page.emitted("submit")).toEqual([["13800138000", "482913"]]);
    page.unmount();
  });
  it("takes a keyboard too, and never more digits than there are", async () => {
    const page = mount(KioskPhone, { global, props: { busy: false, left: 5 }, attachTo: document.body });
    for (const key of [..."138001380001234567", "Backspace", "x"]) window.dispatchEvent(new KeyboardEvent("keydown", { key }));
    await nextTick();
    expect(page.get("[data-testid=phone-field]").attributes("data-length")).toBe("11");
    expect(page.get("[data-testid=code-field]").attributes("data-length")).toBe("5");
    expect(page.get("[data-testid=phone-submit]").attributes("disabled")).toBeDefined();
    page.unmount();
  });
  it("says what happened and what to do, also for a code it does not know", () => {
    const props = { mayTake: true, busy: "" };
    const known = mount(KioskNotice, { global, props: { ...props, notice: { severity: "warn", code: "card_expired", params: { until: "2024-05-01" } } } });
    expect(known.get("[data-testid=notice-title]").text()).toContain("1 May 2024");
    const unknown = mount(KioskNotice, { global, props: { ...props, notice: { severity: "warn", code: "never_heard_of" } } });
    expect(unknown.get("[data-testid=notice-do]").text()).toBe("Please try again, or call staff.");
  });
  it("shows the ticket with its place, its wait and its trouble", async () => {
    const ticket = { id: "t", number: "AK003", group: { en: "Shops" }, class: "ordinary", ahead: 0, wait: { known: true, low: 2, high: 6 }, offline: true, slip: "failed" };
    const page = mount(KioskTicketPage, { global, props: { ticket, printing: false, busy: "" } });
    expect(page.get("[data-testid=ticket-number]").text()).toBe("AK003");
    expect(page.get("[data-testid=ticket-ahead]").text()).toContain("you are next");
    expect(page.find("[data-testid=ticket-offline]").exists()).toBe(true);
    expect(page.get("[data-testid=ticket-slip]").text()).toContain("not printed");
    await page.setProps({ ticket: { ...ticket, state: "CALLED", window: "3" } });
    expect(page.get("[data-testid=ticket-state]").text()).toContain("counter 3");
  });
});

describe("counter's shortcuts", () => {
  const press = (key: string, more: object = {}) => actOf({ key, ctrlKey: false, altKey: false, metaKey: false, ...more });
  it("are one letter each, all different", () => {
    const letters = Object.values(SHORTCUTS);
    expect(new Set(letters).size).toBe(letters.length);
    for (const [act, letter] of Object.entries(SHORTCUTS)) expect(press(letter.toLowerCase())).toBe(act);
  });
  it("do nothing with a modifier, when held down, or while typing", () => {
    expect(press("n", { ctrlKey: true })).toBeUndefined();
    expect(press("n", { altKey: true })).toBeUndefined();
    expect(press("n", { repeat: true })).toBeUndefined();
    expect(press("n", { target: document.createElement("input") })).toBeUndefined();
    expect(press("x")).toBeUndefined();
  });
});

describe("booking", () => {
  it("lets only shapes into the page", () => {
    const svg = (inner: string, more = "") => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" ${more}>${inner}</svg>`;
    const good = drawing(svg('<rect width="9" height="9" fill="#fff" onclick="x()"/><path d="M0 0h1"/>', 'onload="x()"'));
    expect(good?.querySelector("rect")?.getAttribute("onclick")).toBeNull();
    expect(good?.getAttribute("onload")).toBeNull();
    expect(good?.querySelector("path")?.getAttribute("d")).toBe("M0 0h1");
    expect(drawing(svg("<script>x()</script>"))).toBeNull();
    expect(drawing(svg('<foreignObject><b xmlns="http://www.w3.org/1999/xhtml">x</b></foreignObject>'))).toBeNull();
    expect(drawing("<p>no drawing</p>")).toBeNull();
  });
  it("makes a new key for every form", () => {
    expect(newKey()).toMatch(/^[0-9a-f]{32}$/);
    expect(newKey()).not.toBe(newKey());
  });
});
