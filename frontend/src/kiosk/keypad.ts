// Digits typed on a keypad reach the field in front, wherever the focus is;
// Enter on another button is that button's, and a dialog keeps its keys.
import { onBeforeUnmount, onMounted } from "vue";

interface Keypad {
  digit(one: string): void;
  back(): void;
  /** True when there was something to do. */
  enter(): boolean;
  accepts?: RegExp;
}

export function useKeypad(pad: Keypad): void {
  const accepts = pad.accepts ?? /^\d$/;
  function key(event: KeyboardEvent) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("[role=dialog]") || document.querySelector("[role=dialog]")) return;
    if (accepts.test(event.key)) pad.digit(event.key);
    else if (event.key === "Backspace") pad.back();
    else if (event.key === "Enter") {
      const button = target?.closest("button, a[href]");
      if ((button && !button.hasAttribute("data-field")) || !pad.enter()) return;
    } else return;
    event.preventDefault();
  }
  onMounted(() => window.addEventListener("keydown", key));
  onBeforeUnmount(() => window.removeEventListener("keydown", key));
}
