// The shell of a terminal's page is seen before anything else has come: its
// style is in the page, and the files that the page needs are asked for after it.
import type { Plugin } from "vite";

const FILES = /^[ \t]*<(?:link rel="(?:stylesheet|modulepreload)"|script type="module")[^>]*>(?:<\/script>)?\n?/gm;

/** Puts style sheets and scripts behind the shell: in the head they would hold up its painting. */
export function shellFirst(): Plugin {
  return {
    name: "shell-first",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { filename }) {
        if (!filename.endsWith("/index.html")) return html;
        const files = html.match(FILES) ?? [];
        if (!files.some((one) => one.includes("stylesheet"))) throw new Error("shell-first: no style sheet in index.html");
        return html.replace(FILES, "").replace("</body>", `${files.join("")}</body>`);
      },
    },
  };
}
