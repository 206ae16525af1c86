import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { actions } from "../../src/actions/index.ts";
import { isAlive } from "../support/process-table.ts";
import { tempDir } from "../support/temp-dir.ts";
import { readJournal } from "./support/journal.ts";
import { Caller, Life, type Preload, verifyOf } from "./support/life.ts";
import {
  agentOf,
  agentsOf,
  arrange,
  type Cell,
  cellsOf,
  folderOf,
  linesOf,
  nameOf,
  type Place,
  type Way,
} from "./support/remedy-cells.ts";
import { CountingServer } from "./support/witness.ts";

/** Where a life ends: when it is about to write that this has happened, in a run of this playbook. */
interface Point {
  readonly playbook: string;
  readonly unwritten: readonly string[];
}

const ended = (cell: Cell, way: Way): Point => ({
  playbook: nameOf(cell, way),
  unwritten: [`"type":"run.${way === "mend" ? "step" : "undo"}_completed"`, `"action":"${cell.kind}"`],
});
const betweenLinks: Point = { playbook: "gentle", unwritten: ['"type":"playbook.matched"', '"playbookId":"firm"'] };

function endingAt(unwritten: readonly string[]): Preload {
  const files = path.join(path.dirname(inject("builtMain")), "platform", "files.js");
  return {
    nodeOptions: ["--import", path.join(import.meta.dirname, "../fixtures/kill-at-event.mjs")],
    env: { UNWRITTEN: JSON.stringify(unwritten), POINT_FILES: pathToFileURL(files).href },
  };
}

interface RunSeen {
  readonly id: string;
  readonly playbook: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly rollback: string | null;
}
const runsOf = async (caller: Caller) => (await caller.get<{ items: readonly RunSeen[] }>("/runs?limit=1000")).items;

/** Agrees to whatever waits for a person. */
async function agree(caller: Caller): Promise<void> {
  const { items } = await caller.get<{ items: readonly { id: string; state: string }[] }>("/approvals?limit=1000");
  for (const { id, state } of items) if (state === "waiting") await caller.post(`/approvals/${id}/approve`, {});
}

/** Waits for the end of a playbook's only run. */
async function settled(caller: Caller, playbook: string): Promise<RunSeen> {
  for (;;) {
    const [run, ...more] = (await runsOf(caller)).filter((one) => one.playbook === playbook);
    expect(more).toEqual([]);
    if (run?.state === "settled") return run;
    await agree(caller);
    await after(20);
  }
}

/** Agrees to whatever is asked until the engine is gone. */
async function agreeing(caller: Caller, life: Life): Promise<void> {
  let over = false;
  void life.ended.then(() => {
    over = true;
  });
  while (!over) {
    await agree(caller);
    await after(20);
  }
}

async function strike(caller: Caller, { playbook }: Point): Promise<void> {
  let taskId = "none";
  if (playbook.endsWith("retry_task")) {
    const { body } = await caller.post("/tasks", { agent: "flaky", input: null, retries: 0 });
    taskId = (body as { readonly id: string }).id;
    while ((await caller.get<{ state: string }>(`/tasks/${taskId}`)).state !== "dead") await after(20);
  }
  if (/kill_process|restart_agent/.test(playbook)) await caller.post("/agents/keeper/start", {});
  await caller.post("/events", { type: `cell.${playbook}`, data: { taskId } });
}

async function treeOf(folder: string): Promise<Readonly<Record<string, { text: string; mode: number }>>> {
  const tree: Record<string, { text: string; mode: number }> = {};
  for (const name of (await readdir(folder)).sort()) {
    const file = path.join(folder, name);
    tree[name] = { text: await readFile(file, "utf8"), mode: (await stat(file)).mode & 0o777 };
  }
  return tree;
}

const linesIn = async (file: string) => (await readFile(file, "utf8").catch(() => "")).split("\n").slice(0, -1);

