// Runs after the compiler: node scripts/bundle.mjs [DIST]. Puts the modules that the command line consists of together into
// few files, since reading some 800 small ones is most of what a start takes. The library's entry stays as it was compiled.
import { readFile, realpath, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { licencesOf } from "./bundle/licences.mjs";

const dist = await realpath(process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url)));
const out = path.join(dist, "bundle");
const main = path.join(dist, "main.js");

/**
 * What stays one by one: the port to the disk, so that it can be looked at and wrapped from outside, and what it imports:
 * the failures that it throws must be of the class that everybody knows, also a module of the user's that imports `aios`.
 */
const alone = await withImports(path.join(dist, "platform", "files.js"));

/** Read when somebody uses them, from where they were installed. */
const installed = /^(node:|@modelcontextprotocol\/|chromadb$|neo4j-driver$|@xenova\/)/;

/** Each module finds what lies beside it (a worker, the playbooks, the dashboard) from the place it was compiled to. */
const places = {
  name: "places",
  transform(code, id) {
    if (!id.startsWith(dist + path.sep) || !code.includes("import.meta.url")) return undefined;
    const place = path.relative(out, id).split(path.sep).join("/");
    return code.replaceAll("import.meta.url", `new URL(${JSON.stringify(place)}, import.meta.url).href`);
  },
};

async function withImports(file) {
  const beside = [...(await readFile(file, "utf8")).matchAll(/from "(\.[^"]+)"/g)];
  const files = beside.map(([, name]) => path.resolve(path.dirname(file), name));
  return [file, ...(await Promise.all(files.map(withImports))).flat()];
}

const modulesOf = (chunks) =>
  chunks.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : [])).filter((id) => !id.startsWith(dist));

await rm(out, { recursive: true, force: true });
const bundle = await rolldown({
  input: path.join(dist, "cli", "process.js"),
  platform: "node",
  external: (id, from) => installed.test(id) || alone.includes(path.resolve(path.dirname(from ?? main), id)),
  // Without "node", for which rxjs answers with modules that nothing can be left out of.
  resolve: { conditionNames: ["es2015", "import", "default"] },
  plugins: [places],
});
const { output } = await bundle.write({
  dir: out,
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "[name]-[hash].js",
});
await bundle.close();
await writeFile(path.join(out, "LICENCES.txt"), await licencesOf(modulesOf(output)));

const compiled = await readFile(main, "utf8");
const bundled = compiled.replace('from "./cli/process.js"', 'from "./bundle/process.js"');
if (!bundled.includes("./bundle/process.js")) throw new Error(`${main} does not import ./cli/process.js`);
await writeFile(main, bundled);
