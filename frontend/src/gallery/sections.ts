// What the gallery shows, in its order: anchors and the keys of their names.

export const SECTIONS = [
  ["mark", "gallery.mark"],
  ["colour", "gallery.colour"],
  ["type", "gallery.type"],
  ["space", "gallery.space"],
  ["icons", "gallery.icons"],
  ["buttons", "gallery.buttons"],
  ["choices", "gallery.choices"],
  ["tabs", "gallery.tabs"],
  ["fields", "gallery.fields"],
  ["notes", "gallery.notes"],
  ["states", "gallery.states"],
  ["dialogs", "gallery.dialogs"],
  ["element", "gallery.element"],
] as const;

export type Look = "normal" | "dark" | "light" | "elder";
export const LOOKS: readonly Look[] = ["normal", "dark", "light", "elder"];
export type Frame = "public" | "desk";

/** What the address asks for: ?mode=dark&frame=public; the first of each else. */
export function asked(search: string): { mode: Look | "all"; frame: Frame } {
  const query = new URLSearchParams(search);
  const mode = query.get("mode");
  return {
    mode: mode === "all" ? "all" : (LOOKS.find((one) => one === mode) ?? "normal"),
    frame: query.get("frame") === "public" ? "public" : "desk",
  };
}
