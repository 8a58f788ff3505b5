// The counter's frame: keys of a person told from those of a scanner, what was
// typed and not sent, the keyboard's place, tabs and lists.
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h, nextTick, ref, shallowRef } from "vue";
import { Problem, type Client } from "@/api/http";
import type { DeskDraft } from "@/api/types";
import { arrows, firstStop, keepFocus } from "@/ui/focus";
import { CODE, HOLD, watchKeys } from "@/counter/keystrokes";
import { tabKey } from "@/counter/tabs";
import { useDrafts, type Drafts, type Fields } from "@/desk/drafts";

afterEach(() => {
  document.body.innerHTML = "";
  vi.useRealTimers();
});

describe("keys of a person and of a scanner", () => {
  let strokes: string[], codes: string[], stop: () => void, at: number;
  beforeEach(() => {
    vi.useFakeTimers();
    strokes = [];
    codes = [];
    at = 0;
    stop = watchKeys({ stroke: (one) => strokes.push(one.key), code: (text) => codes.push(text) });
  });
  afterEach(() => stop());

  /** Presses a key so many milliseconds after the one before. */
  function press(key: string, after: number, target: Element = document.body, more: object = {}): KeyboardEvent {
    vi.advanceTimersByTime(after);
    at += after;
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
    Object.defineProperty(event, "timeStamp", { value: at });
    target.dispatchEvent(event);
    if (key.length === 1 && !event.defaultPrevented && target instanceof HTMLInputElement) {
      target.value += key;
      target.dispatchEvent(new Event("input", { bubbles: true }));
    }
    return event;
  }
  const scan = (text: string, target?: Element) => [...text, "Enter"].map((key) => press(key, 3, target));
  const rest = () => vi.advanceTimersByTime(1000);

  it("lets a letter act that stands alone", () => {
    press("n", 500);
    expect(strokes).toEqual([]); // not before it is known to stand alone
    vi.advanceTimersByTime(HOLD);
    press("s", 200);
    rest();
    expect(strokes).toEqual(["n", "s"]);
    expect(codes).toEqual([]);
  });
  it("lets no letter of a hostile code act, and hands the code over once", () => {
    scan("NSFXA");
    rest();
    expect(strokes).toEqual([]);
    expect(codes).toEqual(["NSFXA"]);
  });
  it("does nothing at all for a code too short to be one", () => {
    press("x", 300);
    press("Enter", 3);
    rest();
    expect([strokes, codes]).toEqual([[], []]);
  });
  it("presses no button that has the focus, be the code's first sign an Enter", () => {
    const button = document.createElement("button");
    const clicked = vi.fn();
    button.addEventListener("click", clicked);
    document.body.append(button);
    for (const first of ["Enter", " ", "A"]) {
      press(first, 500, button);
      scan("26112201001000", button);
      rest();
    }
    expect(clicked).not.toHaveBeenCalled();
    press("Enter", 500, button);
    rest();
    expect(clicked).toHaveBeenCalledTimes(1); // a person's Enter
    const held = press("Enter", 500, button, { repeat: true });
    expect(held.defaultPrevented).toBe(true); // a key that is held down presses once
  });
  it("leaves nothing in a field and sends no form", () => {
    const form = document.createElement("form");
    const field = document.createElement("input");
    const sent = vi.fn();
    field.addEventListener("keydown", (event) => event.key === "Enter" && sent());
    form.append(field);
    document.body.append(form);
    for (const key of "Ou") press(key, 120, field);
    vi.advanceTimersByTime(400);
    at += 400;
    scan("26112201001000", field);
    expect(field.value).toBe("Ou");
    expect(sent).not.toHaveBeenCalled();
    expect(codes).toEqual(["26112201001000"]);
  });
  it("leaves a fast hand alone in a field", () => {
    const field = document.createElement("input");
    const sent = vi.fn();
    field.addEventListener("keydown", (event) => event.key === "Enter" && sent());
    document.body.append(field);
    for (const key of "Ouyang Nana") press(key, 55, field);
    press("Enter", 60, field);
    expect(field.value).toBe("Ouyang Nana");
    expect(sent).toHaveBeenCalledTimes(1);
    expect([strokes, codes]).toEqual([[], []]);
    expect(CODE).toBeGreaterThan(2);
  });
  it("takes no key of an input method and no chord", () => {
    press("n", 500, document.body, { isComposing: true });
    press("n", 500, document.body, { ctrlKey: true });
    rest();
    expect(strokes).toEqual([]);
  });
});

