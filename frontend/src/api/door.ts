// The door of a terminal's page. The start address carries a code in its
// fragment; it is exchanged once for a token, which lives in the memory of this
// tab only (sessionStorage), and the fragment is taken out of the address.

import { createClient, Problem, type Client } from "./http";

const TOKEN = "hallway.door";

export const API = "/api/v1";

/** The code of "#code=XXXX", or "". */
export function codeOf(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, "")).get("code") ?? "";
}

export function storedToken(): string {
  try {
    return sessionStorage.getItem(TOKEN) ?? "";
  } catch {
    return "";
  }
}

function store(token: string): void {
  try {
    sessionStorage.setItem(TOKEN, token);
  } catch {
    // Without storage the token lives as long as the page: still works.
  }
}

/** Answers that the program wrote into the page of its own window, each given
    once instead of a question; everything else, and every later question, is asked. */
export function withEarly(page: Document, doFetch: typeof fetch): typeof fetch {
  const written = page.getElementById("early")?.textContent;
  if (!written) return doFetch;
  const answers = new Map(Object.entries(JSON.parse(written) as Record<string, unknown>));
  return (input, init) => {
    const path = String(input).slice(API.length);
    const answer = (init?.method ?? "GET") === "GET" ? answers.get(path) : undefined;
    if (answer === undefined) return doFetch(input, init);
    answers.delete(path);
    return Promise.resolve(new Response(JSON.stringify(answer)));
  };
}

/** Exchanges the code if there is one and returns the client of this terminal. */
export async function openDoor(location: Location, history: History, doFetch?: typeof fetch): Promise<Client> {
  let token = storedToken();
  const code = codeOf(location.hash);
  const base = { base: API, ...(doFetch ? { fetch: doFetch } : {}) };
  if (code) {
    history.replaceState(null, "", location.pathname + location.search);
    try {
      const reply = await createClient(base).post<{ token: string }>("/door", { code });
      token = reply.token;
      store(token);
    } catch (failure) {
      // A page that was loaded again still has its token; only without one is
      // a used code the end of the way.
      if (!token || !(failure instanceof Problem) || failure.status === 0) throw failure;
    }
  }
  return createClient({ ...base, token: () => token });
}
