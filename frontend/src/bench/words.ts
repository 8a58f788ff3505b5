// What the bench's ids are called by people.
import type { PrintedCode, SampleCard } from "@/api/types";
import { has, t } from "@/i18n";

const TERMINALS: Record<string, string> = {
  kiosk: "bench.terminal.kiosk",
  counter: "bench.terminal.counter",
  display: "bench.terminal.display",
};

/** A terminal in words: "kiosk-1", "station-civil-1", "station-hall-1"; any
    other id is shown as it is. */
export function terminalWords(id: string): string {
  const n = /-(\d+)$/.exec(id)?.[1] ?? "";
  const kind = id.slice(0, n ? -n.length - 1 : undefined);
  const key = TERMINALS[kind];
  if (n && key) return t(key, { n });
  if (n && kind === "station-hall") return t("bench.terminal.station_hall", { n });
  if (n && kind.startsWith("station-")) return t("bench.terminal.station", { n, department: kind.slice("station-".length) });
  return id;
}

/** A sample card by what it is, or by the name on it. */
export function cardWords(card: SampleCard): string {
  return has(`bench.sample.${card.id}`) ? t(`bench.sample.${card.id}`) : card.name || card.id;
}

/** What lies under a document camera. */
export function sheetWords(sheet: string): string {
  const key = `bench.sheet.${sheet || "nothing"}`;
  return has(key) ? t(key) : sheet;
}

/** YYYYMMDD as YYYY-MM-DD; anything else stays. */
export const dayOnCard = (day: string): string => day.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");

/** What a code of the hall's paper is on. */
export function codeWords(code: PrintedCode): string {
  if (code.text.startsWith("HW1.T.")) return t("bench.code.ticket");
  if (code.text.startsWith("HW1.A.")) return t("bench.code.booking");
  return t("bench.code.paper");
}