describe("the built engine, killed after an effect and before it could say so", () => {
  it("finishes every kind, takes it back or hands it over, goes on in a chain, and does nothing twice", async () => {
    const began = performance.now();
    const server = await CountingServer.open();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const place: Place = { folder: await tempDir(), url: server.url };
    await arrange(place);
    const cells = cellsOf(place);
    expect(cells.map(({ kind }) => kind)).toEqual([...actions.keys()].sort());
    const points = [
      ...cells.map((cell) => ended(cell, "mend")),
      ...cells.filter(({ reversible }) => reversible).map((cell) => ended(cell, "vain")),
      betweenLinks,
    ];
    const ends = new Map<string, RunSeen>();
    let life: Life | undefined;
    onTestFinished(() => life?.kill());
    for (const [index, point] of [...points, undefined].entries()) {
      life = new Life(place.folder, endingAt(point?.unwritten ?? []));
      const caller = await Caller.of(await life.ready, life.dataDir);
      if (index === 0) for (const agent of agentsOf(place)) await caller.post("/agents", agent);
      const before = points[index - 1];
      if (before !== undefined) ends.set(before.playbook, await settled(caller, before.playbook));
      if (point === undefined) {
        ends.set("firm", await settled(caller, "firm"));
        await looked(place, cells, ends, { caller, server });
        break;
      }
      if (point.playbook === "mend_restore_configuration" || point.playbook === "vain_restore_configuration")
        await configured(caller, point.playbook.replaceAll("_", "-"));
      await strike(caller, point);
      await agreeing(caller, life).catch(() => undefined);
      await life.ended;
      expect([point.playbook, life.signal]).toEqual([point.playbook, "SIGKILL"]);
    }
    await life?.stop();
    expect((await verifyOf(place.folder)).exitCode).toBe(0);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    process.stdout.write(`remedies: ${points.length} kills, ${seconds} s\n`);
  });
});

const configured = (caller: Caller, agent: string) =>
  caller.put(`/agents/${agent}/configuration`, { config: { command: ["true"], output: "text", model: "huge" } });

/** What was seen of a kind, and what is wanted of it: whole, in part, or not so. */
const isIt = (kind: string, seen: unknown, wanted: unknown) => expect([kind, seen]).toEqual([kind, wanted]);
const isLike = (kind: string, seen: unknown, wanted: object) => expect([kind, seen]).toMatchObject([kind, wanted]);
const isUnlike = (kind: string, seen: unknown, wanted: object) =>
  expect([kind, seen]).not.toMatchObject([kind, wanted]);

/** What became of everything, as it is seen from outside and as the engine tells it. */
async function looked(
  place: Place,
  cells: readonly Cell[],
  ends: ReadonlyMap<string, RunSeen>,
  { caller, server }: { readonly caller: Caller; readonly server: CountingServer },
): Promise<void> {
  const incidents = JSON.stringify(await caller.get("/incidents?limit=1000"));
  const { facts } = await readJournal(path.join(place.folder, ".aios"));
  const leftAsItIs = expect.stringMatching(/none|residue/) as unknown;
  for (const cell of cells) {
    const { kind } = cell;
    const once = actions.get(kind)?.idempotent === true;
    const run = ends.get(nameOf(cell, "mend"));
    const rollback = !once && cell.reversible ? "rolled_back" : once ? "none" : leftAsItIs;
    expect([kind, run]).toMatchObject([kind, { outcome: once ? "fixed" : "unverified", rollback }]);
    if (!once) isLike(kind, { told: incidents.includes(run?.id ?? "?") }, { told: true });
    if (cell.reversible)
      isLike(kind, ends.get(nameOf(cell, "vain")), { outcome: "not_fixed", rollback: "rolled_back" });
    const { files, agent, leaves, reaches, tells } = cell;
    if (files !== undefined) {
      const texts = (wanted: typeof files.before) =>
        Object.fromEntries(Object.entries(wanted).map(([name, { text, mode = 0o600 }]) => [name, { text, mode }]));
      const isBack = !once && cell.reversible;
      isIt(kind, await treeOf(folderOf(place, cell, "mend")), texts(isBack ? files.before : files.after));
      if (cell.reversible) isIt(kind, await treeOf(folderOf(place, cell, "vain")), texts(files.before));
    }
    if (agent !== undefined) {
      isLike(kind, await caller.get(`/agents/${agentOf(cell, "mend")}`), agent);
      isUnlike(kind, await caller.get(`/agents/${agentOf(cell, "vain")}`), agent);
    }
    if (leaves !== undefined) isIt(kind, (await linesIn(linesOf(place, kind))).length, leaves);
    if (reaches !== undefined) {
      const keys = server.deliveries.byKey(reaches);
      isIt(kind, keys.size, 1);
      if (!once) isIt(kind, [...keys.values()].flat().length, 1);
    }
    if (tells !== undefined) isIt(kind, facts.filter(({ type }) => type === tells).length, 1);
    if (cell.process === "another") {
      const alive = (await linesIn(linesOf(place, "keeper"))).filter((pid) => isAlive(Number(pid)));
      isIt(kind, alive.length > 1, false);
    }
  }
  expect(server.deliveries.all.filter((one) => one.path === "/firm")).toHaveLength(1);
  expect(ends.get("gentle")).toMatchObject({ outcome: "not_fixed", rollback: "rolled_back" });
  expect(ends.get("firm")).toMatchObject({ outcome: "fixed" });
}
