import { AdviceModel } from "../actors/advice-model.ts";
import { LessonKeeper, type LessonKeeperDeps } from "../actors/lesson-keeper.ts";
import { LessonWriter, type LessonWriterDeps } from "../actors/lesson-writer.ts";
import type { Config } from "../config.ts";
import type { Web } from "../kernel/web.ts";

export interface LessonKeeping {
  start(): Disposable;
  /** Resolves when all that was heard is stored. */
  settled(): Promise<void>;
}

/** Keeps the lessons' texts, and has their advice written where the configuration names a model. */
export function lessonKeeping(
  deps: LessonKeeperDeps & Omit<LessonWriterDeps, "keeper" | "model"> & { readonly web: Web },
  { writer: { url, model, key, timeoutMs } }: Config["lessons"],
): LessonKeeping {
  const keeper = new LessonKeeper(deps);
  const writer =
    url === undefined
      ? undefined
      : new LessonWriter({ ...deps, keeper, model: new AdviceModel({ url, model, key, timeoutMs }, deps) });
  return {
    start() {
      const parts = [keeper.start(), writer?.start()];
      return {
        [Symbol.dispose]() {
          for (const part of parts) part?.[Symbol.dispose]();
        },
      };
    },
    async settled() {
      await writer?.settled();
      await keeper.settled();
    },
  };
}
