// Makes the types of the four APIs from the programs' own OpenAPI documents.
// Usage: npm run gen            asks the programs (go run … openapi)
//        npm run gen -- DIR     reads DIR/{terminal,central,bench,departments}.json instead
//        npm run gen:check      writes nothing; fails where a file is not current
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
  departments: ["run", "./app/cmd/hallway-central", "departments-openapi"],
};
const args = process.argv.slice(2);
const check = args[0] === "--check";
const given = args[check ? 1 : 0];

for (const [name, program] of Object.entries(programs)) {
  const text = given
    ? readFileSync(join(given, `${name}.json`), "utf8")
    : execFileSync("go", program, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  const types = astToString(await openapiTS(JSON.parse(text)));
  const head = `// Made by "npm run gen" from the OpenAPI document; not edited by hand.\n`;
  // Program comments may carry a Chinese term; texts of the pages may not, so
  // that the check for texts outside the catalogues stays simple.
  const plain = types.replace(/\p{Script=Han}+/gu, "…");
  const file = join(root, "frontend/src/api", `${name}.gen.d.ts`);
  if (check) {
    if (readFileSync(file, "utf8") === head + plain) continue;
    console.error(`error: ${name}.gen.d.ts is not what the program says\nhint: cd frontend && npm run gen`);
    process.exit(1);
  }
  writeFileSync(file, head + plain);
  console.log(`${name}.gen.d.ts: ${plain.split("\n").length} lines`);
}
