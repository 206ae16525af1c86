import path from "node:path";
import { nodeFiles } from "../../platform/files.ts";
import { nodeHash } from "../../platform/hash.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit, UsageError } from "../exit.ts";
import { readInputFile } from "../input.ts";
import { readJsonText } from "../json-text.ts";
import { packageRoot } from "../package-root.ts";
import { schemaFrom, withFollowers } from "./files.ts";
import { noteOnFirst } from "./first-of-folder.ts";
import { lintReports, sayReport } from "./lint-report.ts";
import { catalogueOf } from "./own-catalogue.ts";

export const create: Command = {
  name: "new",
  summary: "Write a playbook to begin from",
  operands: [{ name: "ID", says: "its id, which names the file" }],
  options: {
    from: { type: "string", value: "PLAYBOOK", says: "a playbook of the library by its id, or a file, to begin from" },
    dir: { type: "string", value: "DIR", says: "the folder to write into (default playbooks)" },
  },
  notes: [
    "Without --from it tries a failed task again, as an example of every part. It comes switched off: make it yours,",
    "`aios playbook test` it, and set `enabled` to true. A file that exists is not touched. A `next` is kept where that",
    "playbook stands in the folder too.",
  ],
  examples: ["aios playbook new restart_on_leak", "aios playbook new calm_down --from network_failure_retry --dir ops"],
  run,
};

const USUAL = "network_failure_retry";

async function run(call: Call): Promise<number> {
  const { given } = call;
  const id = given.operand("ID");
  const file = path.resolve(call.cwd, given.text("dir") ?? "playbooks", `${id}.json`);
  if ((await nodeFiles.stat(file)) !== undefined) throw new UsageError(`${file} exists; it was not touched`);
  const source = await sourceFile(call.cwd, given.text("from") ?? USUAL);
  const text = await documentOf(source, id, path.dirname(file));
  const [catalogue, { compileRules }] = await Promise.all([
    catalogueOf(call),
    import("../../domain/playbook/rules.ts"),
  ]);
  const [report] = lintReports(
    [{ file, text }],
    compileRules(await withFollowers([{ file, text }]), { catalogue, hash: nodeHash }),
    catalogue,
  );
  if (report === undefined || !report.ok) {
    const why =
      report === undefined ? "" : report.faults.map(({ path: at, message }) => `${at}: ${message}`).join("; ");
    throw new UsageError(`${file} was not written: ${why}`);
  }
  const notes = await noteOnFirst(call, path.dirname(file));
  await nodeFiles.makeDirectory(path.dirname(file));
  await nodeFiles.write(file, text);
  const told = { ...report, notes: [...report.notes, ...notes] };
  tell(call, told, () => sayReport(told, call.terminal.paint));
  return exit.done;
}

async function sourceFile(cwd: string, from: string): Promise<string> {
  const places = [
    path.resolve(cwd, from),
    path.resolve(cwd, "playbooks", `${from}.json`),
    path.join(packageRoot, "playbooks", `${from}.json`),
  ];
  for (const place of places) if ((await nodeFiles.stat(place))?.kind === "file") return place;
  throw new UsageError(`there is no playbook "${from}": name a file, or one of \`aios playbook list\``);
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" ? { ...value } : {};
}

/** The playbook under its new name, switched off. */
async function documentOf(source: string, id: string, folder: string): Promise<string> {
  const read = readJsonText(await readInputFile(source));
  if (read.kind === "broken") throw new UsageError(`${source} is no playbook`);
  const { $schema: _, id: __, enabled: ___, next, ...rest } = toObject(read.value);
  const follows = typeof next === "string" && (await nodeFiles.stat(path.join(folder, `${next}.json`))) !== undefined;
  const document = { $schema: schemaFrom(folder), id, enabled: false, ...rest };
  return `${JSON.stringify(follows ? { ...document, next } : document, null, 2)}\n`;
}
