// Where one can be on the manager's pages. Every place has an address, so that
// back, forward and a reload keep it. `under` is where Escape and «back» lead.
import type { RouteRecordRaw } from "vue-router";
import ManagerOverview from "./ManagerOverview.vue";

export const managerRoutes: RouteRecordRaw[] = [
  { path: "", name: "hall", component: ManagerOverview },
  { path: "trends", name: "trends", component: () => import("./ManagerTrends.vue") },
  { path: "cases", name: "cases", component: () => import("./ManagerCasesPage.vue") },
  { path: "supervision", name: "supervision", component: () => import("./ManagerSupervisionPage.vue") },
  { path: "notices", name: "notices", component: () => import("./ManagerNoticesPage.vue") },
  { path: "windows/:id", name: "window", component: () => import("./ManagerWindowPage.vue"), props: true, meta: { under: "hall" } },
  { path: "services/:id", name: "service", component: () => import("./ManagerServicePage.vue"), props: true, meta: { under: "hall" } },
  { path: "terminals/:id", name: "terminal", component: () => import("./ManagerTerminalPage.vue"), props: true, meta: { under: "hall" } },
  { path: "figures/:figure", name: "figure", component: () => import("./ManagerFigurePage.vue"), props: true, meta: { under: "hall" } },
  { path: ":rest(.*)*", name: "gone", component: () => import("./ManagerGone.vue"), meta: { under: "hall" } },
];
