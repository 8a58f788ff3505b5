// Answers that the program gives the page of its own window with its files, so that
// the first screen need not ask for them. Each is given once: whoever asks later, or
// in a browser's page, asks the program.

declare global {
  interface Window {
    /** /early.js: answers by their path under /api/v1. */
    hallwayEarly?: Record<string, unknown>;
  }
}

let answers: Map<string, unknown> | undefined;

/** This is the program's own window, and its answers have come. For the start: the
    first who takes one has them all put away. */
export const hasEarly = (): boolean => window.hallwayEarly !== undefined;

/** The answer to GET <path> that came with the page, if any is left. */
export function early<T>(path: string): T | undefined {
  answers ??= new Map(Object.entries(window.hallwayEarly ?? {}));
  delete window.hallwayEarly;
  const answer = answers.get(path) as T | undefined;
  answers.delete(path);
  return answer;
}
