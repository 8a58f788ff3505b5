// The house's own controls: names for screen readers, keys, reasons in words, ways out.
import { mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nextTick } from "vue";
import { i18n, setLocale } from "@/i18n";
import HBadge from "@/ui/HBadge.vue";
import HChoice from "@/ui/HChoice.vue";
import HDialog from "@/ui/HDialog.vue";
import HField from "@/ui/HField.vue";
import HKeys from "@/ui/HKeys.vue";
import HLooks from "@/ui/HLooks.vue";
import HSteps from "@/ui/HSteps.vue";
import HSwitch from "@/ui/HSwitch.vue";
import HTabs from "@/ui/HTabs.vue";
import HWait from "@/ui/HWait.vue";
import { modes, resetModes } from "@/ui/modes";

const global = { plugins: [i18n] };
const settle = async () => {
  for (let i = 0; i < 4; i++) await nextTick();
  await new Promise((done) => setTimeout(done, 5));
};
beforeEach(() => setLocale("en"));
afterEach(() => {
  resetModes();
  document.body.innerHTML = "";
});

describe("fields", () => {
  it("tie name, help and what is wrong to the input", () => {
    const field = mount(HField, { global, props: { label: "Phone", hint: "To tell you", error: "Too short", modelValue: "1" }, attrs: { "data-testid": "phone" } });
    const input = field.get("input[data-testid=phone]");
    expect(field.get("label").attributes("for")).toBe(input.attributes("id"));
    expect(input.attributes("aria-invalid")).toBe("true");
    const told = (input.attributes("aria-describedby") ?? "").split(" ").map((id) => field.get(`[id="${id}"]`).text());
    expect(told).toEqual(["Too short", "To tell you"]);
    expect(field.get("[role=alert]").text()).toBe("Too short");
  });
  it("cover what is private, show it when asked, and cover the next one again", async () => {
    const field = mount(HField, { global, props: { label: "ID", masked: true, modelValue: "123" } });
    expect(field.get("input").classes()).toContain("masked");
    await field.get("[data-testid=field-show]").trigger("click");
    expect(field.get("input").classes()).not.toContain("masked");
    await field.setProps({ modelValue: "" });
    expect(field.get("input").classes()).toContain("masked");
  });
  it("say why they cannot be filled in", () => {
    const field = mount(HField, { global, props: { label: "Name", disabled: true, why: "Read from the card", modelValue: "" } });
    expect(field.get("input").attributes("disabled")).toBeDefined();
    expect(field.text()).toContain("Read from the card");
  });
});

describe("choices", () => {
  const options = [
    { id: "a", label: "At the counter" },
    { id: "b", label: "By post" },
    { id: "c", label: "Locker", disabled: true, why: "Being repaired" },
  ];
  it("are radio buttons in a named group, and say why one may not be chosen", async () => {
    const choice = mount(HChoice, { global, props: { label: "How", options, name: "way", modelValue: "a" }, attachTo: document.body });
    await settle();
    const group = choice.get("[role=radiogroup]");
    expect(choice.get(`[id="${group.attributes("aria-labelledby")}"]`).text()).toBe("How");
    await choice.get("[data-testid=way-b]").trigger("click");
    expect(choice.emitted("update:modelValue")?.at(-1)).toEqual(["b"]);
    expect(choice.get("[data-testid=way-c]").attributes("disabled")).toBeDefined();
    expect(choice.get("[data-testid=way-c]").text()).toContain("Being repaired");
    choice.unmount();
  });
  it("are switches that say their state in words too", async () => {
    const one = mount(HSwitch, { global, props: { label: "Text me", modelValue: false } });
    expect(one.get("[role=switch]").attributes("aria-checked")).toBe("false");
    expect(one.text()).toContain("Off");
    await one.get("[role=switch]").trigger("click");
    expect(one.emitted("update:modelValue")?.at(-1)).toEqual([true]);
  });
});

