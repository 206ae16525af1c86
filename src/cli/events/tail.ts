import type { Call, Command } from "../command.ts";
import { followEvents } from "../event-stream.ts";
import { sayEvent } from "../event-text.ts";
import { exit } from "../exit.ts";
import { filterOf, filterOptions } from "./event-options.ts";

export const tail: Command = {
  name: "tail",
  summary: "Follow events as they happen, each on one line, until Ctrl-C",
  options: {
    ...filterOptions,
    count: { type: "string", value: "N", says: "end after so many" },
  },
  notes: [
    "With --after it begins with what happened since. With --json each line is one event.",
    "A line that is cut is taken up again where it was cut, also when the engine was started anew.",
  ],
  examples: [
    "aios events tail",
    "aios events tail --type 'playbook.*' --json",
    "aios events tail --after 0 --count 100",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { given, terminal, json } = call;
  const wish = { ...filterOf(call), after: given.count("after") };
  const most = given.count("count", 1) ?? Number.POSITIVE_INFINITY;
  let told = 0;
  for await (const item of followEvents(call, wish)) {
    if (item.kind === "live") continue;
    const { at: _, ...stored } = item.event;
    terminal.out(json ? `${JSON.stringify(stored)}\n` : sayEvent(item.event, terminal.paint));
    if (++told >= most) break;
  }
  return exit.done;
}
