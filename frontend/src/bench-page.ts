// The page of the device bench: every simulated device to play with.
import { createApp } from "vue";
import BenchPage from "./bench/BenchPage.vue";
import { i18n, preloadLocales, resolveLocale, setLocale } from "./i18n";
import "./ui/tokens.css";
import "./ui/base.css";

void setLocale(resolveLocale(navigator.language)).then(() => {
  createApp(BenchPage).use(i18n).mount("#app");
  void preloadLocales();
});
