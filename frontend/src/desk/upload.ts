// Sends a file as it is, with its progress. XMLHttpRequest, because fetch does
// not say how much of a body has left.

import { Problem, problemOf, type Client } from "@/api/http";

// Kinds that a browser often cannot name.
const BY_NAME: Record<string, string> = {
  pdf: "application/pdf",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  tif: "image/tiff",
  tiff: "image/tiff",
  ofd: "application/ofd",
  xml: "application/xml",
};

/** What the file chooser offers first; the program decides what it takes. */
export const CHOOSABLE = Object.keys(BY_NAME)
  .map((ending) => `.${ending}`)
  .join(",");

/** The media type of a file, by its ending where the browser knows none. */
export function mediaType(file: { name: string; type: string }): string {
  return file.type || BY_NAME[file.name.split(".").pop()?.toLowerCase() ?? ""] || "application/octet-stream";
}

/** Sends the file; tells how much of it has left, in percent. */
export function upload(
  client: Client,
  path: string,
  file: File,
  progress: (percent: number) => void,
  request: () => XMLHttpRequest = () => new XMLHttpRequest(),
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sending = request();
    sending.open("POST", client.base + path);
    for (const [name, value] of Object.entries(client.headers())) sending.setRequestHeader(name, value);
    sending.setRequestHeader("Content-Type", mediaType(file));
    sending.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) progress(Math.floor((100 * event.loaded) / event.total));
    };
    sending.onload = () => {
      const reply = parse(sending.responseText);
      if (sending.status >= 200 && sending.status < 300) resolve(reply);
      else reject(problemOf(sending.status, reply));
    };
    sending.onerror = () => reject(new Problem("unreachable"));
    sending.onabort = sending.onerror;
    sending.send(file);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
