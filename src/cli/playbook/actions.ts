import { type Call, type Command, tell } from "../command.ts";
import { details } from "../table.ts";
import { plain } from "../terminal.ts";
import { catalogueOf } from "./own-catalogue.ts";

export const actions: Command = {
  name: "actions",
  summary: "List what playbooks may do: the actions that are built in, and your own",
  notes: [
    "Needs no engine. Your own are the files and packages that `reactor.actions` names; each is loaded and judged as the",
    "engine does it, so a file that would keep it from starting is told here, with what to change in it.",
  ],
  examples: ["aios playbook actions", "aios playbook actions --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const [catalogue, { parametersOf }] = await Promise.all([
    catalogueOf(call),
    import("../../actions/playbook-schema.ts"),
  ]);
  const items = [...catalogue.actions.values()].map((one) => {
    const { name, summary, risk, reversible, idempotent, ownScope, source = "built in" } = one;
    return { name, source, summary, risk, reversible, idempotent, ownScope, params: parametersOf(one) };
  });
  const { paint } = call.terminal;
  return tell(call, { items }, () =>
    items
      .map(({ name, source, summary, risk, reversible, idempotent, params }) => {
        const says = details(
          [
            ["  from", source],
            ["  parameters", Object.keys(params.properties).join(", ") || "none"],
            ["  risk", risk],
            ["  undo", reversible ? "puts back what was there" : "cannot be undone"],
            ["  after a crash", idempotent ? "may be repeated" : "is never repeated"],
          ],
          paint,
        );
        return `${paint("bold", name)}: ${plain(summary)}\n${says}`;
      })
      .join("\n"),
  );
}
