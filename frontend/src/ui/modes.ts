// How a person wants to see: elder mode and high contrast, one touch each, gone
// when the person leaves.

import { reactive, watchEffect } from "vue";

export const modes = reactive({ elder: false, contrast: false });

watchEffect(() => {
  if (typeof document === "undefined") return;
  document.documentElement.dataset["elder"] = modes.elder ? "on" : "off";
  document.documentElement.dataset["contrast"] = modes.contrast ? "high" : "normal";
});

export function resetModes(): void {
  modes.elder = false;
  modes.contrast = false;
}
