// Runs after the compiler: the file behind `bin` must be startable by its name alone.
import { chmod, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const SHEBANG = "#!/usr/bin/env node";
const bin = fileURLToPath(new URL("../dist/main.js", import.meta.url));

const [firstLine] = (await readFile(bin, "utf8")).split(/\r?\n/, 1);
if (firstLine !== SHEBANG) {
  process.stderr.write(
    `${bin}: the first line is ${JSON.stringify(firstLine)}; start src/main.ts with "${SHEBANG}".\n`,
  );
  process.exit(1);
}
await chmod(bin, 0o755);
