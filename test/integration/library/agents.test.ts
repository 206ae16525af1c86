import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import path from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { TestEngine } from "../../support/engine.ts";
import { twinOf } from "../../support/library-twins.ts";
import { isAlive } from "../../support/process-table.ts";
import { hastened, holds, type RemedyWorld } from "../../support/remedies.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** Answers every task at once; what it does beside that the test says. */
const resident = (beside: string) => [
  process.execPath,
  "-e",
  `${beside}
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const task = JSON.parse(line);
    console.log(JSON.stringify({ type: "result", id: task.id, output: process.pid }));
  });`,
];

async function startResident(test: TestEngine, command: readonly string[]): Promise<void> {
  await test.agent("a", command, { mode: "resident", restart: "permanent" });
  await test.engine.runtime.agents.command("a", "start", "the test asked", "operator:me");
  await test.until("agent.process_started");
}

const pidOf = ({ test }: RemedyWorld) => String(test.engine.runtime.pool.processes("a")[0]?.pid);

/** What a process does once in its first life, or in every life. */
const inLife = (place: string, life: RemedyWorld["life"], what: string) => {
  const mark = JSON.stringify(path.join(place, "lived"));
  return life === "kept"
    ? what
    : `if (!require("fs").existsSync(${mark})) { require("fs").writeFileSync(${mark}, ""); ${what} }`;
};

describe("agent_runaway_restart, a core kept busy", () => {
  holds({
    playbook: "agent_runaway_restart",
    async arrange(world) {
      let pid = "";
      const spin = `require("worker_threads").Worker && new (require("worker_threads").Worker)("for (;;);", { eval: true });`;
      return {
        async strike() {
          await startResident(world.test, resident(inLife(world.place, world.life, spin)));
          pid = pidOf(world);
        },
        observe: async () => pidOf(world),
        faulty: () => pid,
      };
    },
  });
});

describe("agent_runaway_restart, memory without end", () => {
  holds({
    playbook: "agent_runaway_restart",
    settleMs: 1_500,
    // Starting up is work too: here only the memory is to be answered.
    config: () => ({
      sensors: { agent: { cpu: { fire: 10_000, clear: 9_000 }, memoryMiB: { fire: 200, clear: 150 } } },
    }),
    async arrange(world) {
      let pid = "";
      const grow = `globalThis.kept = Array.from({ length: 30 }, () => Buffer.alloc(10 * 1024 * 1024, 1));`;
      return {
        async strike() {
          await startResident(world.test, resident(inLife(world.place, world.life, grow)));
          pid = pidOf(world);
        },
        observe: async () => pidOf(world),
        faulty: () => pid,
      };
    },
  });
});

/** A resident agent that keeps a core busy in every life, and what becomes of it. */
async function runaway() {
  const test = await TestEngine.open({
    playbooks: await hastened("agent_runaway_restart", 400),
    config: { sensors: { enabled: true, intervalMs: 100, samples: 2, holdMs: 0 } },
  });
  await startResident(test, resident(`new (require("worker_threads").Worker)("for (;;);", { eval: true });`));
  const settled = (playbook: string) =>
    test.until("playbook.settled", ({ data }) => data.playbookId === playbook).then(({ data }) => data);
  return { test, settled };
}

describe("agent_runaway_restart, then agent_runaway_quarantine", () => {
  it("takes an agent out of service that runs away again after its restart, and says so", async () => {
    const { test, settled } = await runaway();
    expect(await settled("agent_runaway_restart")).toMatchObject({ outcome: "not_fixed" });
    expect(await settled("agent_runaway_quarantine")).toMatchObject({ outcome: "fixed", via: "chain" });
    expect(test.engine.runtime.pool.processes("a")).toEqual([]);
    expect(test.engine.runtime.agents.get("a").accepting).toBe("drained");
    expect(test.told("notification.sent")).toMatchObject([{ data: { channel: "log" } }]);
  });

  it("hands it to a person with the evidence of both where somebody keeps starting it", async () => {
    const { test, settled } = await runaway();
    test.engine.subscribe({ topic: "run.step_completed" }, async ({ data }) => {
      if ((data as { readonly action: string }).action !== "quarantine") return;
      await test.engine.runtime.agents.command("a", "start", "somebody wants it", "operator:me");
    });
    expect(await settled("agent_runaway_quarantine")).toMatchObject(twinOf("agent_runaway_quarantine"));
    const { data: incident } = await test.until("incident.opened", ({ data }) => data.title.includes("quarantine"));
    expect(incident).toMatchObject({
      title: "agent_runaway_restart, then agent_runaway_quarantine did not verifiably help agent:a",
      needsPerson: true,
      evidence: [
        expect.stringMatching("^agent_runaway_restart .*not below 80") as string,
        expect.stringMatching("^agent_runaway_quarantine: not_fixed, still running: ") as string,
        "rollback: rolled_back",
      ],
    });
    expect(test.engine.runtime.agents.get("a").accepting).toBe("yes");
  });
});

