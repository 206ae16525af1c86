import path from "node:path";
import type { Imported } from "../../ingest/earlier/playbook.ts";
import { nodeFiles } from "../../platform/files.ts";
import { nodeHash } from "../../platform/hash.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit, UsageError } from "../exit.ts";
import { readInputFile } from "../input.ts";
import { readJsonText } from "../json-text.ts";
import { bullets } from "../table.ts";
import { type Paint, plain } from "../terminal.ts";

export const importing: Command = {
  name: "import",
  summary: "Make playbooks and events of what the earlier Python system wrote",
  operands: [{ name: "FILE", says: "its playbooks (.json), its event log (.jsonl), or a folder of them", many: true }],
  options: { out: { type: "string", value: "DIR", says: "write what could be carried over into this folder" } },
  notes: [
    "Every playbook comes disabled, with what was lost of it in words: look at it, then `aios playbook enable` it.",
    "What would match everything or do nothing is refused. Events become CloudEvents (`NAME.ndjson`), their types `legacy.…`.",
    "Without --out nothing is written. Exits with 1 when nothing could be carried over.",
  ],
  examples: ["aios playbook import old/playbooks.json", "aios playbook import old --out playbooks/imported --json"],
  run,
};

interface Report {
  readonly file: string;
  readonly mapped: readonly (Extract<Imported, { kind: "mapped" }> & { readonly written?: string })[];
  readonly refused: readonly { readonly id: string; readonly why: string }[];
  readonly events: number;
}

async function run(call: Call): Promise<number> {
  const out = call.given.text("out");
  const into = out === undefined ? undefined : path.resolve(call.cwd, out);
  const named = await Promise.all(call.given.operands("FILE").map((name) => filesOf(path.resolve(call.cwd, name))));
  if (into !== undefined) await nodeFiles.makeDirectory(into);
  const reports: Report[] = [];
  for (const file of [...new Set(named.flat())])
    reports.push(file.endsWith(".jsonl") ? await importLog(file, into) : await importDocument(file, into));
  const carried = reports.some(({ mapped, events }) => mapped.length > 0 || events > 0);
  tell(call, { ok: carried, files: reports }, () =>
    reports.map((one) => sayReport(one, call.terminal.paint)).join("\n"),
  );
  return carried ? exit.done : exit.failed;
}

async function filesOf(file: string): Promise<readonly string[]> {
  const facts = await nodeFiles.stat(file);
  if (facts === undefined) throw new UsageError(`there is no ${file}`);
  if (facts.kind !== "directory") return [file];
  const inside = await Promise.all((await nodeFiles.list(file)).map((name) => filesOf(path.join(file, name))));
  return inside.flat().filter((name) => /\.jsonl?$/.test(name));
}

async function importDocument(file: string, into: string | undefined): Promise<Report> {
  const [{ importPlaybook }, { recordsOf }] = await Promise.all([
    import("../../ingest/earlier/playbook.ts"),
    import("../../ingest/earlier/shapes.ts"),
  ]);
  // Some of these files begin with a byte order mark.
  const read = readJsonText((await readInputFile(file)).replace(/^\uFEFF/, ""));
  if (read.kind !== "value") {
    const why = `it is not JSON: line ${read.place.line}, column ${read.place.column}: ${read.expected}`;
    return { file, mapped: [], refused: [{ id: path.basename(file), why }], events: 0 };
  }
  const imported = await Promise.all(recordsOf(read.value).map((record) => judged(importPlaybook(record))));
  const mapped = [];
  for (const one of imported) if (one.kind === "mapped") mapped.push(await written(one, into));
  return { file, mapped, refused: imported.filter((one) => one.kind === "refused"), events: 0 };
}

/** What the engine would not load is refused here already, and says why. */
async function judged(one: Imported): Promise<Imported> {
  if (one.kind === "refused") return one;
  const [{ catalogue }, { compileRules }] = await Promise.all([
    import("../../actions/index.ts"),
    import("../../domain/playbook/rules.ts"),
  ]);
  const file = { file: one.id, text: JSON.stringify(one.document) };
  const [refused] = compileRules([file], { catalogue, hash: nodeHash }).refused;
  return refused === undefined ? one : { kind: "refused", id: one.id, why: `it would not load: ${refused.reason}` };
}

async function written(one: Extract<Imported, { kind: "mapped" }>, into: string | undefined) {
  if (into === undefined) return one;
  for (let number = 1; ; number++) {
    const id = number === 1 ? one.id : `${one.id}_${number}`;
    const file = path.join(into, `${id}.json`);
    // Two playbooks may have had one name; none of them takes the other's place.
    if (await nodeFiles.exists(file)) continue;
    await nodeFiles.write(file, `${JSON.stringify({ ...one.document, id }, null, 2)}\n`);
    return { ...one, id, document: { ...one.document, id }, written: file };
  }
}

async function importLog(file: string, into: string | undefined): Promise<Report> {
  const { importEvent } = await import("../../ingest/earlier/event.ts");
  const refused: { id: string; why: string }[] = [];
  const lines: string[] = [];
  for (const [index, text] of (await readInputFile(file)).split("\n").entries()) {
    if (text.trim() === "") continue;
    const read = readJsonText(text.replace(/^\uFEFF/, ""));
    const imported =
      read.kind === "value"
        ? importEvent(read.value, index + 1)
        : ({ kind: "refused", why: `it is not JSON: column ${read.place.column}: ${read.expected}` } as const);
    if (imported.kind === "event") lines.push(JSON.stringify(imported.event));
    else refused.push({ id: `line ${index + 1}`, why: imported.why });
  }
  if (into !== undefined && lines.length > 0)
    await nodeFiles.write(path.join(into, `${path.basename(file, ".jsonl")}.ndjson`), `${lines.join("\n")}\n`);
  return { file, mapped: [], refused, events: lines.length };
}

function sayReport({ file, mapped, refused, events }: Report, paint: Paint): string {
  const told = [
    ...(events === 0 ? [] : [`${events} events`]),
    ...mapped.map(
      ({ id, written: place }) =>
        `${plain(id)} ${paint("green", "carried over")}${place === undefined ? "" : `: ${plain(place)}`}`,
    ),
    ...mapped.flatMap(({ id, notes }) => notes.map((note) => `${plain(id)}: ${plain(note)}`)),
    ...refused.map(({ id, why }) => `${plain(id)} ${paint("red", "refused")}: ${plain(why)}`),
  ];
  return `${paint("bold", plain(file))}\n${bullets(told)}`;
}
