import { openInspectionRelay } from "../platform/inspection-relay.ts";
import { connect, read } from "./client.ts";
import { type Call, type Command, tell } from "./command.ts";
import { findEngine } from "./engine-address.ts";
import { exit } from "./exit.ts";
import { watchSignals } from "./signals.ts";

const USUAL_PORT = 8080;

export const inspect: Command = {
  name: "inspect",
  summary: "Offer the running statecharts on a local port, for a stock XState inspector",
  options: {
    port: { type: "string", value: "N", says: `port on 127.0.0.1 (${USUAL_PORT}); 0 takes any free one` },
    actor: {
      type: "string",
      value: "ID",
      multiple: true,
      says: "only this actor, and in full: `aios actors` lists them",
    },
    origin: { type: "string", value: "ORIGIN", multiple: true, says: "let pages of this origin listen, too" },
  },
  notes: [
    "Speaks the protocol of @statelyai/inspect: connect with createWebSocketReceiver({server: URL}). No token is asked",
    "for, so it listens on this machine alone, takes no page of another origin unless --origin names it, and tells only",
    "what the engine tells anyway: redacted by an allow-list. Nothing can be sent to a machine through it.",
    "The dashboard's own page /inspect needs none of this. Ctrl-C ends it.",
  ],
  examples: ["aios inspect", "aios inspect --port 9090 --actor agent/coder --origin https://inspector.example"],
  run,
};

async function run(call: Call): Promise<number> {
  const { given, terminal } = call;
  const port = given.count("port") ?? USUAL_PORT;
  const { url, api } = await connect(call);
  const machines = await read(api.machines.$get({ query: { limit: "1000" } }));
  const { token } = await findEngine(call);
  using signals = watchSignals();
  const relay = await openInspectionRelay({
    port,
    upstream: upstreamOf(url, given.texts("actor")),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    origins: given.texts("origin"),
    note: (text) => terminal.err(`aios: ${text}\n`),
  });
  tell(
    call,
    { url: relay.url, engine: url, machines: machines.items.length },
    () => `${relay.url} tells of the machines that run at ${url} (${machines.items.length} now); Ctrl-C ends it`,
  );
  await signals.first;
  await relay.close();
  return exit.done;
}

function upstreamOf(engine: string, actors: readonly string[]): URL {
  const upstream = new URL("/ws/inspect", engine.replace(/^http/, "ws"));
  if (actors.length > 0) upstream.searchParams.set("actors", actors.join(","));
  return upstream;
}