/**
 * The whole machine can be filled for nobody's test: here the readings say that it is, for as long as the process that
 * is in question lives, or in the twin for ever.
 */
describe.each([
  ["cpu_high_kill_idle", "cpu"],
  ["memory_high_end_idle", "memory"],
] as const)("%s", (playbook, resource) => {
  holds({
    playbook,
    ...(playbook === "cpu_high_kill_idle" ? { asks: true } : {}),
    async arrange(world) {
      let pid = "";
      const lives = () => (pid !== "" && isAlive(Number(pid)) ? "alive" : "gone");
      return {
        async strike() {
          await startResident(world.test, resident(""));
          pid = pidOf(world);
          const { vitals } = world.test.engine.runtime.ports;
          vi.spyOn(vitals, "host").mockImplementation(() =>
            Promise.resolve({ [resource]: world.life === "kept" || lives() === "alive" ? 95 : 40 }),
          );
        },
        observe: () => Promise.resolve(lives()),
        faulty: () => "alive",
      };
    },
  });
});

describe("zombies_restart", () => {
  holds({
    playbook: "zombies_restart",
    config: () => ({ watch: { zombies: { lastMs: 200, count: 3 } } }),
    async arrange(world) {
      let pid = "";
      // A shell that becomes another program forgets the children it had: that one never waits for them.
      const leave = `require("child_process").spawn("/bin/sh", ["-c", "true & true & true & true & exec sleep 60"], { stdio: "ignore" });`;
      return {
        async strike() {
          await startResident(world.test, resident(inLife(world.place, world.life, leave)));
          pid = pidOf(world);
        },
        observe: async () => pidOf(world),
        faulty: () => pid,
      };
    },
  });
});

/** A task that a one-shot program tries once. */
async function tried(test: TestEngine, command: readonly string[]): Promise<string> {
  await test.agent("a", command, { output: "ndjson" });
  const { id } = await test.engine.tasks.submit({ agent: "a", input: null, retries: 0 });
  await test.until("task.failed");
  return id;
}

const stateOf =
  ({ test }: RemedyWorld) =>
  async () =>
    test.engine.runtime.views.tasks.list()[0]?.state ?? "none";

/** Says that it works and then nothing more: in its first life, or in every life. */
const silent = (place: string, life: RemedyWorld["life"]) => [
  process.execPath,
  "-e",
  `let answer = true;
  console.log(JSON.stringify({ type: "progress" }));
  ${inLife(place, life, "answer = false; setInterval(() => {}, 1000);")}
  if (answer) console.log(JSON.stringify({ type: "result", output: 1 }));`,
];
const soon = { detectors: { stallMs: 600 } };

async function fallSilent(test: TestEngine, command: readonly string[]): Promise<unknown> {
  await test.agent("a", command, { output: "ndjson" });
  await test.engine.tasks.submit({ agent: "a", input: null, retries: 0, timeoutMs: 2_500 });
  return test.until("agent.stalled");
}

describe("agent_stalled_restart", () => {
  holds({
    playbook: "agent_stalled_restart",
    config: () => soon,
    async arrange(world) {
      return {
        strike: () => fallSilent(world.test, silent(world.place, world.life)),
        observe: stateOf(world),
        faulty: () => "running",
      };
    },
  });
});

/** Writes line after line and does nothing else: in its first life, or in every life. */
const flooding = (place: string, life: RemedyWorld["life"]) => [
  process.execPath,
  "-e",
  `let answer = true;
  const line = JSON.stringify({ type: "log", message: "still waiting" });
  ${inLife(place, life, "answer = false; setInterval(() => { for (let n = 0; n < 20; n++) console.log(line); }, 100);")}
  if (answer) console.log(JSON.stringify({ type: "result", output: 1 }));`,
];

