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
  /** Of how many agents. Which ones is nobody else's business: agents read each other's lessons. */
  readonly agents: number;
  readonly remedy?: { readonly playbook: string; readonly trusted: boolean };
  /** Kinds of changes that were tried because of it and kept, one for each agent. */
  readonly changes: readonly string[];
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

/** Tokens, by the same estimate as advice is measured: a title and a text of these leave room for the rest of a lesson. */
const LONGEST = { title: 50, text: 120 } as const;

/** A failure in a title: those of the memory are short, and an error may be long. */
export function titleOf(template: string): string {
  return cut(template, LONGEST.title);
}

/** A Han character is one token, four other characters are one. */
function cut(text: string, tokens: number): string {
  let [cost, end] = [0, 0];
  for (const character of text) {
    cost += /\p{Script=Han}/u.test(character) ? 1 : character.length / 4;
    if (cost > tokens) return `${text.slice(0, end)}…`;
    end += character.length;
  }
  return text;
}

/** A lesson in words: what failed and why, where it was seen, and what helps. */
export function lessonText(facts: LessonFacts): string {
  const { template, tasks, fixes, failures } = facts;
  return [
    `Failure: ${cut(template, LONGEST.text)}`,
    ...causeOf(facts),
    ...conditionsOf(facts),
    `Seen on ${tasks} tasks. ${helpOf(facts)} ${fixes} verified fixes, ${failures} failures.`,
  ].join("\n");
}

function causeOf({ reason, codes }: LessonFacts): readonly string[] {
  const end = reason === undefined ? undefined : (ENDS[reason] ?? reason);
  const known = Object.entries(codes)
    .filter(([code]) => CODE.test(code))
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, MOST_NAMED)
    .map(([code]) => code);
  const parts = [...(end === undefined ? [] : [end]), ...(known.length === 0 ? [] : [`with ${known.join(", ")}`])];
  return parts.length === 0 ? [] : [`Cause: ${parts.join(", ")}.`];
}

function conditionsOf({ agents, frames }: LessonFacts): readonly string[] {
  const places = frames.filter((frame) => FRAME.test(frame));
  const parts = [
    ...(agents === 0 ? [] : [`tasks of ${counted(agents)}`]),
    ...(places.length === 0 ? [] : [`at ${places.join(", called by ")}`]),
  ];
  return parts.length === 0 ? [] : [`Conditions: ${parts.join(", ")}.`];
}

function helpOf({ remedy, changes }: LessonFacts): string {
  const kept = [...new Set(changes)].map((kind) => {
    const times = changes.filter((one) => one === kind).length;
    return `Another ${kind} was tried with ${counted(times)} and kept.`;
  });
  if (remedy !== undefined) return [playbookOf(remedy), ...kept].join(" ");
  return kept.length === 0 ? "No remedy is known yet." : kept.join(" ");
}

function counted(agents: number): string {
  return agents === 1 ? "1 agent" : `${agents} agents`;
}

function playbookOf({ playbook, trusted }: NonNullable<LessonFacts["remedy"]>): string {
  return trusted ? `The playbook ${playbook} fixes it.` : `The playbook ${playbook} fixed it before, but not reliably.`;
}
