import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent, EventOf } from "../../events/envelope.ts";
import type { LessonLevel } from "../../events/vocabulary.ts";
import type { Snapshot } from "../../kernel/checkpointed.ts";
import { row } from "../../kernel/shape.ts";
import { Newest } from "./newest.ts";
import type { View } from "./view.ts";

/** The same failure, wherever it struck. */
export interface FailureRow {
  readonly fingerprint: string;
  /** The message with its values masked: never raw text. */
  readonly template: string;
  readonly ruleVersion: number;
  /** Distinct tasks it struck. */
  readonly tasks: number;
  readonly attempts: number;
  readonly agents: readonly string[];
  /** What stood beside the message, each with its count. */
  readonly codes: Readonly<Record<string, number>>;
  readonly lastTask: string;
  readonly lastReason: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly lesson?: string | undefined;
  readonly level?: LessonLevel | undefined;
  readonly remedy?: string | undefined;
}

const AGENTS_KEPT = 100;
const CODES_KEPT = 50;

/** Failures by fingerprint; those that struck longest ago are forgotten first. */
export class FailuresView implements View {
  readonly name = "failures";
  readonly version = 1;
  readonly #rows: Newest<FailureRow>;
  readonly apply: (event: AnyEvent) => void;

  constructor(capacity = 5_000) {
    this.#rows = new Newest({ capacity });
    this.apply = dispatcher({
      "failure.observed": (event) => this.#observed(event),
      "lesson.drafted": ({ data }) => this.#change(data.fingerprint, { lesson: data.lessonId, level: "draft" }),
      "lesson.remedied": ({ data }) => this.#change(data.fingerprint, { remedy: data.playbookId }),
      "lesson.promoted": ({ data }) => this.#change(data.fingerprint, { lesson: data.lessonId, level: data.to }),
      "lesson.demoted": ({ data }) => this.#change(data.fingerprint, { lesson: data.lessonId, level: data.to }),
    });
  }

  snapshot(): Snapshot {
    return { rows: this.#rows.snapshot() };
  }

  restore(value: unknown): void {
    this.#rows.restore(
      row<{ readonly rows: unknown }>()(value, this.name).rows,
      row<FailureRow>(),
      `${this.name}.rows`,
    );
  }

  get(fingerprint: string): FailureRow | undefined {
    return this.#rows.get(fingerprint);
  }

  /** The one that struck last comes first. */
  list(): readonly FailureRow[] {
    return this.#rows.list();
  }

  #observed({ data, at }: EventOf<"failure.observed">): void {
    const before = this.#rows.get(data.fingerprint);
    const { agentId, fingerprint } = data;
    const agents = before?.agents ?? [];
    // Taken out and put back, so that it counts as new.
    this.#rows.delete(fingerprint);
    this.#rows.set(fingerprint, {
      fingerprint,
      template: data.template,
      ruleVersion: data.ruleVersion,
      tasks: Math.max(data.tasks, before?.tasks ?? 0),
      attempts: (before?.attempts ?? 0) + 1,
      agents: agents.includes(agentId) || agents.length >= AGENTS_KEPT ? agents : [...agents, agentId],
      codes: counted(before?.codes ?? {}, codeOf(data)),
      lastTask: data.taskId,
      lastReason: data.reason,
      firstAtMs: before?.firstAtMs ?? at,
      lastAtMs: at,
      lesson: data.lessonId ?? before?.lesson,
      level: data.level ?? before?.level,
      remedy: data.remedy ?? before?.remedy,
    });
  }

  #change(fingerprint: string, change: Partial<FailureRow>): void {
    this.#rows.change(fingerprint, (row) => ({ ...row, ...change }));
  }
}

function codeOf({ code, status, exitCode }: EventOf<"failure.observed">["data"]): string | undefined {
  if (code !== undefined) return code;
  if (status !== undefined) return `status ${status}`;
  return exitCode === undefined ? undefined : `exit ${exitCode}`;
}

function counted(codes: Readonly<Record<string, number>>, code: string | undefined): Readonly<Record<string, number>> {
  if (code === undefined) return codes;
  const known = Object.hasOwn(codes, code);
  if (!known && Object.keys(codes).length >= CODES_KEPT) return codes;
  return { ...codes, [code]: (known ? (codes[code] ?? 0) : 0) + 1 };
}
