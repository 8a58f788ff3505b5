// What each role loads: script and style, compressed. A page that outgrows its
// limit stops the build, so that it is seen when it happens.
import { gzipSync } from "node:zlib";
import type { Plugin, Rollup } from "vite";

/** Compressed bytes of script and style that a role may load by itself. */
export const LIMIT = 300_000;

/** Roles by the module that they open with; what they load later, on a touch, is told apart. */
const ROLES: Record<string, string[]> = {
  kiosk: ["src/terminal.ts", "src/kiosk/KioskPage.vue"],
  counter: ["src/terminal.ts", "src/counter/CounterPage.vue"],
  station: ["src/terminal.ts", "src/station/StationPage.vue"],
  display: ["src/terminal.ts", "src/display/DisplayPage.vue"],
  evaluator: ["src/terminal.ts", "src/evaluator/EvaluatorPage.vue"],
  manager: ["src/central.ts", "src/manager/ManagerPage.vue"],
  booking: ["src/central.ts", "src/booking/BookingPage.vue"],
};

type Bundle = Rollup.OutputBundle;

/** The files that come with the given modules: their chunks, what these import, their styles. */
export function loads(bundle: Bundle, modules: string[]): { now: Set<string>; later: Set<string> } {
  const chunks = Object.values(bundle).filter((one): one is Rollup.OutputChunk => one.type === "chunk");
  const byName = new Map(chunks.map((one) => [one.fileName, one]));
  const now = new Set<string>();
  const later = new Set<string>();
  const take = (name: string, into: Set<string>) => {
    const chunk = byName.get(name);
    if (!chunk || now.has(name) || into.has(name)) return;
    into.add(name);
    for (const style of chunk.viteMetadata?.importedCss ?? []) if (!now.has(style)) into.add(style);
    for (const next of chunk.imports) take(next, into);
  };
  const open = chunks.filter((one) => modules.some((module) => [one.facadeModuleId, ...one.moduleIds].some((id) => id?.endsWith(`/${module}`))));
  for (const one of open) take(one.fileName, now);
  const role = open.filter((one) => one.facadeModuleId && modules.slice(1).some((module) => one.facadeModuleId?.endsWith(`/${module}`)));
  for (const one of role) for (const next of one.dynamicImports) take(next, later);
  return { now, later };
}

/** Writes down what each role loads, weighs it, prints a line each, and fails over the limit. */
export function weigh(): Plugin {
  return {
    name: "weigh",
    apply: "build",
    // The program writes these addresses into a role's page, so that all files
    // are fetched at once.
    generateBundle(_, bundle) {
      const roles = Object.fromEntries(Object.entries(ROLES).map(([role, modules]) => [role, [...loads(bundle, modules).now].sort()]));
      this.emitFile({ type: "asset", fileName: "roles.json", source: JSON.stringify(roles) });
    },
    writeBundle(_, bundle) {
      const size = (files: Set<string>) =>
        [...files].reduce((sum, name) => {
          const one = bundle[name];
          return sum + (one ? gzipSync(one.type === "chunk" ? one.code : one.source).length : 0);
        }, 0);
      const over: string[] = [];
      for (const [role, modules] of Object.entries(ROLES)) {
        const { now, later } = loads(bundle, modules);
        if (now.size < 2) throw new Error(`weigh: ${role} is not in the build`);
        const texts = new Set([...now].flatMap((name) => {
          const one = bundle[name];
          return one?.type === "chunk" ? one.dynamicImports.filter((next) => bundle[next]?.type === "chunk" && /\/locales\//.test((bundle[next] as Rollup.OutputChunk).facadeModuleId ?? "")) : [];
        }));
        const kB = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
        const line = `${role}: ${kB(size(now))} of script and style, compressed; ${kB(size(later))} more when asked for; ${kB(size(texts))} texts of the other languages`;
        console.log(line);
        if (size(now) > LIMIT) over.push(line);
      }
      if (over.length) throw new Error(`over ${LIMIT / 1000} kB:\n${over.join("\n")}`);
    },
  };
}
