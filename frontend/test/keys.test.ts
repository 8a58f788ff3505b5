import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { rowKeys, stationKeys } from "@/station/keys";

let clock = 0;
const acts = { mode: vi.fn(), undo: vi.fn(), trip: vi.fn(), help: vi.fn(), list: vi.fn(), clear: vi.fn(), field: () => document.querySelector("input") };
const listen = stationKeys(acts, () => clock);

beforeEach(() => {
  clock = 0;
  document.body.innerHTML = `<button>b</button><input /><section><p data-row tabindex="-1">1</p><p data-row tabindex="-1">2</p><p data-row tabindex="-1">3</p></section>`;
  window.addEventListener("keydown", listen, true);
});
afterEach(() => {
  window.removeEventListener("keydown", listen, true);
  vi.clearAllMocks();
});
const el = (wanted: string) => document.querySelector<HTMLElement>(wanted) as HTMLElement;
function press(key: string, on = "button", more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  el(on).dispatchEvent(event);
  return event;
}

describe("the keys of a station", () => {
  it("are function keys, each once while it is held", () => {
    press("F3");
    press("F8");
    press("F9", "input");
    press("F9", "input", { repeat: true });
    press("F6", "button", { ctrlKey: true });
    expect(acts.mode).toHaveBeenCalledWith(1);
    expect([acts.undo, acts.trip, acts.list].map((one) => one.mock.calls.length)).toEqual([1, 1, 0]);
  });
  it("lead every other character to the field, but leave a space to the button that has the focus", () => {
    el("button").focus();
    press(" ");
    expect(document.activeElement).toBe(el("button"));
    press("H");
    expect(document.activeElement).toBe(el("input"));
  });
  it("keep a scanner's Enter from pressing a button; a person's presses it", () => {
    press("7");
    clock = 30;
    expect(press("Enter").defaultPrevented).toBe(true);
    clock = 900;
    expect(press("Enter").defaultPrevented).toBe(false);
    press("7");
    expect(press("Enter", "input").defaultPrevented).toBe(false);
  });
  it("clear the field by Escape there only", () => {
    press("Escape");
    expect(acts.clear).not.toHaveBeenCalled();
    press("Escape", "input");
    expect(acts.clear).toHaveBeenCalledOnce();
  });
  it("go from row to row, and stop at the ends", () => {
    const list = el("section");
    list.addEventListener("keydown", (event) => rowKeys(list, event));
    const at = (key: string, row: number) => {
      press(key, `p:nth-child(${row})`);
      return document.activeElement?.textContent;
    };
    expect([at("ArrowDown", 1), at("ArrowUp", 1), at("ArrowDown", 3), at("Home", 3), at("End", 1)]).toEqual(["2", "1", "3", "1", "3"]);
  });
});
