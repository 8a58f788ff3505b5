// How results, modes and the places of papers look; each also has its words.
import type { PaperView, StationScan } from "@/api/types";
import { clock, shortDay } from "@/i18n";

export const RESULT_ICONS: Record<StationScan["result"], string> = { ok: "ok", again: "info", wrong: "close", return: "undo" };

export const MODE_ICONS: Record<string, string> = { out: "out", in: "in", return_out: "undo", return_in: "in", file: "folder" };

const CUSTODY_ICONS: Record<string, string> = {
  AT_DEPARTMENT: "building",
  IN_TRANSIT: "truck",
  AT_COUNTER: "ok",
  FILED_WITH_CASE: "folder",
  IN_TRANSIT_BACK: "undo",
  RETURNED: "building",
  UNVERIFIED: "help",
  DISPUTED: "warn",
};

export function custodyIcon(paper: Pick<PaperView, "custody" | "refused">): string {
  return paper.refused ? "close" : (CUSTODY_ICONS[paper.custody] ?? "document");
}

/** A moment: its clock today, else with its day. */
export function moment(at: string, now: number): string {
  const day = shortDay(at);
  return day === shortDay(now) ? clock(at) : `${day} ${clock(at)}`;
}