describe("what was typed and not sent", () => {
  const ticket = ref("");
  const draft = shallowRef<DeskDraft | undefined>();
  let posted: { place: string; ticket: string; fields: Fields }[], answer: () => Promise<unknown>, drafts: Drafts, page: VueWrapper, shown: Fields[];
  function open() {
    shown = [];
    page = mount(
      defineComponent({
        setup() {
          const client = { base: "", headers: () => ({}), post: async (_path: string, body: never) => (posted.push(body), answer()) } as unknown as Client;
          drafts = useDrafts(client, () => ticket.value, () => draft.value);
          drafts.on("applicant", (fields) => shown.push(fields));
          return () => h("div");
        },
      }),
    );
  }
  beforeEach(() => {
    vi.useFakeTimers();
    posted = [];
    answer = async () => ({});
    ticket.value = "T1";
    draft.value = undefined;
    open();
  });
  afterEach(() => page.unmount());
  const quiet = async (ms = 500) => {
    await vi.advanceTimersByTimeAsync(ms);
    await nextTick();
  };

  it("is kept a moment after the last key, the newest text only", async () => {
    drafts.keep("applicant", { name: "O" });
    drafts.keep("applicant", { name: "Ou" });
    await quiet();
    expect(posted).toEqual([{ place: "applicant", ticket: "T1", fields: { name: "Ou" } }]);
    drafts.keep("applicant", { name: "Ou" });
    await quiet();
    expect(posted).toHaveLength(1);
  });
  it("keeps the order, one at a time, and an act waits for it", async () => {
    let done: (value: unknown) => void = () => undefined;
    answer = () => new Promise((resolve) => (done = resolve));
    drafts.keep("applicant", { name: "Ou" });
    await quiet();
    drafts.keep("applicant", { name: "Ouyang" });
    let settled = false;
    void drafts.settled().then(() => (settled = true));
    await quiet(0);
    expect(posted).toHaveLength(1);
    expect(settled).toBe(false);
    answer = async () => ({});
    done({});
    await quiet(10);
    expect(posted.map((one) => one.fields["name"])).toEqual(["Ou", "Ouyang"]);
    expect(settled).toBe(true);
  });
  it("does not hold an act for ever", async () => {
    answer = () => new Promise(() => undefined);
    drafts.keep("applicant", { name: "Ou" });
    let settled = false;
    void drafts.settled().then(() => (settled = true));
    await quiet(5000);
    expect(settled).toBe(true);
  });
  it("is tried again while the program is gone, and given up when it is refused", async () => {
    answer = async () => Promise.reject(new Problem("unreachable"));
    drafts.keep("applicant", { name: "Ou" });
    await quiet();
    answer = async () => ({});
    await quiet(2500);
    expect(posted).toHaveLength(2);
    answer = async () => Promise.reject(new Problem("invalid_request", 422));
    drafts.keep("applicant", { name: "Ouyang" });
    await quiet(6000);
    expect(posted).toHaveLength(3);
  });
  it("is put back when the page is loaded again", async () => {
    draft.value = { ticket: "T1", places: { applicant: { name: "Ouyang" } } };
    await nextTick();
    expect(shown.at(-1)).toEqual({ name: "Ouyang" });
    draft.value = { ticket: "T1", places: { applicant: { name: "older" } } };
    await nextTick();
    expect(shown.at(-1)).toEqual({ name: "Ouyang" }); // the page knows better from then on
  });
  it("is never shown to the next person", async () => {
    drafts.keep("applicant", { name: "Ouyang" });
    ticket.value = "T2";
    await nextTick();
    expect(shown.at(-1)).toEqual({});
    draft.value = { ticket: "T1", places: { applicant: { name: "Ouyang" } } };
    await quiet();
    expect(shown.at(-1)).toEqual({});
    expect(posted).toEqual([]);
  });
  it("goes with the person who is called while it is typed", async () => {
    page.unmount();
    ticket.value = "";
    open();
    drafts.keep("applicant", { name: "Ouyang" });
    await quiet();
    ticket.value = "T1";
    draft.value = { ticket: "T1", places: {} };
    await quiet();
    expect(shown).toEqual([]);
    expect(posted.at(-1)).toEqual({ place: "applicant", ticket: "T1", fields: { name: "Ouyang" } });
  });
});

