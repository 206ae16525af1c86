import type { SimulationReport } from "../../simulation/simulation.ts";
import { sayDuration } from "../duration.ts";
import { sayNumber } from "../say.ts";
import { details, section, table } from "../table.ts";
import type { Paint } from "../terminal.ts";

/** A simulation's report with what was measured around it. */
export interface Simulated extends SimulationReport {
  /** SHA-256 of the journal's bytes, in hex. */
  readonly digest: string;
  readonly wallMs: number;
  readonly eventsPerSecond: number;
  /** The journal that was written; absent without `--out`. */
  readonly journal?: string;
}

/** The report for people. It says that it is a simulation before it says anything else. */
export function saySimulation(said: Simulated, paint: Paint): string {
  const { score, tasks, approvals, incidents, logged } = said;
  const head = details(
    [
      ["simulation", "all of it is made up from the seed: no agent, process or service of this machine took part"],
      ["seed", said.seed],
      ["agents", said.agents],
      ["virtual time", sayDuration(said.durationMs)],
      ["wall time", sayDuration(said.wallMs)],
      ["events", `${said.events}, ${said.eventsPerSecond} a second`],
      ["left out", said.without === undefined ? undefined : `${said.lost} of ${said.without}`],
      ["tasks", words(tasks)],
      ["refused", words(said.refused)],
      ["remedies", words(said.remedies) || "none"],
      ["approvals", words(approvals)],
      ["incidents", words(incidents)],
      ["lessons", said.lessons],
      ["score", [sayNumber(score.score), score.grade, score.trend].filter((part) => part !== null).join(", ")],
      ["agents' states", words(said.agentStates)],
      ["warnings", words(logged.warnings)],
      ["errors", words(logged.errors), "red"],
      ["journal", said.journal],
      ["digest", said.digest],
    ],
    paint,
  );
  const rows = Object.entries(said.types);
  const columns = [
    { title: "COUNT", of: ([, n]: (typeof rows)[number]) => n, right: true },
    { title: "TYPE", of: ([type]: (typeof rows)[number]) => type },
  ];
  return `${head}${section("events by type", table(rows, columns, paint), paint)}`;
}

function words(counts: Readonly<Record<string, number | undefined>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}
