// The centre's pages: booking for everyone, the hall's state for its manager.
import { createApp } from "vue";
import { createRouter, createWebHistory } from "vue-router";
import CentralApp from "./CentralApp.vue";
import { managerRoutes } from "./manager/routes";
import { i18n, preloadLocales, resolveLocale, setLocale } from "./i18n";
import "./ui/tokens.css";
import "./ui/base.css";

const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/book", component: () => import("./booking/BookingPage.vue") },
    { path: "/manager", component: () => import("./manager/ManagerPage.vue"), children: managerRoutes },
    { path: "/:rest(.*)*", redirect: "/book" },
  ],
});

void setLocale(resolveLocale(navigator.language)).then(() => {
  createApp(CentralApp).use(i18n).use(router).mount("#app");
  void preloadLocales();
});
