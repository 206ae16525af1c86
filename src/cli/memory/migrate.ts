import { connect, read } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { UsageError } from "../exit.ts";
import { readSettings } from "../settings.ts";

const targets = ["json", "chroma", "neo4j"] as const;
/** Everything is copied and compared before there is an answer. */
const MOVE_MS = 300_000;
type Target = (typeof targets)[number];

export const migrate: Command = {
  name: "migrate",
  summary: "Move everything to another backend, checked by counts and checksums",
  options: {
    to: { type: "string", value: "BACKEND", required: true, says: "json, chroma or neo4j" },
    offline: { type: "boolean", says: "without an engine, on its data directory" },
  },
  notes: [
    "Until everything has arrived and was compared, the old backend is in force: a move that breaks off is begun again.",
    "The engine serves from the new backend at once, and at its next start too; it says so until `memory.backend` names it.",
    "The old backend keeps its copy; nothing that is forgotten later is forgotten there.",
  ],
  examples: ["aios memory migrate --to neo4j", "aios memory migrate --to json --offline"],
  run,
};

async function run(call: Call): Promise<number> {
  const to = targets.find((name) => name === call.given.text("to"));
  if (to === undefined) throw new UsageError(`--to BACKEND is missing: one of ${targets.join(", ")}`);
  const moved = call.given.flag("offline") ? await moveOffline(call, to) : await moveLive(call, to);
  return tell(call, moved, () =>
    [
      `${moved.items} items and ${moved.links} links are on ${moved.to} (checksum ${moved.checksum.slice(0, 16)}).`,
      `${moved.vectors} vectors went along; what has none is embedded anew, where an embedder is configured.`,
      `Set \`"memory": { "backend": "${moved.to}" }\` in the configuration; ${moved.from} keeps its copy until you remove it.`,
    ].join("\n"),
  );
}

async function moveLive(call: Call, to: Target) {
  const { api } = await connect(call, MOVE_MS);
  return read(api.memory.migrate.$post({ json: { to } }));
}

/** The engine's parts are read only where they are needed. */
async function moveOffline(call: Call, to: Target) {
  const [{ moveMemory }, { config, dataDir }] = await Promise.all([import("../../index.ts"), readSettings(call)]);
  return moveMemory(config, dataDir, to);
}