describe("tabs and steps", () => {
  it("name their pages, show counts, and change by click", async () => {
    const tabs = [
      { id: "one", label: "Serving" },
      { id: "two", label: "Waiting", count: 3 },
    ];
    const bar = mount(HTabs, { global, props: { tabs, label: "Queue", modelValue: "one" }, slots: { one: "first page", two: "second page" }, attachTo: document.body });
    await settle();
    expect(bar.get("[role=tablist]").attributes("aria-label")).toBe("Queue");
    expect(bar.get("[data-testid=tab-two]").text()).toContain("3");
    expect(bar.text()).toContain("first page");
    await bar.get("[data-testid=tab-two]").trigger("mousedown", { button: 0 });
    expect(bar.emitted("update:modelValue")?.at(-1)).toEqual(["two"]);
    bar.unmount();
  });
  it("say which step is now and which are done", () => {
    const steps = mount(HSteps, { global, props: { steps: ["What", "When", "Who"], at: 1, label: "Booking" } });
    expect(steps.findAll("[aria-current=step]").map((one) => one.text())).toEqual(["2When"]);
    expect(steps.findAll("li")[0]?.text()).toContain("(done)");
  });
});

describe("how one wants to see", () => {
  it("is one button, three kinds of colours, large type, no motion, and back", async () => {
    const looks = mount(HLooks, { global, props: { frame: "public" }, attachTo: document.body });
    await looks.get("[data-testid=looks]").trigger("click");
    await settle();
    const press = async (id: string) => {
      document.querySelector<HTMLElement>(`[data-testid=${id}]`)?.click();
      await settle();
    };
    await press("looks-contrast-dark");
    await press("looks-elder");
    await press("looks-still");
    expect(modes).toMatchObject({ contrast: "dark", elder: true, still: true });
    await press("looks-reset");
    expect(modes).toMatchObject({ contrast: "normal", elder: false, still: false });
    looks.unmount();
  });
});

describe("dialogs", () => {
  it("have a way out where that is allowed, and give the focus back", async () => {
    const from = document.createElement("button");
    document.body.append(from);
    from.focus();
    const dialog = mount(HDialog, { global, props: { open: true, title: "Sure?", frame: "desk" }, attachTo: document.body });
    await settle();
    document.querySelector<HTMLElement>("[data-testid=dialog-close]")?.click();
    expect(dialog.emitted("close")).toHaveLength(1);
    await dialog.setProps({ open: false });
    await settle();
    expect(document.activeElement).toBe(from);
    await dialog.setProps({ open: true, closable: false });
    await settle();
    expect(document.querySelector("[data-testid=dialog-close]")).toBeNull();
    dialog.unmount();
  });
  it("list the keys of a screen", async () => {
    const sheet = mount(HKeys, { global, props: { open: true, list: [{ keys: ["Ctrl", "K"], label: "Find" }] }, attachTo: document.body });
    await settle();
    expect([...document.querySelectorAll("kbd")].map((one) => one.textContent)).toEqual(["Ctrl", "K"]);
    expect(document.querySelector("[role=dialog]")?.textContent).toContain("Find");
    sheet.unmount();
  });
});

describe("states", () => {
  it.each(["empty", "offline", "pending", "done", "failed"] as const)("of %s have a sign, words and what to do", (state) => {
    const wait = mount(HWait, { global, props: { state, title: "So it is", hint: "Do that", retry: state === "failed" } });
    expect(wait.find("svg").exists()).toBe(true);
    expect(wait.text()).toContain("So it isDo that");
    expect(wait.find("[data-testid=retry]").exists()).toBe(state === "failed");
  });
  it("are told by badges with a sign, not by colour alone", () => {
    for (const tone of ["info", "ok", "warn", "error", "pending", "offline"] as const) {
      expect(mount(HBadge, { global, props: { tone }, slots: { default: "word" } }).find("svg").exists()).toBe(true);
    }
  });
});
