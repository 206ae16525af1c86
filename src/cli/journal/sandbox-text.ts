import { sayMoment, sayNumber, sayShare, sayTarget } from "../say.ts";
import { bullets, details, section, table } from "../table.ts";
import type { Paint } from "../terminal.ts";
import type { SandboxReport } from "./sandbox.ts";

const SHOWN = 20;

/** What a sandbox says of the events it was given. */
export function saySandbox(said: SandboxReport, paint: Paint): string {
  const { events, firstSequence, lastSequence, atMs, score, agents, tasks, runs, incidents, lessons } = said;
  if (events === 0) return "No event was given to the sandbox.\n";
  const states = Object.entries(tasks).filter(([, count]) => count > 0);
  const head = details(
    [
      ["events", `${events}, sequence ${firstSequence} to ${lastSequence}`],
      ["moment", sayMoment(atMs)],
      ["score", [sayNumber(score.score), score.grade, score.trend].filter((part) => part !== null).join(", ")],
      [
        "terms",
        Object.entries(score.terms)
          .map(([name, value]) => `${name} ${sayShare(value)}`)
          .join(", "),
      ],
      ["tasks", states.length === 0 ? "none" : states.map(([state, count]) => `${count} ${state}`).join(", ")],
      ["runs", runs.length],
      [
        "incidents",
        incidents.length === 0 ? "none" : incidents.map(({ title, state }) => `${title} (${state})`).join("\n"),
      ],
      ["lessons", lessons.length === 0 ? "none" : lessons.map(({ id, level }) => `${id} (${level})`).join(", ")],
    ],
    paint,
  );
  return [
    head,
    section("why", bullets(score.why), paint),
    section("agents", tableOf(agents, agentColumns, paint), paint),
    section("newest runs", tableOf(runs.slice(0, SHOWN), runColumns, paint), paint),
  ].join("");
}

type Agent = SandboxReport["agents"][number];
type Run = SandboxReport["runs"][number];

const agentColumns = [
  { title: "AGENT", of: ({ id }: Agent) => id },
  { title: "STATE", of: ({ state }: Agent) => state },
  { title: "BREAKER", of: ({ breaker }: Agent) => breaker },
  { title: "SUCCEEDED", of: ({ tasks }: Agent) => tasks.succeeded, right: true },
  { title: "FAILED", of: ({ tasks }: Agent) => tasks.failed, right: true },
];
const runColumns = [
  { title: "PLAYBOOK", of: ({ playbook }: Run) => playbook },
  { title: "TARGET", of: ({ target }: Run) => sayTarget(target) },
  { title: "OUTCOME", of: ({ outcome, state }: Run) => outcome ?? state },
  { title: "ROLLBACK", of: ({ rollback }: Run) => rollback ?? "" },
];

function tableOf<T>(rows: readonly T[], columns: Parameters<typeof table<T>>[1], paint: Paint): string {
  return rows.length === 0 ? "none\n" : table(rows, columns, paint);
}