describe("the keyboard's place", () => {
  it("stays in the row when its button goes, and with its list when the row goes", async () => {
    const shownRow = ref(true);
    const shownButton = ref(true);
    const page = mount(
      defineComponent({
        setup() {
          const root = ref<HTMLElement | null>(null);
          keepFocus(() => false, () => root.value?.querySelector<HTMLElement>("h1"));
          return () =>
            h("main", { ref: root }, [
              h("h1", { tabindex: -1 }, "x"),
              h("ul", { "data-group": "" }, [
                shownRow.value ? h("li", { "data-row": "" }, [shownButton.value ? h("button", { id: "a" }) : null, h("button", { id: "b" })]) : null,
                h("li", { "data-row": "" }, [h("button", { id: "c" })]),
              ]),
            ]);
        },
      }),
      { attachTo: document.body },
    );
    const active = async (id: string) => vi.waitFor(() => expect(document.activeElement?.id).toBe(id));
    document.getElementById("a")?.focus();
    shownButton.value = false;
    await nextTick();
    (document.activeElement as HTMLElement | null)?.blur();
    await active("b");
    shownRow.value = false;
    await nextTick();
    (document.activeElement as HTMLElement | null)?.blur();
    await active("c");
    page.unmount();
  });
  it("goes first to the act that comes next", () => {
    document.body.innerHTML = '<div><button id="x"></button><button id="y" class="main"></button></div>';
    expect(firstStop(document.body)?.id).toBe("y");
  });
  it("goes from row to row and along a row", async () => {
    document.body.innerHTML = '<ul><li data-row><button id="a1"></button><button id="a2"></button></li><li data-row><button disabled></button></li><li data-row><button id="b1"></button><button id="b2"></button></li></ul>';
    const list = document.querySelector<HTMLElement>("ul");
    const go = (key: string) => {
      const event = new KeyboardEvent("keydown", { key, cancelable: true });
      Object.defineProperty(event, "target", { value: document.activeElement });
      arrows(event, list);
      return document.activeElement?.id;
    };
    document.getElementById("a1")?.focus();
    expect(["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowUp"].map(go)).toEqual(["a2", "b2", "b1", "a1", "a1"]);
    await flushPromises();
  });
  it("moves between tabs by arrows, Home and End", () => {
    document.body.innerHTML = '<div role="tablist"><button role="tab" id="t"></button><button role="tab"></button><button role="tab"></button></div>';
    const key = (name: string) => {
      const event = new KeyboardEvent("keydown", { key: name, cancelable: true });
      Object.defineProperty(event, "currentTarget", { value: document.getElementById("t") });
      return tabKey(event, ["a", "b", "c"] as const, "a");
    };
    expect(["ArrowRight", "ArrowLeft", "End", "Home", "x"].map(key)).toEqual(["b", "c", "c", "a", undefined]);
  });
});
