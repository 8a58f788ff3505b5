// How results, modes and the places of papers look; each also has its words.
import type { PaperView, StationScan } from "@/api/types";
import { clock, coded, shortDay, t, type Text } from "@/i18n";
import { reasonWords } from "@/ui/words";

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

/** What a scan meant, in words: a code of a reason or a mode within it gets its
    own words first. */
export function scanWords(text: Text): string {
  const params: Record<string, string> = { ...(text.params ?? {}) };
  if (params["why"]) params["why"] = reasonWords({ code: params["why"] }, ["reason", "why_not", "error", "fault"]);
  if (params["mode"]) params["mode"] = t(`station.mode.${params["mode"]}`);
  return coded("scan", { code: text.code, params });
}

/** A moment: its clock today, else with its day. */
export function moment(at: string, now: number): string {
  const day = shortDay(at);
  return day === shortDay(now) ? clock(at) : `${day} ${clock(at)}`;
}
