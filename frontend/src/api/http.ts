// One small client for every page: a bearer token in a header (no cookies, they
// do not work inside the webview), JSON both ways, and every failure as a
// Problem with a code that the catalogues explain.

/** A failed act: "error.<code>" says what happened, "remedy.<code>" what to do. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status = 0,
    readonly params: Record<string, string> = {},
  ) {
    super(code);
    this.name = "Problem";
  }
}

/** What a client needs to know; fetch can be replaced in tests. */
export interface ClientOptions {
  base: string;
  token?: () => string;
  headers?: () => Record<string, string>;
  fetch?: typeof fetch;
  timeoutMs?: number;
}

export interface Client {
  readonly base: string;
  get<T>(path: string, query?: Record<string, string>): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  del<T>(path: string): Promise<T>;
  headers(): Record<string, string>;
}

interface Sentence {
  code: string;
  params?: Record<string, unknown>;
}

function sentence(value: unknown): Sentence | undefined {
  if (!value || typeof value !== "object" || !("code" in value)) return undefined;
  return typeof value.code === "string" && value.code ? (value as Sentence) : undefined;
}

/** Reads the answer of a failed request; foreign shapes become a general code. */
export function problemOf(status: number, body: unknown): Problem {
  const told = sentence(body);
  if (told) {
    // A refusal says more by its reason than by being one.
    const { reason, why } = body as { reason?: unknown; why?: unknown };
    const nearest = sentence(reason) ?? sentence(why) ?? told;
    const params: Record<string, string> = {};
    for (const [name, value] of Object.entries(nearest.params ?? {})) params[name] = String(value);
    return new Problem(nearest.code, status, params);
  }
  if (status === 401) return new Problem("signed_out", status);
  if (status === 403) return new Problem("forbidden", status);
  if (status === 404) return new Problem("not_found", status);
  if (status === 422 || status === 400) return new Problem("invalid", status);
  return new Problem("internal", status);
}

export function createClient(options: ClientOptions): Client {
  const doFetch = options.fetch ?? ((input, init) => fetch(input, init));
  const headers = () => {
    const all: Record<string, string> = { ...(options.headers?.() ?? {}) };
    const token = options.token?.();
    if (token) all["Authorization"] = `Bearer ${token}`;
    return all;
  };

  async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init: RequestInit = { method, headers: headers(), cache: "no-store", credentials: "omit" };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      (init.headers as Record<string, string>)["Content-Type"] = "application/json";
    }
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), options.timeoutMs ?? 15_000);
    init.signal = abort.signal;
    try {
      const response = await doFetch(options.base + path, init);
      const text = await response.text();
      const parsed = parse(text);
      if (!response.ok) throw problemOf(response.status, parsed);
      return parsed as T;
    } catch (failure) {
      if (failure instanceof Problem) throw failure;
      throw new Problem(abort.signal.aborted ? "timeout" : "unreachable");
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    base: options.base,
    headers,
    get: (path, query) =>
      request("GET", query ? `${path}?${new URLSearchParams(query).toString()}` : path),
    post: (path, body) => request("POST", path, body ?? {}),
    del: (path) => request("DELETE", path),
  };
}

function parse(text: string): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
