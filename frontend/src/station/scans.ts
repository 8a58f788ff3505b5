// Which scans are new since the page last looked, so that each has its sound
// and its moment, also when several came between two views.
import type { StationScan } from "@/api/types";

/** What tells one scan from another; one that moved nothing has no id. */
export function scanKey(scan: StationScan): string {
  return scan.id || `${scan.at}|${scan.mode}|${scan.result}`;
}

/** All scans that are shown, newest first: the latest is one of them. */
export function allScans(last: StationScan | undefined, scans: readonly StationScan[]): StationScan[] {
  if (!last || (scans[0] && scanKey(scans[0]) === scanKey(last))) return [...scans];
  return [last, ...scans.filter((one) => scanKey(one) !== scanKey(last))];
}

/** The scans that came after the one with that key, oldest first; none at the
    first look ("" when there was nothing then, undefined before any look). */
export function newScans(seen: string | undefined, scans: readonly StationScan[]): StationScan[] {
  if (seen === undefined) return [];
  const at = seen ? scans.findIndex((one) => scanKey(one) === seen) : -1;
  return scans.slice(0, at < 0 ? scans.length : at).reverse();
}
