// The on-screen keyboard, fetched when it is first shown.
import { defineAsyncComponent } from "vue";

export const HKeyboard = defineAsyncComponent(() => import("./HKeyboard.vue"));
export { registerRecogniser, type Recogniser, type Stroke } from "./handwriting";
export type { Layout } from "./layouts";
