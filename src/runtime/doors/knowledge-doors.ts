import type { FailureRow } from "../../actors/views/failures.ts";
import type { LessonRow } from "../../actors/views/lessons.ts";
import { adviceIn } from "../../domain/written-advice.ts";
import type { HttpDeps } from "../../http/deps.ts";
import type { FailureView, LessonView } from "../../http/shapes/knowledge.ts";
import type { MemoryItem } from "../../memory/view.ts";
import type { Runtime } from "../../runtime.ts";
import { explainFailure, explainMessage } from "./failure-explanation.ts";

/** What the journal counts of a lesson, with the text that the memory keeps. */
export function lessonsDoor({ views, palace }: Runtime): HttpDeps["lessons"] {
  return {
    async get(id) {
      const row = views.lessons.get(id);
      if (row === undefined) return undefined;
      const view = lessonView(row, await palace.get(id, { space: "shared" }), views.failures.get(row.fingerprint));
      return { ...view, history: [...row.history] };
    },
    async list() {
      const items = await palace.list({ kind: "lesson" }, { space: "shared" });
      const texts = new Map(items.map((item) => [item.key, item]));
      return views.lessons.list().map((row) => lessonView(row, texts.get(row.id), views.failures.get(row.fingerprint)));
    },
  };
}

function lessonView(row: LessonRow, item: MemoryItem | undefined, failure: FailureRow | undefined): LessonView {
  const { id, fingerprint, level, fixes, failures, targets, confidence, remedy, createdAtMs, updatedAtMs } = row;
  return {
    id,
    fingerprint,
    title: item?.title ?? failure?.template ?? fingerprint,
    // A text that was forgotten stays forgotten; the counts are the journal's.
    content: item?.content ?? "",
    level,
    confidence,
    fixes,
    failures,
    targets,
    remedy,
    advice: adviceIn(item?.data),
    evidence: [...row.evidence],
    createdAtMs,
    updatedAtMs,
  };
}

export function failuresDoor(runtime: Runtime): HttpDeps["failures"] {
  const { views } = runtime;
  return {
    explain: (fingerprint) => explainFailure(runtime, fingerprint),
    explainMessage: (text) => explainMessage(runtime, text),
    list: () => views.failures.list().map(failureView),
    get: (fingerprint) => {
      const row = views.failures.get(fingerprint);
      return row === undefined ? undefined : failureView(row);
    },
  };
}

function failureView(row: FailureRow): FailureView {
  const { fingerprint, template, ruleVersion, tasks, attempts, firstAtMs, lastAtMs, lesson, level, remedy } = row;
  return {
    fingerprint,
    template,
    ruleVersion,
    tasks,
    attempts,
    agents: [...row.agents],
    firstAtMs,
    lastAtMs,
    lesson,
    level,
    remedy,
  };
}
