import type { EmbedderDoor } from "../../http/deps.ts";
import { type Principal, principalName } from "../../http/principals.ts";
import type { EmbedderProgressView, EmbedderStatusView } from "../../http/shapes/embedder.ts";
import type { EmbedderProgress, EmbedderStatus } from "../../memory/meaning/status.ts";
import type { Runtime } from "../../runtime.ts";

/** The embedder of the palace. The journal is told who ordered what. */
export function embedderDoor({ palace, bus }: Runtime): EmbedderDoor {
  const { embedder } = palace;

  async function ordered(order: "reindex" | "reindex_anew" | "download", principal: Principal): Promise<void> {
    const by = principalName(principal);
    await bus.publish({ type: "memory.embedder_ordered", principal: by, data: { order, by } });
  }

  const told = (status: EmbedderStatus): EmbedderStatusView => {
    const { model, others, ...progress } = status;
    const note = embedder.note();
    return {
      ...progress,
      ...(model === undefined ? {} : { model: { ...model, scripts: scriptsOf(model.scripts) } }),
      others: [...others],
      ...(note === undefined ? {} : { note }),
    };
  };

  return {
    status: async () => told(await embedder.status()),
    async *follow() {
      for await (const progress of embedder.follow()) yield progressView(progress);
    },
    async reindex(anew, by) {
      const status = await embedder.reindex({ anew });
      await ordered(anew ? "reindex_anew" : "reindex", by);
      return told(status);
    },
    async download(by) {
      const status = await embedder.download();
      await ordered("download", by);
      return told(status);
    },
  };
}

function progressView({ download, ...progress }: EmbedderProgress): EmbedderProgressView {
  return { ...progress, ...(download === undefined ? {} : { download: { ...download } }) };
}

function scriptsOf(scripts: "any" | readonly string[]) {
  return scripts === "any" ? scripts : [...scripts];
}
