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