describe("agent_flooding_restart", () => {
  holds({
    playbook: "agent_flooding_restart",
    asks: true,
    config: () => ({ detectors: { flood: { lines: 50, withinMs: 5_000 } } }),
    async arrange(world) {
      return {
        async strike() {
          const { test, place, life } = world;
          await test.agent("a", flooding(place, life), { output: "ndjson" });
          // Time enough for a person; in the twin the attempt after the remedy is ended at this limit.
          await test.engine.tasks.submit({ agent: "a", input: null, retries: 0, timeoutMs: 6_000 });
          await test.until("agent.flooding");
        },
        observe: stateOf(world),
        faulty: () => "running",
      };
    },
  });
});

describe("agent_stalled_restart, then agent_stalled_quarantine", () => {
  it("takes an agent out of service whose task falls silent again", async () => {
    const test = await TestEngine.open({ playbooks: await hastened("agent_stalled_restart", 300), config: soon });
    await fallSilent(test, silent(await tempDir(), "kept"));
    const { data } = await test.until("playbook.settled", ({ data: { via } }) => via === "chain");
    expect(data).toMatchObject({ playbookId: "agent_stalled_quarantine", outcome: "fixed" });
    expect(test.engine.runtime.pool.processes("a")).toEqual([]);
    expect(test.engine.runtime.agents.get("a").accepting).toBe("drained");
  });

  it("takes the quarantine back and hands it to a person where somebody starts the agent again", async () => {
    const test = await TestEngine.open({ playbooks: await hastened("agent_stalled_restart", 300), config: soon });
    test.engine.subscribe({ topic: "run.step_completed" }, async ({ data }) => {
      if ((data as { readonly action: string }).action !== "quarantine") return;
      await test.engine.runtime.agents.command("a", "start", "somebody wants it", "operator:me");
      await test.engine.tasks.submit({ agent: "a", input: null, retries: 0 });
    });
    await fallSilent(test, silent(await tempDir(), "kept"));
    const { data } = await test.until("playbook.settled", ({ data: { via } }) => via === "chain");
    expect(data).toMatchObject({ playbookId: "agent_stalled_quarantine", ...twinOf("agent_stalled_quarantine") });
    const { data: incident } = await test.until("incident.opened", ({ data: { title } }) => title.includes("then"));
    expect(incident.evidence.slice(0, 2)).toEqual([
      expect.stringMatching("^agent_stalled_restart .*: not_fixed, task .* is dead") as string,
      expect.stringMatching("^agent_stalled_quarantine: not_fixed, still running") as string,
    ]);
  });
});

describe("dependency_missing_install", () => {
  holds({
    playbook: "dependency_missing_install",
    asks: true,
    config: async (place, life) => {
      await mkdir(path.join(place, "modules"));
      // The twin's command says that all is well and installs nothing.
      const install =
        life === "kept" ? "" : `fs.mkdirSync(at); fs.writeFileSync(at + "/index.js", "module.exports = 42");`;
      const script = `const fs = require("fs"); const at = ${JSON.stringify(`${place}/modules/`)} + process.argv[1]; ${install}`;
      return {
        reactor: {
          commands: {
            install_dependency: {
              path: process.execPath,
              arguments: ["-e", script, "--", { name: "name", pattern: "[a-z-]+" }, { name: "kind", values: ["node"] }],
            },
          },
        },
      };
    },
    async arrange(world) {
      const program = `const answer = require("left-behind"); console.log(JSON.stringify({ type: "result", output: answer }));`;
      return {
        strike: async () => {
          const command = [
            process.execPath,
            "-e",
            `module.paths.push(${JSON.stringify(`${world.place}/modules`)}); ${program}`,
          ];
          await tried(world.test, command);
        },
        observe: stateOf(world),
        faulty: () => "dead",
      };
    },
  });
});

