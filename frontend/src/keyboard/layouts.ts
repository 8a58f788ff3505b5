// Which keys stand where. A key in braces acts; any other types itself.

export type Layout = "digits" | "latin" | "pinyin";
/** What is in sight: a layout, or one that a key of it leads to. */
export type Face = Layout | "shift" | "marks" | "hand";

const LETTERS = ["q w e r t y u i o p", "a s d f g h j k l"];

/** Rows of each face; {to-…} leads to another. */
export const ROWS: Record<Exclude<Face, "hand">, readonly string[]> = {
  digits: ["1 2 3", "4 5 6", "7 8 9", "{to-letters} 0 {bksp}", "{enter}"],
  pinyin: [...LETTERS, "' z x c v b n m {bksp}", "{to-latin} {to-digits} {to-hand} · {space} {enter}"],
  latin: [...LETTERS, "{shift} z x c v b n m {bksp}", "{to-pinyin} {to-digits} {to-marks} {space} - {enter}"],
  shift: [...LETTERS.map((row) => row.toUpperCase()), "{shift} Z X C V B N M {bksp}", "{to-pinyin} {to-digits} {to-marks} {space} - {enter}"],
  marks: ["á à â ã ä é ê è ë ç", "í î ï ó ô õ ö ú ü ñ", "· ' . - / ( ) {bksp}", "{to-latin} {to-digits} {space} {enter}"],
};

/** The rows, without keys that lead where this keyboard does not go. */
export function rowsOf(face: Exclude<Face, "hand">, allowed: ReadonlySet<string>): string[] {
  return ROWS[face].map((row) =>
    row
      .split(" ")
      .filter((key) => !key.startsWith("{to-") || allowed.has(key.slice(4, -1)))
      .join(" "),
  );
}

/** The name of a key in test ids and catalogue keys: {bksp} is bksp, · is dot. */
export function nameOf(key: string): string {
  return key === "·" ? "dot" : key === "'" ? "split" : key.replace(/^\{(?:to-)?(.+)\}$/, "$1");
}
