// The page of the departments' simulator: what departments are asked, and how
// they behave.
import { createApp } from "vue";
import DepartmentsPage from "./departments/DepartmentsPage.vue";
import { i18n, preloadLocales, resolveLocale, setLocale } from "./i18n";
import "./ui/tokens.css";
import "./ui/base.css";

void setLocale(resolveLocale(navigator.language)).then(() => {
  createApp(DepartmentsPage).use(i18n).mount("#app");
  void preloadLocales();
});
