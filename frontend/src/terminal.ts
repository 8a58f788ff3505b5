// The page of a terminal: one program, one role, decided by the program itself.
import { createApp } from "vue";
import TerminalApp from "./TerminalApp.vue";
import { i18n } from "./i18n";
import { writtenPart } from "./roles";
import "./ui/tokens.css";
import "./ui/base.css";

// The window's page holds what its first screen says: it is drawn when its part
// is there, and nothing else before. A browser's page says that it opens.
const whole = document.getElementById("early");
const part = writtenPart();
createApp(TerminalApp, { part: whole ? await part : undefined }).use(i18n).mount("#app");
