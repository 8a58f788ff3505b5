// Where the dock stands: remembered for this tab, and nothing else of it.

export interface Place {
  open: boolean;
  side: "left" | "right";
}

const KEY = "hallway.dock";

export function keptPlace(): Place {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Partial<Place>;
    return { open: kept.open === true, side: kept.side === "left" ? "left" : "right" };
  } catch {
    return { open: false, side: "right" };
  }
}

export function keepPlace(place: Place): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ open: place.open, side: place.side }));
  } catch {
    // Remembered for this page only.
  }
}
