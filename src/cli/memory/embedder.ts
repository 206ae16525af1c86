import { AiosError } from "../../kernel/errors.ts";
import type { EmbedderStatus } from "../answers.ts";
import { type Connection, connect, read } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { UsageError } from "../exit.ts";
import { dataIn, messagesOf } from "../sent-events.ts";
import { details } from "../table.ts";
import type { Paint } from "../terminal.ts";

const verbs = ["status", "download", "reindex"] as const;

export const embedder: Command = {
  name: "embedder",
  summary: "Show what finds texts by their meaning, fetch its model, and embed what has no vector",
  operands: [{ name: "WHAT", says: "status, download or reindex (status)", optional: true }],
  options: {
    anew: { type: "boolean", says: "reindex: take every vector away first, instead of making what lacks" },
    "no-wait": { type: "boolean", says: "come back once it has begun" },
  },
  notes: [
    "`memory.embedder` in the configuration names the embedder; until every item has a vector of exactly this model and type",
    "of weights, words alone answer. Progress is told on standard error; a reindex that is cut off goes on by itself.",
    "`download` fetches from `memory.embedders.transformers.hub`, and nothing is fetched otherwise.",
  ],
  examples: ["aios memory embedder", "aios memory embedder download", "aios memory embedder reindex --anew --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const [given = "status"] = call.given.operands("WHAT");
  const verb = verbs.find((name) => name === given);
  if (verb === undefined) throw new UsageError(`"${given}" is none of ${verbs.join(", ")}`);
  if (verb !== "reindex" && call.given.flag("anew")) throw new UsageError("--anew belongs to reindex");
  const connection = await connect(call);
  const { embedder: api } = connection.api.memory;
  if (verb === "reindex") await read(api.reindex.$post({ json: { anew: call.given.flag("anew") } }));
  if (verb === "download") await read(api.download.$post());
  if (verb !== "status" && !call.given.flag("no-wait")) await follow(call, connection);
  const status = await read(api.$get());
  if (verb !== "status" && !call.given.flag("no-wait")) demandSuccess(verb, status);
  return tell(call, status, () => sayStatus(status, call.terminal.paint));
}

/** Tells a person how far it is, until nothing is under way; scripts are told the end alone. */
async function follow({ json, terminal }: Call, { open, url }: Connection): Promise<void> {
  const response = await open("/api/v1/memory/embedder/progress", { headers: { accept: "text/event-stream" } });
  let told = "";
  try {
    for await (const message of messagesOf(response.body)) {
      const data = dataIn(message);
      const line = data === undefined ? told : sayProgress(JSON.parse(data) as EmbedderStatus);
      if (line !== told && !json) terminal.err(`${line}\n`);
      told = line;
    }
  } catch (cause) {
    throw new AiosError("engine.unreachable", `The engine at ${url} ended; its next start goes on`, { cause });
  }
}

function sayProgress({ state, embedded, waiting, download }: EmbedderStatus): string {
  if (download?.state === "running") {
    const { file = "", loadedBytes = 0, totalBytes = 0 } = download;
    const share = totalBytes === 0 ? 0 : Math.floor((100 * loadedBytes) / totalBytes);
    return `download: ${file} ${String(share)} %`;
  }
  return `${state}: ${String(embedded)} of ${String(embedded + waiting)} embedded`;
}

function demandSuccess(verb: "download" | "reindex", { state, why, download }: EmbedderStatus): void {
  if (verb === "download" && download?.state === "failed")
    throw new AiosError("embedder.unavailable", download.why ?? "the download failed");
  if (state === "failed") throw new AiosError("embedder.unavailable", why ?? "the embedder cannot be used");
}

function sayStatus(status: EmbedderStatus, paint: Paint): string {
  const { embedder: name, state, model, embedded, waiting, items, lacking, others, download, why, note } = status;
  return details(
    [
      ["embedder", name],
      ["state", state, state === "failed" ? "red" : undefined],
      ["why", why],
      ["model", model?.name],
      ["weights", model?.dtype],
      ["dimension", model?.dimension],
      ["scripts", model === undefined ? undefined : [model.scripts].flat().join(", ")],
      ["items", items],
      ["with a vector", name === "none" ? undefined : embedded],
      ["without", name === "none" ? undefined : lacking],
      ["waiting", waiting === 0 ? undefined : waiting],
      ["of others", others.map(({ by, items: count }) => `${String(count)} of ${by}`).join("\n")],
      ["download", download === undefined ? undefined : [download.state, download.why].filter(Boolean).join(": ")],
      ["note", note],
    ],
    paint,
  );
}
