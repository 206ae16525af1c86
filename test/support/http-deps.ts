import { EventBus, type Publishable } from "../../src/events/bus.ts";
import { VolatileJournal } from "../../src/events/volatile-journal.ts";
import { createApp, type Doors } from "../../src/http/app.ts";
import type { HttpDeps, InspectorMessage, Pages, Reading } from "../../src/http/deps.ts";
import { principalName } from "../../src/http/principals.ts";
import type { AgentView } from "../../src/http/shapes/agent.ts";
import type { PauseView } from "../../src/http/shapes/engine.ts";
import type { SuggestionView } from "../../src/http/shapes/knowledge.ts";
import type { ItemView } from "../../src/http/shapes/memory.ts";
import type { Proposals } from "../../src/http/shapes/proposal.ts";
import type { ApprovalView, IncidentView, PlaybookView, RunView } from "../../src/http/shapes/remedy.ts";
import type { ScoreView } from "../../src/http/shapes/score.ts";
import type { TaskView } from "../../src/http/shapes/task.ts";
import { Tokens } from "../../src/http/tokens.ts";
import type { Clock } from "../../src/kernel/clock.ts";
import { AiosError } from "../../src/kernel/errors.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { canRead, homeOf, writableSpace } from "../../src/memory/access.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { nodeFiles } from "../../src/platform/files.ts";
import { nodeHash } from "../../src/platform/hash.ts";
import { SeededEntropy } from "../../src/simulation/seeded-entropy.ts";
import { tempDir } from "./temp-dir.ts";

export interface TestDoors extends Doors {
  readonly app: ReturnType<typeof createApp>["app"];
  readonly deps: HttpDeps;
  readonly bus: EventBus;
  readonly directory: string;
  readonly tokens: { readonly operator: string; readonly viewer: string; readonly coder: string };
  /** Sends a message to everybody who watches the machines. */
  readonly inspect: (message: InspectorMessage) => void;
  /** `app.request` with a bearer token, and JSON bodies written for you. */
  readonly ask: (method: string, path: string, options?: AskOptions) => Promise<Answer>;
}

export interface AskOptions {
  readonly as?: "operator" | "viewer" | "coder" | "nobody";
  readonly json?: unknown;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body when it is JSON. */
  readonly json: unknown;
}

/** The doors over real tokens, a real bus and small rooms in memory instead of the engine's own. */
export async function testDoors(options: { readonly clock?: Clock; readonly pages?: Pages } = {}): Promise<TestDoors> {
  const clock = options.clock ?? systemClock;
  const directory = await tempDir();
  const entropy = new SeededEntropy();
  const tokens = await Tokens.open({ files: nodeFiles, hash: nodeHash, entropy, clock, directory });
  const made = {
    operator: (await nodeFiles.readText(`${directory}/operator.token`))?.trim() ?? "",
    viewer: (await tokens.create({ role: "viewer" })).token,
    coder: (await tokens.create({ role: "agent", agentId: "coder" })).token,
  };
  const journal = new VolatileJournal();
  const bus = new EventBus({ journal, clock, entropy, log: silentLog });
  const watchers = new Set<(message: InspectorMessage) => void>();
  const deps: HttpDeps = {
    version: "0.0.0-test",
    clock,
    entropy,
    hash: nodeHash,
    log: silentLog,
    settings: { allowedHosts: ["aios.example"] },
    tokens,
    events: {
      publish: (drafts) => bus.acceptMany(drafts as readonly Publishable[]),
      read: (range) => journal.read(range),
      subscribe: (filter, handle, how) => bus.subscribe(filter, handle, how),
      lastSequence: () => journal.lastSequence,
    },
    ...rooms(),
    machines: {
      list: () => [{ id: "agent/coder", machine: "agent", state: "idle", deadlines: [], sinceMs: 1 }],
      watch: (actors, tell) => {
        tell({ type: "@xstate.actor", sessionId: actors.join("+") || "all" });
        watchers.add(tell);
        return { [Symbol.dispose]: () => void watchers.delete(tell) };
      },
    },
    actors: {
      ...reading(
        new Map([["agent/coder", { id: "agent/coder", machine: "agent", state: "idle", deadlines: [], sinceMs: 1 }]]),
      ),
      history: () => Promise.resolve({ items: [], next: null }),
      restart: (id) => Promise.resolve({ id, machine: "agent", state: "idle", deadlines: [], sinceMs: 1 }),
    },
    metrics: () => [{ kind: "gauge", name: "aios_up", help: "Whether it is up.", values: [{ value: 1 }] }],
    readiness: () => ({ ready: true, why: [], degraded: [], lastSequence: journal.lastSequence }),
    effects: () => [
      { effect: "task on coder", key: "t-coder/1", attempt: 1, outcome: "done", of: { kind: "task", id: "t-coder" } },
    ],
    overview: () => ({
      score: noScore,
      timeline: [],
      issues: [],
      waiting: [],
      agents: {},
      tasks: {},
      work: { task: noWork, run: noWork, report: noWork },
      pause: { paused: false, mode: "live" },
      lastSequence: journal.lastSequence,
    }),
    performance: () => ({
      windowMs: 3_600_000,
      responseMs: null,
      waitMs: null,
      fixMs: null,
      throughputPerMinute: null,
      series: [],
      agents: [],
      engine: { events: journal.lastSequence, eventsPerSecond: null, commitMs: null, decideMs: null },
      bottlenecks: [],
    }),
    async *backup() {
      yield new TextEncoder().encode("a backup");
    },
    pages: options.pages,
  };
  const doors = createApp(deps);
  return {
    ...doors,
    deps,
    bus,
    directory,
    tokens: made,
    inspect: (message) => {
      for (const tell of watchers) tell(message);
    },
    ask: (method, path, how) => ask(doors.app, made, method, path, how),
  };
}

