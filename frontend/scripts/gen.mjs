// Makes the types of the three APIs from the programs' own OpenAPI documents.
// Usage: npm run gen            asks the programs (go run … openapi)
//        npm run gen -- DIR     reads DIR/{terminal,central,bench}.json instead
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const programs = {
  terminal: ["run", ".", "openapi"],
  central: ["run", "./app/cmd/hallway-central", "openapi"],
  bench: ["run", "./app/cmd/hallway-devices", "openapi"],
};
const given = process.argv[2];

for (const [name, args] of Object.entries(programs)) {
  const text = given
    ? readFileSync(join(given, `${name}.json`), "utf8")
    : execFileSync("go", args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  const types = astToString(await openapiTS(JSON.parse(text)));
  const head = `// Made by "npm run gen" from the OpenAPI document; not edited by hand.\n`;
  // Program comments may carry a Chinese term; texts of the pages may not, so
  // that the check for texts outside the catalogues stays simple.
  const plain = types.replace(/\p{Script=Han}+/gu, "…");
  writeFileSync(join(root, "frontend/src/api", `${name}.gen.d.ts`), head + plain);
  console.log(`${name}.gen.d.ts: ${plain.split("\n").length} lines`);
}
