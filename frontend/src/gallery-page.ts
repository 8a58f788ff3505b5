// The gallery: every component in every state, in the four modes.
import { createApp } from "vue";
import GalleryPage from "./gallery/GalleryPage.vue";
import { i18n, preloadLocales, resolveLocale, setLocale } from "./i18n";
import "./ui/tokens.css";
import "./ui/base.css";

void setLocale(resolveLocale(new URLSearchParams(location.search).get("lang") ?? navigator.language)).then(() => {
  createApp(GalleryPage).use(i18n).mount("#app");
  void preloadLocales();
});
