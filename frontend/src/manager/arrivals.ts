// Each coming to a page moves the focus once; the first page of a visit leaves
// it where the browser put it.
let seen = "";

export const arrivals = {
  /** Whether one has just come to this address. */
  take(address: string): boolean {
    const fresh = seen !== "" && seen !== address;
    seen = address;
    return fresh;
  },
  /** Somebody else has put the focus where it belongs. */
  settle(address: string): void {
    seen = address;
  },
  /** Signing in takes the form away that had the focus: the page takes it. */
  expect(): void {
    seen = "-";
  },
};