/** A server of one's own, gone when the test ends. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
}

describe("credential_expired_renew", () => {
  holds({
    playbook: "credential_expired_renew",
    asks: true,
    config: async (place, life) => {
      const file = path.join(place, "credential");
      await writeFile(file, "old");
      const script = `require("fs").writeFileSync(${JSON.stringify(file)}, ${JSON.stringify(life === "kept" ? "older" : "new")})`;
      const renew = { path: process.execPath, arguments: ["-e", script, "--", { name: "agent" }] };
      return { reactor: { commands: { renew_credential: renew } } };
    },
    async arrange(world) {
      const url = await serve((request, response) => {
        response.writeHead(request.headers.authorization === "Bearer new" ? 200 : 401).end("{}");
      });
      const program = `const token = require("fs").readFileSync(${JSON.stringify(`${world.place}/credential`)}, "utf8");
        fetch(${JSON.stringify(url)}, { headers: { authorization: "Bearer " + token } }).then(({ status, statusText }) =>
          console.log(JSON.stringify(status === 200
            ? { type: "result", output: "done" }
            : { type: "error", message: "the upstream says " + status + " " + statusText })));`;
      return {
        strike: () => tried(world.test, [process.execPath, "-e", program]),
        observe: stateOf(world),
        faulty: () => "dead",
      };
    },
  });
});

describe("network_failure_retry", () => {
  holds({
    playbook: "network_failure_retry",
    async arrange(world) {
      let calls = 0;
      const url = await serve((request, response) => {
        if (calls++ === 0 || world.life === "kept") request.socket.resetAndDestroy();
        else response.end("{}");
      });
      const program = `fetch(${JSON.stringify(url)}).then(
        () => console.log(JSON.stringify({ type: "result", output: "done" })),
        ({ cause }) => console.log(JSON.stringify({ type: "error", message: String(cause), code: cause.code })));`;
      let struck = false;
      return {
        strike: async () => {
          await tried(world.test, [process.execPath, "-e", program]);
          struck = true;
        },
        observe: stateOf(world),
        faulty: () => (struck ? "dead" : ""),
      };
    },
  });
});

describe("clock_skewed_sync", () => {
  holds({
    playbook: "clock_skewed_sync",
    asks: true,
    config: async (place, life) => {
      // The machine's clock is everybody's: here the reference is an hour off, until the command sets it.
      const offset = path.join(place, "offset");
      await writeFile(offset, "3600000");
      const url = await serve((_, response) => {
        const { readFileSync } = process.getBuiltinModule("node:fs");
        const atMs = Date.now() + Number(readFileSync(offset, "utf8"));
        response.setHeader("date", new Date(atMs).toUTCString()).end();
      });
      const script = `require("fs").writeFileSync(${JSON.stringify(offset)}, ${JSON.stringify(life === "kept" ? "3600000" : "0")})`;
      const sync = { path: process.execPath, arguments: ["-e", script] };
      return { watch: { clock: { reference: url } }, reactor: { commands: { sync_clock: sync } } };
    },
    async arrange({ test, place, life }) {
      const done = () => (test.told("run.step_completed").some(({ data }) => data.ok) ? "set" : "an hour off");
      return { strike: async () => [place, life], observe: async () => done(), faulty: () => "an hour off" };
    },
  });
});

describe("backlog_scale", () => {
  holds({
    playbook: "backlog_scale",
    config: () => ({
      tasks: { maxConcurrent: 8 },
      watch: { backlog: { fire: 6, clear: 1, maxConcurrency: 8 } },
    }),
    async arrange({ test, life }) {
      const { engine } = test;
      const waiting: (() => void)[] = [];
      let working = 0;
      // One alone never comes to an end: the others have to be there too.
      const run = () =>
        new Promise<null>((resolve) => {
          working++;
          waiting.push(() => resolve(null));
          if (working < 2 || life === "kept") return;
          for (const end of waiting.splice(0)) end();
        });
      onTestFinished(() => {
        for (const end of waiting) end();
      });
      return {
        async strike() {
          await engine.agents.register("a", { kind: "function", concurrency: 1, run });
          for (let n = 0; n < 8; n++) await engine.tasks.submit({ agent: "a", input: n });
        },
        observe: async () => String(engine.runtime.agents.get("a").spec.concurrency),
        faulty: () => "1",
      };
    },
  });
});

describe("score_low_pause", () => {
  holds({
    playbook: "score_low_pause",
    async arrange({ test, life }) {
      const { engine } = test;
      const bad = () => {
        throw new Error("no");
      };
      const about = { kind: "function", capabilities: ["work"], policy: { failureThreshold: 1_000 } } as const;
      const asked = async (request: object, times: number) => {
        for (let n = 0; n < times; n++) {
          const { id } = await engine.tasks.submit({ input: null, retries: 0, ...request });
          await engine.tasks.finished(id);
        }
      };
      return {
        async strike() {
          await engine.agents.register("bad", { ...about, run: bad });
          await engine.agents.register("good", { ...about, run: () => 1 });
          await asked({ agent: "good" }, 5);
          await asked({ agent: "bad" }, 6);
          await test.until("agent.drained", ({ data }) => data.agentId === "bad");
          // What everybody may do goes to the one that is left. In the twin that one fails as well.
          if (life === "once") await asked({ capability: "work" }, 25);
        },
        observe: async () => engine.runtime.agents.get("bad").accepting,
        faulty: () => "yes",
      };
    },
  });
});
