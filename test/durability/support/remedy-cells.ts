import { chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { settingsOf } from "./world.ts";

/** One kind of action, what it works on, and how somebody outside sees how often it was done. */
export interface Cell {
  readonly kind: string;
  /** Whether another playbook of the same has a validation that never holds, so that it is undone. */
  readonly reversible: boolean;
  readonly params: object;
  /** In the folder of the cell, before and after. */
  readonly files?: { readonly before: Files; readonly after: Files };
  /** The agent's view when it has been done. */
  readonly agent?: object;
  /** A program or an agent that leaves a line each time. */
  readonly leaves?: number;
  /** Requests that reach the server outside. */
  readonly reaches?: string;
  /** Events of this type in the journal. */
  readonly tells?: string;
  /** The resident's processes: how many were begun at least, and whether one lives at the end. */
  readonly process?: "gone" | "another";
}

/** Their content by name. */
type Files = Readonly<Record<string, { readonly text: string; readonly mode?: number }>>;

export interface Place {
  readonly folder: string;
  readonly url: string;
}

const text = (content: string, mode?: number) => ({ text: content, ...(mode === undefined ? {} : { mode }) });

/** Every kind, on files and agents of its own in each of the two playbooks. */
export function cellsOf({ folder, url }: Place): readonly Cell[] {
  const agent = "$AGENT";
  const file = (name: string) => path.join("$FOLDER", name);
  return [
    {
      kind: "advise_agent",
      reversible: true,
      params: { target: agent, advice: "be exact" },
      agent: { tuning: { advice: ["be exact"] } },
    },
    {
      kind: "configure_agent",
      reversible: true,
      params: { target: agent, patch: { model: "small" } },
      agent: { config: { model: "small" } },
    },
    {
      kind: "delete_files",
      reversible: false,
      params: { directory: "$FOLDER" },
      files: { before: { a: text("1"), b: text("2") }, after: {} },
    },
    { kind: "drain_agent", reversible: true, params: { target: agent }, agent: { accepting: "drained" } },
    { kind: "emit_event", reversible: false, params: { event_type: "cell.emitted" }, tells: "cell.emitted" },
    { kind: "http_request", reversible: false, params: { url: `${url}/charge` }, reaches: "/charge" },
    { kind: "kill_process", reversible: false, params: { target: ["keeper"], graceMs: 100 }, process: "gone" },
    {
      kind: "notify",
      reversible: false,
      params: { channel: "webhook", text: "look", url: `${url}/told` },
      reaches: "/told",
    },
    {
      kind: "pause_agent",
      reversible: true,
      params: { target: agent, forMs: 3_600_000 },
      agent: { accepting: "drained" },
    },
    { kind: "quarantine", reversible: true, params: { target: agent }, agent: { accepting: "drained" } },
    {
      kind: "remove_file",
      reversible: true,
      params: { path: file("a") },
      files: { before: { a: text("1") }, after: {} },
    },
    { kind: "restart_agent", reversible: false, params: { target: "keeper", graceMs: 100 }, process: "another" },
    {
      kind: "restore_configuration",
      reversible: true,
      params: { target: agent, version: 1 },
      agent: { config: { model: "big" } },
    },
    {
      kind: "restore_file",
      reversible: true,
      params: { path: file("a"), source: file("b") },
      files: { before: { b: text("1") }, after: { a: text("1", 0o666 & ~globalThis.process.umask()), b: text("1") } },
    },
    { kind: "retry_task", reversible: false, params: { target: { $ref: "event.data.taskId" } }, leaves: 2 },
    {
      kind: "rotate_log",
      reversible: true,
      params: { path: file("a"), keep: 3 },
      files: { before: { a: text("22"), "a.1": text("1") }, after: { "a.1": text("22"), "a.2": text("1") } },
    },
    { kind: "run_agent", reversible: false, params: { target: "helper", input: "help" }, leaves: 1 },
    { kind: "run_command", reversible: false, params: { command: "charge" }, leaves: 1 },
    { kind: "set_concurrency", reversible: true, params: { target: agent, concurrency: 7 }, agent: { concurrency: 7 } },
    {
      kind: "set_file_mode",
      reversible: true,
      params: { path: file("a"), mode: 0o640 },
      files: { before: { a: text("1", 0o600) }, after: { a: text("1", 0o640) } },
    },
    {
      kind: "switch_model",
      reversible: true,
      params: { target: agent, model: "small" },
      agent: { config: { model: "small" } },
    },
    {
      kind: "write_file",
      reversible: true,
      params: { path: file("a"), content: "new" },
      files: { before: { a: text("old") }, after: { a: text("new") } },
    },
  ].map((cell) => ({ ...cell, folder })) as readonly Cell[];
}

export const WAYS = ["mend", "vain"] as const;
export type Way = (typeof WAYS)[number];

export const nameOf = (cell: Cell, way: Way) => `${way}_${cell.kind}`;
export const agentOf = (cell: Cell, way: Way) => nameOf(cell, way).replaceAll("_", "-");
export const folderOf = ({ folder }: Place, cell: Cell, way: Way) => path.join(folder, "files", nameOf(cell, way));
export const linesOf = ({ folder }: Place, kind: string) => path.join(folder, `lines-${kind}`);

/** Leaves a line at each begin; what it answers, the first time it was asked, is the test's. */
const leaving = (file: string, then: string) => ["sh", "-c", `echo "$$" >> "${file}"; ${then}`];

/** Everything that an engine needs for them. */
export async function arrange(place: Place): Promise<void> {
  const cells = cellsOf(place);
  const settings = settingsOf(place.url, 100_000);
  const all = cells.flatMap((cell) => WAYS.map((way) => ({ cell, way })));
  await mkdir(path.join(place.folder, "remedies"), { recursive: true });
  for (const { cell, way } of all) {
    const folder = folderOf(place, cell, way);
    await mkdir(folder, { recursive: true });
    for (const [name, { text: content, mode = 0o600 }] of Object.entries(cell.files?.before ?? {})) {
      await writeFile(path.join(folder, name), content);
      await chmod(path.join(folder, name), mode);
    }
  }
  for (const playbook of [...all.map(({ cell, way }) => playbookOf(place, cell, way)), ...chainOf(place)])
    await writeFile(path.join(place.folder, "remedies", `${playbook.id}.json`), JSON.stringify(playbook));
  const process = (id: string, config: object, more: object = {}) => ({ id, kind: "process", config, ...more });
  const resident = leaving(linesOf(place, "keeper"), "exec cat > /dev/null");
  const declared = [
    process("keeper", { command: resident, mode: "resident", output: "ndjson", graceMs: 100 }),
    process("helper", { command: leaving(linesOf(place, "run_agent"), "echo done"), output: "text" }),
    process("flaky", { command: leaving(linesOf(place, "retry_task"), '[ "$AIOS_ATTEMPT" -gt 1 ]'), output: "text" }),
  ];
  const append = "require('node:fs').appendFileSync(process.argv[1], 'ran\\n')";
  const commands = {
    charge: { path: globalThis.process.execPath, arguments: ["-e", append, linesOf(place, "run_command")] },
  };
  const configuration = {
    ...settings,
    journal: undefined,
    agents: { ...settings.agents, declared },
    reactor: { ...settings.reactor, commands },
  };
  await writeFile(path.join(place.folder, "aios.config.json"), JSON.stringify(configuration));
}

/** The agents that the cells work on: what is declared in the file is registered anew, as it stands there, at every start. */
export function agentsOf(place: Place): readonly object[] {
  const config = { command: ["true"], output: "text", model: "big" };
  return cellsOf(place)
    .filter(({ agent }) => agent !== undefined)
    .flatMap((cell) => WAYS.map((way) => ({ id: agentOf(cell, way), kind: "process", config })));
}

function playbookOf(place: Place, cell: Cell, way: Way) {
  const { folder, url } = place;
  const filled = JSON.stringify(cell.params)
    .replaceAll("$FOLDER", folderOf(place, cell, way))
    .replaceAll("$AGENT", agentOf(cell, way));
  return remedy(place, nameOf(cell, way), {
    actions: [{ type: cell.kind, params: JSON.parse(filled) as object }],
    validation: { ...probe(url), ...(way === "vain" ? { params: { url: `${url}/health`, status: 418 } } : {}) },
    grants: [
      "process.signal:own",
      ...["read", "write", "delete"].map((verb) => `fs.${verb}:${folder}/files/**`),
      `http:* ${new URL(url).host}/*`,
      ...["configure", "control", "run"].map((verb) => `agent.${verb}:*`),
      "task.retry:own",
      "event.emit:*",
      "notify:webhook",
      "exec:*",
    ],
  });
}

/** A gentle one that does not help and is taken back, and a firm one that does. */
function chainOf(place: Place) {
  const { folder, url } = place;
  const file = path.join(folder, "files", "gentle");
  const sick = { ...probe(url), params: { url: `${url}/health`, status: 418 } };
  return [
    remedy(place, "gentle", {
      actions: [{ type: "write_file", params: { path: file, content: "gentle" } }],
      grants: [`fs.write:${file}`],
      validation: sick,
      next: "firm",
    }),
    remedy(place, "firm", {
      actions: [{ type: "http_request", params: { url: `${url}/firm` } }],
      grants: [`http:* ${new URL(url).host}/*`],
      validation: probe(url),
    }),
  ];
}

const probe = (url: string) => ({
  check: "http_ok",
  params: { url: `${url}/health` },
  settleMs: 30,
  intervalMs: 20,
  probes: 1,
});

function remedy(_: Place, id: string, more: object) {
  return {
    id,
    trigger: { event_type: `cell.${id}` },
    target: { kind: "host", id },
    tests: [{ event: { type: `cell.${id}`, data: { taskId: "t" } }, expect: "match" }],
    ...more,
  };
}
