// Answers that the program wrote into the page of its own window, so that the
// first screen need not ask for them. Each is given once: whoever asks later, or
// in a browser's page, asks the program.

let answers: Map<string, unknown> | undefined;

function written(): Map<string, unknown> {
  const text = document.getElementById("early")?.textContent;
  try {
    return new Map(Object.entries(JSON.parse(text || "{}") as Record<string, unknown>));
  } catch {
    return new Map(); // then the page asks
  }
}

/** The answer to GET <path> that came with the page, if any is left. */
export function early<T>(path: string): T | undefined {
  answers ??= written();
  const answer = answers.get(path) as T | undefined;
  answers.delete(path);
  return answer;
}
