import { parseArgs } from "node:util";
import type { Evaluation } from "./evaluation.ts";
import { EvalFault } from "./fault.ts";
import { DataFolder, OutFolder } from "./folder.ts";
import { judge } from "./metric.ts";

/** What each reads, writes and has to reach stands in docs/design/evaluation.md. */
const evaluations: Readonly<Record<string, () => Promise<Evaluation>>> = {
  alerts: async () => (await import("./alerts.ts")).alerts,
  experiment: async () => (await import("./experiment.ts")).experiment,
  fingerprint: async () => (await import("./fingerprint.ts")).fingerprint,
  replay: async () => (await import("./replay.ts")).replay,
  retrieval: async () => (await import("./retrieval.ts")).retrieval,
  schedule: async () => (await import("./schedule.ts")).schedule,
  trend: async () => (await import("./trend.ts")).trend,
};

const names = Object.keys(evaluations).sort().join(", ");
const usage = `usage: npm run --silent eval -- NAME --data DIR --out DIR
  NAME        one of ${names}
  --data DIR  where the data is
  --out DIR   where predictions are written; made when it is not there
  --backend B, --embedder E   for retrieval: what the memory is built with; the defaults unless told
  --simulate  for experiment, instead of --data: pairs whose truth is known are made, always the same ones, and written
              to pairs.jsonl in --out`;

/** Where the lines go that a command prints. */
export interface Print {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/**
 * Runs one evaluation: metrics as JSON lines on `out`, bars in words on `err`. Gives the exit code: 0 when everything was
 * measured, whatever the figures; 1 when something could not be read; 2 for a wrong command.
 */
export async function runCommand(args: readonly string[], print: Print): Promise<number> {
  try {
    const { name, load, data, out, choice } = understand(args);
    const evaluation = await load();
    const given = data === undefined ? undefined : new DataFolder(data);
    const written = new OutFolder(out);
    for await (const metric of evaluation(given ?? new DataFolder(out), written, choice)) {
      const judged = judge(name, metric);
      print.out(JSON.stringify(judged));
      const { bar, value, met } = judged;
      if (bar === undefined) continue;
      const verdict = met === true ? "met" : "MISSED";
      print.err(`${name} ${metric.metric}: ${value}, must be ${bar.must} ${bar.limit}: ${verdict}`);
    }
    return 0;
  } catch (failure) {
    if (!(failure instanceof EvalFault)) throw failure;
    print.err(failure.kind === "usage" ? `${failure.message}\n${usage}` : failure.message);
    return failure.kind === "usage" ? 2 : 1;
  }
}

/** Which evaluation each further option is for. */
const meantFor = { backend: "retrieval", embedder: "retrieval", simulate: "experiment" } as const;

function understand(args: readonly string[]) {
  const { values, positionals } = optionsOf(args);
  const [name, ...more] = positionals;
  if (name === undefined) throw new EvalFault("usage", "which evaluation?");
  const load = Object.hasOwn(evaluations, name) ? evaluations[name] : undefined;
  if (load === undefined) throw new EvalFault("usage", `there is no evaluation ${name}; there are ${names}`);
  if (more.length > 0) throw new EvalFault("usage", `one evaluation at a time, not ${positionals.join(" ")}`);
  const { data, out, ...choice } = values;
  if (out === undefined) throw new EvalFault("usage", "--out is missing");
  for (const option of Object.keys(choice) as (keyof typeof meantFor)[])
    if (meantFor[option] !== name)
      throw new EvalFault("usage", `--${option} is for ${meantFor[option]}, not for ${name}`);
  if (choice.simulate !== true && data === undefined) throw new EvalFault("usage", "--data is missing");
  if (choice.simulate === true && data !== undefined)
    throw new EvalFault("usage", "--simulate makes its own data: leave out --data");
  return { name, load, data, out, choice };
}

function optionsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: "string" },
        out: { type: "string" },
        backend: { type: "string" },
        embedder: { type: "string" },
        simulate: { type: "boolean" },
      },
      allowPositionals: true,
    });
  } catch (failure) {
    throw new EvalFault("usage", failure instanceof Error ? failure.message : String(failure));
  }
}
