import type { Overview } from "./answers.ts";
import { connect, read } from "./client.ts";
import { type Call, type Command, tell } from "./command.ts";
import { sayAge, sayNumber } from "./say.ts";
import { details } from "./table.ts";
import { type Paint, plain } from "./terminal.ts";

export const status: Command = {
  name: "status",
  summary: "Say whether an engine answers, and how it is",
  notes: ["Exits with 0 when it answers and is ready, 1 when it answers and is not ready, 4 when none answers."],
  examples: ["aios status", "aios status --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const found = await look(call);
  tell(call, found, () => say(found, call.terminal.paint));
  return found.ready ? 0 : 1;
}

async function look(call: Call) {
  const { url, doors, api } = await connect(call);
  const [{ version }, overview, started] = await Promise.all([
    read(doors.healthz.$get()),
    read(api.overview.$get()),
    read(api.events.$get({ query: { type: "engine.started", order: "newest", limit: "1" } })),
  ]);
  const readiness = await readinessOf(doors.readyz.$get());
  const { score, agents, tasks, work, waiting, pause, lastSequence } = overview;
  const startedAtMs = Date.parse(started.items[0]?.time ?? "");
  return {
    url,
    version,
    ...readiness,
    ...(Number.isNaN(startedAtMs) ? {} : { startedAtMs }),
    score: { score: score.score, grade: score.grade, trend: score.trend, why: score.why },
    agents,
    tasks,
    work,
    waiting: waiting.length,
    pause,
    lastSequence,
  };
}

/** Not being ready is an answer as well. */
async function readinessOf(asked: Promise<{ json(): Promise<{ ready: boolean; why: string[]; degraded: string[] }> }>) {
  const { ready, why, degraded } = await (await asked).json();
  return { ready, why, degraded };
}

function say(found: Awaited<ReturnType<typeof look>>, paint: Paint): string {
  const { url, version, ready, why, degraded, startedAtMs, score, agents, tasks, work, waiting, pause } = found;
  const { lastSequence } = found;
  return details(
    [
      ["engine", `${ready ? "ready" : `not ready (${why.join(", ")})`} at ${url}`, ready ? "green" : "red"],
      ["degraded", degraded.length === 0 ? undefined : plain(degraded.join(", ")), "yellow"],
      ["version", version],
      ["started", startedAtMs === undefined ? undefined : sayAge(startedAtMs, Date.now())],
      ["score", [sayNumber(score.score), score.grade, score.trend].filter((part) => part !== null).join(", ")],
      ["agents", sayCounts(agents)],
      ["tasks", sayCounts(tasks)],
      ["accepted", sayWork(work.task)],
      [
        "reactor",
        pause.paused ? `paused by ${pause.by ?? ""}: ${pause.reason ?? ""}` : pause.mode,
        pause.paused ? "yellow" : undefined,
      ],
      ["waiting", waiting === 0 ? "nothing waits for a person" : `${waiting} things wait for a person`],
      ["journal", `${lastSequence} events`],
    ],
    paint,
  );
}

/** What was accepted over all starts and where it is now: the two sides say whether anything was lost. */
function sayWork({ accepted, done, suppressed, deadLettered, pending }: Overview["work"]["task"]): string {
  return `${accepted} tasks = ${done} done + ${suppressed} suppressed + ${deadLettered} dead letters + ${pending} pending`;
}

function sayCounts(counts: Readonly<Record<string, number | undefined>>): string {
  const known = Object.entries(counts).filter(([, count]) => count !== undefined && count > 0);
  return known.length === 0 ? "none" : known.map(([state, count]) => `${count} ${state}`).join(", ");
}
