// The page of a terminal: one program, one role, decided by the program itself.
import { createApp } from "vue";
import TerminalApp from "./TerminalApp.vue";
import { hasEarly } from "./api/early";
import { i18n } from "./i18n";
import { writtenPart } from "./roles";
import "./ui/tokens.css";
import "./ui/base.css";

// What the first screen says has come to the window's page: it is drawn when its part
// is there, and nothing else before. A browser's page says that it opens.
const whole = hasEarly();
const part = writtenPart();
createApp(TerminalApp, { part: whole ? await part : undefined }).use(i18n).mount("#app");
