// The whole kiosk by keys: any key wakes it, arrows move to the nearest control,
// Escape goes back, and 5 (the key with the raised dot) turns reading aloud on
// and off where no digits are typed.
import { onBeforeUnmount, onMounted, type Ref } from "vue";
import { modes } from "@/ui/modes";
import { canSpeak } from "@/ui/say";
import type { Screens } from "./screens";
import { moveFocus } from "./spatial";

const QUIET_KEYS = new Set(["Shift", "Control", "Alt", "Meta", "CapsLock", "Process", "Unidentified"]);

export function useKeys(k: Screens, root: Ref<HTMLElement | null>): void {
  function back() {
    switch (k.place.value) {
      case "items":
      case "phone":
      case "services":
      case "find":
      case "apply_items":
        k.back();
        return true;
      case "apply_identify":
      case "apply_needs":
      case "apply_check":
      case "apply_materials":
      case "apply_confirm":
      case "apply_cancel":
        void k.applyBack();
        return true;
      case "ask":
        void k.begin();
        return true;
      case "notice":
        void k.end();
        return true;
      default:
        return false;
    }
  }
  function key(event: KeyboardEvent) {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || QUIET_KEYS.has(event.key)) return;
    const dialog = document.querySelector<HTMLElement>("[role=dialog]");
    const front = k.front.value;
    if (front === "attract" && !dialog) {
      const control = event.target instanceof Element && event.target.closest("button");
      if (control && ["Enter", " ", "Tab"].includes(event.key)) return;
      k.asleep.value = false;
      event.preventDefault();
    }
    if (event.key === "5" && !dialog && canSpeak.value && (front === "attract" || front === "home")) {
      modes.speak = !modes.speak;
      event.preventDefault();
    } else if (event.key === "Escape" && !dialog) {
      if (back()) event.preventDefault();
    } else if (root.value && moveFocus(event, dialog ?? root.value)) event.preventDefault();
  }
  onMounted(() => window.addEventListener("keydown", key));
  onBeforeUnmount(() => window.removeEventListener("keydown", key));
}
