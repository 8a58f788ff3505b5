// The screens of an application are fetched when somebody wants to apply: the
// first screen does not wait for them.
import { markRaw, shallowRef, type Component } from "vue";

/** The screens, as soon as they are here. */
export const applyScreens = shallowRef<Component>();

export async function loadApply(): Promise<void> {
  applyScreens.value ??= markRaw((await import("./KioskApply.vue")).default);
}