async function ask(
  app: TestDoors["app"],
  tokens: TestDoors["tokens"],
  method: string,
  path: string,
  { as = "operator", json, body, headers = {} }: AskOptions = {},
): Promise<Answer> {
  const response = await app.request(path, {
    method,
    headers: {
      ...(as === "nobody" ? {} : { authorization: `Bearer ${tokens[as]}` }),
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(json === undefined ? (body === undefined ? {} : { body }) : { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

const term = { tsr: null, cr: null, uptime: null, learning: null };
const noWork = { accepted: 0, done: 0, suppressed: 0, deadLettered: 0, pending: 0 };
const noScore: ScoreView = {
  score: null,
  grade: null,
  trend: null,
  terms: term,
  intervals: { score: null, tsr: null, cr: null, learning: null },
  why: ["not enough data"],
  weights: { tsr: 0.4, cr: 0.3, uptime: 0.2, learning: 0.1 },
  adaptsWeights: false,
  counts: { tsr: 0, cr: 0, uptime: 0, learning: 0 },
  alerts: [],
  trendDetail: { kind: "unknown", outcomes: 0 },
  windowMs: 3_600_000,
  atMs: 0,
};

type Rooms = Pick<
  HttpDeps,
  | "tasks"
  | "agents"
  | "playbooks"
  | "runs"
  | "approvals"
  | "incidents"
  | "deadletters"
  | "score"
  | "memory"
  | "embedder"
  | "lessons"
  | "failures"
  | "evolution"
  | "predictions"
  | "pause"
>;

function rooms(): Rooms {
  const tasks = new Map<string, TaskView>([
    ["t-coder", aTask("t-coder", "coder", "operator:first")],
    ["t-other", aTask("t-other", "other", "operator:first")],
  ]);
  return {
    tasks: {
      ...reading(tasks),
      submit: (input, by) => {
        if (input.agent === "missing") return Promise.reject(new AiosError("agent.unknown", "no agent missing"));
        if (input.agent === "full")
          return Promise.reject(new AiosError("busy", "the queue is full", { retryAfterSeconds: 7 }));
        const task = { ...aTask(`t-${tasks.size + 1}`, input.agent, principalName(by)), input: input.input };
        tasks.set(task.id, task);
        return Promise.resolve(task);
      },
      cancel: (id) => change(tasks, id, { state: "cancelled" }),
      output: (id) => ({ id, state: "succeeded", output: { lines: 3 }, outputBytes: 11 }),
    },
    agents: agentRoom(),
    ...remedyRooms(),
    deadletters: {
      ...reading(
        new Map([
          [
            "d-1",
            {
              kind: "task",
              id: "d-1",
              task: "t-other",
              count: 1,
              reason: "exit",
              message: "no",
              attempts: 3,
              atMs: 1,
              replayed: false,
            },
          ],
        ]),
      ),
      replay: () => Promise.resolve(aTask("t-other", "other", "operator:first")),
    },
    score: {
      current: () => noScore,
      standings: () => [],
      history: () => [{ sequence: 9, atMs: 1, score: 0.5, grade: "degraded", trend: "stable", terms: term }],
    },
    memory: memoryRoom(),
    embedder: embedderRoom(),
    lessons: reading(new Map()),
    failures: {
      ...reading(new Map()),
      explain: () => undefined,
      explainMessage: (text) => Promise.reject(new AiosError("not_found", text)),
    },
    evolution: {
      ...reading(new Map<string, SuggestionView>()),
      order: (id) => Promise.reject(new AiosError("not_found", id)),
    },
    predictions: () => ({ state: "not_proven", why: "nothing ended yet", judged: 0, brier: null, items: [], atMs: 1 }),
    pause: pauseRoom(),
  };
}

function aTask(id: string, agent: string | undefined, submittedBy: string): TaskView {
  return {
    id,
    state: "queued",
    ...(agent === undefined ? {} : { agent }),
    priority: "P2",
    input: null,
    timeoutMs: 300_000,
    retries: 0,
    dependsOn: [],
    attempts: 0,
    effects: [],
    submittedBy,
    submittedAtMs: 1,
  };
}

function reading<T>(all: Map<string, T>): Reading<T> {
  return { list: () => [...all.values()], get: (id) => all.get(id) };
}

function change<T>(all: Map<string, T>, id: string, by: Partial<T>): Promise<T> {
  const before = all.get(id);
  if (before === undefined) return Promise.reject(new AiosError("not_found", id));
  const after = { ...before, ...by };
  all.set(id, after);
  return Promise.resolve(after);
}

function agentRoom(): HttpDeps["agents"] {
  const agent = (id: string): AgentView => ({
    id,
    kind: "process",
    config: { command: ["true"] },
    configVersion: 1,
    configHash: "h1",
    capabilities: [],
    concurrency: 1,
    policy: { failureThreshold: 3, cooldownMs: 60_000, openMs: 60_000, archiveAfterProbes: 10 },
    state: "idle",
    breaker: "closed",
    accepting: "yes",
    sinceMs: 1,
    running: [],
    success: { value: null, n: 0 },
    tasks: { succeeded: 0, failed: 0 },
    processes: [],
  });
  const agents = new Map(["coder", "other"].map((id) => [id, agent(id)]));
  const version = { version: 1, config: {}, configHash: "h1", by: "operator:first", atMs: 1, current: true };
  return {
    ...reading(agents),
    register: (input) => {
      agents.set(input.id, { ...agent(input.id), kind: input.kind, config: input.config });
      return change(agents, input.id, {});
    },
    command: (id, command) => change(agents, id, command === "drain" ? { accepting: "drained" } : {}),
    configurations: () => [version],
    configure: (_id, config) => Promise.resolve({ ...version, version: 2, config }),
  };
}

const similar: Proposals = {
  answeredBy: [],
  leastScore: 0.25,
  items: [
    {
      playbook: "restart",
      title: "Restart it",
      enabled: true,
      score: 0.5,
      by: "text",
      reason: "it says 50 % of what is asked: broke",
      words: ["broke"],
    },
  ],
};

function remedyRooms(): Pick<Rooms, "playbooks" | "runs" | "approvals" | "incidents"> {
  const target = { kind: "agent", id: "coder" } as const;
  const playbooks = new Map<string, PlaybookView>([
    [
      "restart",
      {
        id: "restart",
        title: "Restart it",
        enabled: true,
        hash: "h",
        file: "restart.json",
        eventType: "resource.high",
        risk: "low",
        actions: ["restart_agent"],
        tested: true,
        runs: { settled: 0, fixed: 0, notFixed: 0 },
        success: { value: null, n: 0 },
      },
    ],
  ]);
  const run: RunView = {
    id: "r-1",
    playbook: "restart",
    target,
    state: "settled",
    outcome: "fixed",
    rollback: "none",
    reason: "probes held",
    via: "trigger",
    mode: "live",
    trigger: { id: "e", sequence: 1, type: "resource.high", atMs: 1 },
    plan: {},
    planHash: "p",
    why: [],
    steps: [],
    evidence: [],
    residue: [],
    left: [],
    effects: [],
    after: [],
    startedAtMs: 1,
  };
  const approvals = new Map<string, ApprovalView>([
    [
      "a-1",
      {
        id: "a-1",
        run: "r-1",
        playbook: "restart",
        target,
        state: "waiting",
        risk: "high",
        why: [],
        planHash: "p",
        proposedBy: "engine",
        requestedAtMs: 1,
        expiresAtMs: 2,
      },
    ],
  ]);
  const incidents = new Map<string, IncidentView>([
    [
      "i-1",
      {
        id: "i-1",
        title: "It does not help",
        severity: "error",
        state: "open",
        needsPerson: true,
        target,
        runs: ["r-1"],
        evidence: [],
        notes: [],
        openedAtMs: 1,
        updatedAtMs: 1,
      },
    ],
  ]);
  return {
    playbooks: {
      ...reading(playbooks),
      refused: () => [{ file: "bad.json", reason: "actions[0].type: unknown" }],
      enable: (id, enabled) => change(playbooks, id, { enabled }),
      dryRun: (playbook) =>
        Promise.resolve({ playbook, verdict: "would_act", reason: "it matches", planHash: "p", followers: [] }),
      run: () => Promise.resolve(run),
      rehearseRun: (playbook) =>
        Promise.resolve({ playbook, verdict: "would_ask", reason: "it is dangerous", followers: [] }),
      drafts: () => [
        {
          id: "draft_3f9a1c07b2de4455",
          title: "Answer: it broke",
          fingerprint: "3f9a1c07b2de4455",
          template: "it broke",
          lesson: "lesson-3f9a1c07b2de4455",
          tasks: 3,
          evidence: ["t-1"],
          unfinished: [{ path: "actions", message: "say what is to be done" }],
          document: { id: "draft_3f9a1c07b2de4455" },
          atMs: 1,
        },
      ],
      suggest: () => Promise.resolve(similar),
      rehearseSuggested: () =>
        Promise.resolve({
          ...similar,
          rehearsal: { playbook: "restart", verdict: "would_act", reason: "it is like it", followers: [] },
        }),
      reload: () => Promise.resolve({ outcome: "unchanged", changed: [], refused: [] }),
      explain: () => ({ considered: [], chosen: null, text: "no playbook matches" }),
    },
    runs: reading(
      new Map([
        [run.id, run],
        ["r-2", { ...run, id: "r-2", outcome: "not_fixed", rollback: "residue", left: ["it stays"] }],
      ]),
    ),
    approvals: {
      ...reading(approvals),
      decide: (id, decision, input, by) => {
        if (input.planHash !== undefined && input.planHash !== "p")
          return Promise.reject(new AiosError("approval.stale", "the plan changed"));
        return change(approvals, id, { state: decision, decidedBy: principalName(by) });
      },
    },
    incidents: {
      ...reading(incidents),
      acknowledge: (id) => change(incidents, id, { state: "acknowledged" }),
      resolve: (id) => change(incidents, id, { state: "resolved" }),
      silence: (id, untilMs) => change(incidents, id, { silencedUntilMs: untilMs }),
    },
  };
}

function embedderRoom(): HttpDeps["embedder"] {
  const status = { embedder: "none", state: "off", embedded: 0, waiting: 0, others: [] } as const;
  const none = () => Promise.reject(new AiosError("conflict", "no embedder is configured"));
  return {
    status: () => Promise.resolve({ ...status, others: [] }),
    async *follow() {
      yield status;
    },
    reindex: none,
    download: none,
  };
}

function memoryRoom(): HttpDeps["memory"] {
  const items = new Map<string, ItemView>();
  const graph = { nodes: [], links: [] };
  const visible = (asker: Parameters<HttpDeps["memory"]["list"]>[0]) =>
    [...items.values()].filter((item) => canRead(asker.reader, { space: item.space, sharedWith: [] }));
  const one = (key: string, asker: Parameters<HttpDeps["memory"]["list"]>[0]) =>
    visible(asker).find((item) => item.key === key);
  const patched = (key: string, by: Partial<ItemView>) => change(items, key, by);
  return {
    store: (input, asker) => {
      const { key = "k", content, title } = input;
      const space = writableSpace(asker.reader, asker.space ?? homeOf(asker.reader));
      items.set(key, { key, content, space, ...(title === undefined ? {} : { title }) });
      return patched(key, {});
    },
    get: (key, asker) => Promise.resolve(one(key, asker)),
    list: (asker) => Promise.resolve(visible(asker)),
    patch: (key, patch) => patched(key, patch.content === undefined ? {} : { content: patch.content }),
    remove: (key, asker) => Promise.resolve(one(key, asker) !== undefined && items.delete(key)),
    query: (_query, asker) =>
      Promise.resolve({ items: visible(asker).map((item) => ({ ...item, score: 1 })), signals: ["words"] }),
    context: () => Promise.resolve({ text: "", tokens: 0, items: [] }),
    link: () => Promise.resolve(),
    unlink: (input) => Promise.resolve(input.from !== "nothing"),
    neighbours: () => Promise.resolve(graph),
    path: () => Promise.resolve(graph),
    share: (key) => patched(key, {}),
    export: () => Promise.resolve({ format: 1, items: [...items.values()], links: [], checksum: "c" }),
    import: (content) => Promise.resolve({ items: content.items.length, links: 0, checksum: content.checksum }),
    migrate: async (to) => ({ from: "json", to, items: items.size, links: 0, vectors: 0, checksum: "0".repeat(64) }),
    feedback: (input) => patched(input.key, {}),
    review: () => Promise.resolve([]),
    tidy: () => Promise.resolve([]),
    merge: (key) => patched(key, {}),
    unmerge: (key) => patched(key, {}),
    sequel: (key) => Promise.resolve({ failure: { key, title: key }, follows: [], fixedBy: [], lessons: [] }),
    sweep: () => Promise.resolve([]),
  };
}

function pauseRoom(): HttpDeps["pause"] {
  let state: PauseView = { paused: false, mode: "live" };
  return {
    get: () => state,
    set: (reason, by) => {
      state = { paused: true, mode: "live", reason, by: principalName(by) };
      return Promise.resolve(state);
    },
    clear: () => {
      state = { paused: false, mode: "live" };
      return Promise.resolve(state);
    },
  };
}
