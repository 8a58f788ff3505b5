// A file of the bench, fetched with the page's token and shown from memory; it is
// taken out of memory when another is wanted or the part of the page is gone.
import { onScopeDispose, ref, watch, type Ref } from "vue";
import type { Client } from "@/api/http";

export interface BenchFile {
  url: Ref<string>;
  failed: Ref<boolean>;
}

export function useFile(client: Client, path: () => string, type: string): BenchFile {
  const url = ref("");
  const failed = ref(false);
  let asking: AbortController | null = null;
  const forget = () => {
    asking?.abort();
    if (url.value) URL.revokeObjectURL(url.value);
    url.value = "";
  };
  async function show(wanted: string) {
    forget();
    failed.value = false;
    if (!wanted) return;
    const mine = (asking = new AbortController());
    try {
      const reply = await fetch(client.base + wanted, { headers: client.headers(), credentials: "omit", cache: "no-store", signal: mine.signal });
      if (!reply.ok) throw new Error(String(reply.status));
      const bytes = await reply.blob();
      if (!mine.signal.aborted) url.value = URL.createObjectURL(new Blob([bytes], { type }));
    } catch {
      if (!mine.signal.aborted) failed.value = true;
    }
  }
  watch(path, (wanted) => void show(wanted), { immediate: true });
  onScopeDispose(forget);
  return { url, failed };
}
