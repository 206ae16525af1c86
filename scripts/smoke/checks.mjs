import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./engine.mjs";
import { processesAbout } from "./process-table.mjs";

const AGENT = "smoke-reader";

/**
 * Everything that a user touches first, once, in an order in which each needs what came before.
 *
 * @typedef {{engine: import("./engine.mjs").Engine, dataDir: string, stream: any, socket: any, state: Record<string, any>}} Stage
 * @type {readonly [string, (stage: Stage) => Promise<void>][]}
 */
export const checks = [
  [
    "XState is its production build, and the dashboard is built",
    async () => {
      assert.doesNotMatch(import.meta.resolve("xstate"), /development/);
      assert.ok(existsSync(join(root, "dist", "dashboard", "index.html")), "dist/dashboard: run npm run build");
    },
  ],
  [
    "it is alive and ready, and says so",
    async ({ engine }) => {
      assert.equal(JSON.parse((await engine.page("/healthz")).text).status, "ok");
      await engine.page("/readyz");
      assert.equal((await engine.command("status", "--json")).code, 0);
    },
  ],
  [
    "nobody is let in without a token",
    async ({ engine }) => {
      assert.equal((await fetch(`${engine.url}/api/v1/agents`)).status, 401);
    },
  ],
  [
    "an agent is registered and does its task",
    async ({ engine, state, stream }) => {
      const config = {
        command: [process.execPath, join(root, "examples", "agents", "sleeper.mjs")],
        mode: "one-shot",
        output: "ndjson",
      };
      await engine.ask("POST", "/agents", { id: AGENT, kind: "process", config });
      state.task = await engine.ask("POST", "/tasks", { agent: AGENT, input: { napMs: 10 } });
      await stream.until(isEndOf(state.task));
      const task = await engine.ask("GET", `/tasks/${state.task.id}`);
      assert.deepEqual([task.state, task.output], ["succeeded", { sleptMs: 10 }]);
    },
  ],
  [
    "its end came over Server-Sent Events and over the WebSocket, the same event",
    async ({ state, stream, socket }) => {
      const [one, other] = await Promise.all([stream, socket].map((way) => way.until(isEndOf(state.task))));
      assert.equal(one.type, "task.succeeded");
      assert.equal(one.id, other.id);
    },
  ],
  [
    "any program runs as a task: its output and exit code come back",
    async ({ engine }) => {
      const said = await engine.command(
        "run",
        "--retries",
        "0",
        "--",
        process.execPath,
        "-e",
        "console.log(6 * 7); process.exit(3)",
      );
      assert.deepEqual([said.stdout.trim(), said.code], ["42", 3], said.stderr);
    },
  ],
  [
    "a published event is durable and found again",
    async ({ engine, socket }) => {
      const { id, sequence } = await engine.ask("POST", "/events", { type: "smoke.noted", data: { text: "hello" } });
      await socket.until((event) => event.id === id);
      const { items } = await engine.ask("GET", `/events?after=${sequence - 1}&type=smoke.noted`);
      assert.deepEqual(items[0].data, { text: "hello" });
    },
  ],
  [
    "score and overview tell what is not known yet from what is",
    async ({ engine }) => {
      const score = await engine.ask("GET", "/score");
      assert.deepEqual([score.score, score.terms.tsr], [null, null]);
      const overview = await engine.ask("GET", "/overview");
      assert.equal(overview.tasks.succeeded, 1);
    },
  ],
  [
    "memory is stored, linked and found",
    async ({ engine }) => {
      const disk = await engine.ask("POST", "/memory/items", { content: "The disk was full; old logs were removed." });
      const note = await engine.ask("POST", "/memory/items", { content: "Rotate the logs of the nightly import." });
      await engine.ask("POST", "/memory/links", { from: disk.key, to: note.key, relation: "led_to" });
      const { items } = await engine.ask("POST", "/memory/query", { text: "disk full", topK: 1 });
      assert.equal(items[0].key, disk.key);
      const { nodes } = await engine.ask("GET", `/memory/items/${disk.key}/neighbours?depth=1`);
      assert.ok(nodes.some(({ key }) => key === note.key));
    },
  ],
  [
    "playbooks are loaded",
    async ({ engine }) => {
      const { items, refused } = await engine.ask("GET", "/playbooks");
      assert.ok(items.length > 0);
      assert.deepEqual(refused, []);
    },
  ],
  [
    "metrics, the API's description and its page are served",
    async ({ engine }) => {
      assert.match((await engine.page("/metrics")).text, /^# TYPE \w+ /m);
      assert.ok(JSON.parse((await engine.page("/openapi.json")).text).paths["/api/v1/tasks"]);
      assert.match((await engine.page("/docs")).type, /^text\/html/);
    },
  ],
  [
    "the dashboard and the machines' page are served with all they load",
    async ({ engine }) => {
      for (const path of ["/", "/inspect"]) {
        const { text } = await engine.page(path);
        const assets = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, asset]) => asset);
        assert.ok(assets.length > 0, `${path} loads nothing`);
        for (const asset of assets) await engine.page(asset);
      }
    },
  ],
  [
    "the dashboard's link opens once",
    async ({ engine }) => {
      const { url } = JSON.parse((await engine.command("dashboard", "--json")).stdout);
      const first = await fetch(url, { redirect: "manual" });
      assert.equal(first.status, 303);
      assert.match(first.headers.get("set-cookie") ?? "", /HttpOnly; SameSite=Strict/);
      assert.notEqual((await fetch(url, { redirect: "manual" })).status, 303);
    },
  ],
  [
    "it ends in order when it is told to",
    async ({ engine }) => {
      assert.equal((await engine.command("stop")).code, 0);
      assert.equal(await engine.exited, 0);
    },
  ],
  [
    "its journal is whole",
    async ({ engine }) => {
      const { code, stdout, stderr } = await engine.command("journal", "verify");
      assert.equal(code, 0, `${stdout}\n${stderr}`);
    },
  ],
  [
    "nothing is left in the process table",
    async ({ dataDir }) => {
      assert.deepEqual(processesAbout(dataDir) ?? [], []);
    },
  ],
];

function isEndOf({ id }) {
  return ({ type, data }) => (type === "task.succeeded" || type === "task.failed") && data.taskId === id;
}
