import { connect, read } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit } from "../exit.ts";
import { bullets } from "../table.ts";
import { plain } from "../terminal.ts";
import { sayRefused } from "./playbook-text.ts";

export const reload: Command = {
  name: "reload",
  summary: "Have the engine read its playbook files again now",
  notes: [
    "It does so by itself when a file changes (reactor.reloadMs). A file that is refused keeps its version before in force,",
    "where there was one, and the others are adopted; while one is refused this exits with 1 and says why. Runs under way go",
    "on by the plan they were begun with.",
  ],
  examples: ["aios playbook reload", "aios playbook reload --json"],
  run,
};

const outcomes = {
  adopted: "The playbooks were loaded again.",
  unchanged: "Nothing has changed.",
  kept: "The old playbooks stay in force.",
} as const;

async function run(call: Call): Promise<number> {
  const { api } = await connect(call);
  const reloaded = await read(api.playbooks.reload.$post());
  const { outcome, changed, refused } = reloaded;
  tell(call, reloaded, () => {
    const lines = [
      ...(changed.length === 0 ? [] : [`changed: ${changed.map(plain).join(", ")}`]),
      ...refused.map((one) => `refused: ${plain(sayRefused(one))}`),
    ];
    return `${outcomes[outcome]}\n${lines.length === 0 ? "" : `${bullets(lines)}`}`;
  });
  return refused.length > 0 ? exit.failed : exit.done;
}
