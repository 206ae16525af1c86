import type { Knowledge } from "../http/mcp/knowledge.ts";
import type { Tool } from "../http/mcp/tools.ts";
import { type Api, connect, read, segment } from "./client.ts";
import type { Call, Command } from "./command.ts";
import { exit } from "./exit.ts";
import { watchSignals } from "./signals.ts";
import { version } from "./version.ts";

export const mcp: Command = {
  name: "mcp",
  summary: "Offer the memory to an agent as tools of the Model Context Protocol, over stdin and stdout",
  options: {},
  notes: [
    "Started by the agent's own program, which speaks the protocol to it; a running engine answers. The tools ask for",
    "lessons, report what was learned and link it, inside the space of whoever the token names: give each agent its own",
    "with `aios token create`, in AIOS_TOKEN. Nothing here promotes, approves or grants. Over HTTP the same is at /mcp.",
    "Ends when its input ends.",
  ],
  examples: ["aios mcp", "AIOS_TOKEN=... aios mcp --config /srv/aios/aios.config.json"],
  run,
};

async function run(call: Call): Promise<number> {
  const { api } = await connect(call);
  // Whoever may not in is told so here, before a protocol is spoken that has no word for it.
  const { role } = await read(api.self.$get());
  const [sdk, { serveStdio }, { mcpServer }, { mayUse }] = await Promise.all([
    import("@modelcontextprotocol/server"),
    import("@modelcontextprotocol/server/stdio"),
    import("../http/mcp/server.ts"),
    import("../http/principals.ts"),
  ]);
  const complain = (text: string) => call.terminal.err(`aios: ${text}\n`);
  const served = {
    version,
    knowledge: knowledgeOf(api),
    offers: ({ right }: Pick<Tool, "right">) => mayUse(role, right),
    report: (failure: Error) => complain(failure.message),
  };
  using signals = watchSignals();
  const ended = new Promise<void>((resolve) => {
    process.stdin.once("end", resolve).once("close", resolve);
  });
  const handle = serveStdio(() => mcpServer(sdk, served), { onerror: (failure) => complain(failure.message) });
  await Promise.race([ended, signals.first]);
  await handle.close();
  return exit.done;
}

/** The memory of a running engine, as its routes give it to the token's owner. */
function knowledgeOf({ memory }: Api): Knowledge {
  const item = memory.items[":key"];
  return {
    context: (json) => read(memory.context.$post({ json })),
    query: (json) => read(memory.query.$post({ json })),
    get: (key) => read(item.$get({ param: { key: segment(key) }, query: {} })),
    store: (json) => read(memory.items.$post({ json })),
    async link(json) {
      await read(memory.links.$post({ json }));
    },
    neighbours: (key, { depth, relation }) =>
      read(
        item.neighbours.$get({
          param: { key: segment(key) },
          query: { depth: String(depth), ...(relation === undefined ? {} : { relation }) },
        }),
      ),
    path: (json) => read(memory.path.$post({ json })),
    sequel: (key) => read(memory.sequel.$post({ json: { key } })),
  };
}
