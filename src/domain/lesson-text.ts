/** What is known of a failure that a lesson speaks of. Nothing of it holds a value: lessons are shared. */
export interface LessonFacts {
  readonly template: string;
  readonly tasks: number;
  /** How the last attempt ended, as `task.attempt_failed` has it. */
  readonly reason?: string;
  /** System errors, statuses and exit codes that came with it, each with its count. */
  readonly codes: Readonly<Record<string, number>>;
  /** Own frames of the place where it struck most, nearest first. */
  readonly frames: readonly string[];
  readonly agents: readonly string[];
  readonly remedy?: { readonly playbook: string; readonly trusted: boolean };
  /** Changes of agents that were tried because of it and kept, oldest first. */
  readonly changes: readonly { readonly kind: string; readonly agentId: string }[];
  readonly fixes: number;
  readonly failures: number;
}

const MOST_NAMED = 5;
/** A code is a word; anything else may be a text. */
const CODE = /^[\w.-]{1,40}(?: \d{1,10})?$/;

/** So is a frame; the file that it names may have any. */
const FRAME = /^[\w.$<>*:-]{0,80}#[\w.$<>*:-]{0,80}$/;

const ENDS: Readonly<Record<string, string>> = {
  error: "the agent said that it failed",
  exit: "the program ended badly",
  signal: "the program was ended by a signal",
  timeout: "it was not done within its time limit",
  output: "what it answered could not be read",
  spawn: "the program could not be begun",
};

/** A lesson in words: what failed and why, where it was seen, and what helps. */
export function lessonText(facts: LessonFacts): string {
  const { template, tasks, fixes, failures } = facts;
  return [
    `Failure: ${template}`,
    ...causeOf(facts),
    ...conditionsOf(facts),
    `Seen on ${tasks} tasks. ${helpOf(facts)} ${fixes} verified fixes, ${failures} failures.`,
  ].join("\n");
}

function causeOf({ reason, codes, frames }: LessonFacts): readonly string[] {
  const end = reason === undefined ? undefined : (ENDS[reason] ?? reason);
  const known = Object.entries(codes)
    .filter(([code]) => CODE.test(code))
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, MOST_NAMED)
    .map(([code]) => code);
  const places = frames.filter((frame) => FRAME.test(frame));
  const parts = [
    ...(end === undefined ? [] : [end]),
    ...(known.length === 0 ? [] : [`with ${known.join(", ")}`]),
    ...(places.length === 0 ? [] : [`at ${places.join(", called by ")}`]),
  ];
  return parts.length === 0 ? [] : [`Cause: ${parts.join(", ")}.`];
}

function conditionsOf({ agents }: LessonFacts): readonly string[] {
  if (agents.length === 0) return [];
  const more = agents.length - MOST_NAMED;
  const named = agents.slice(0, MOST_NAMED).join(", ");
  return [`Conditions: tasks of ${named}${more > 0 ? ` and ${more} more` : ""}.`];
}

function helpOf({ remedy, changes }: LessonFacts): string {
  const kept = changes
    .slice(-MOST_NAMED)
    .map(({ kind, agentId }) => `Another ${kind} was tried with ${agentId} and kept.`);
  if (remedy !== undefined) return [playbookOf(remedy), ...kept].join(" ");
  return kept.length === 0 ? "No remedy is known yet." : kept.join(" ");
}

function playbookOf({ playbook, trusted }: NonNullable<LessonFacts["remedy"]>): string {
  return trusted ? `The playbook ${playbook} fixes it.` : `The playbook ${playbook} fixed it before, but not reliably.`;
}
