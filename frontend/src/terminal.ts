// The page of a terminal: one program, one role, decided by the program itself.
import { createApp } from "vue";
import TerminalApp from "./TerminalApp.vue";
import { i18n } from "./i18n";
import "./ui/tokens.css";
import "./ui/base.css";

createApp(TerminalApp).use(i18n).mount("#app");
