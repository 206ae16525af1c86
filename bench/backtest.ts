import path from "node:path";
import { performance } from "node:perf_hooks";
import { z } from "zod";
import type { Figure } from "./figure.ts";
import { rounded } from "./samples.ts";
import { openScratch } from "./scratch.ts";
import { AGENTS, asked, DAYS, EVENTS, lived } from "./simulated-week.ts";

const said = z.object({
  events: z.number(),
  same: z.boolean(),
  playbooks: z.array(z.object({ recorded: z.record(z.string(), z.number()) })),
});

/** How long it takes to decide about a recorded life once more. */
export async function* backtest(): AsyncIterable<Figure> {
  await using scratch = await openScratch();
  const directory = path.join(scratch.directory, "data");
  await lived(directory);
  const began = performance.now();
  const { events, same, playbooks } = said.parse(await asked(["playbook", "backtest", directory]));
  const seconds = (performance.now() - began) / 1_000;
  if (!same) throw new Error("the shipped playbooks did not decide as they had decided");
  const decisions = playbooks.flatMap(({ recorded }) => Object.values(recorded)).reduce((sum, count) => sum + count, 0);
  yield {
    figure: "backtest.simulated_week",
    measures: `\`node dist/main.js playbook backtest\` over ${events} events that the engine wrote in ${DAYS} simulated days of ${AGENTS} agents, with the playbooks that were in force: read and verified, decided again, compared. From the spawn to its end`,
    unit: "s",
    ours: {
      name: "aios playbook backtest",
      n: events,
      value: rounded(seconds),
      perSecond: Math.round(events / seconds),
      note: `${decisions} decisions of ${playbooks.length} playbooks, every one as it was`,
    },
    bars: events < EVENTS ? [] : [{ of: "value", must: "at most", limit: 20 }],
    beside: [],
    notMeasured: "changed playbooks, after which more has to be imagined; segments in compressed form",
  };
}
