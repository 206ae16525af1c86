import type { Json } from "../../kernel/json.ts";

/** One time that the failure struck, by what the journal says of it: values are masked, the raw message is not here. */
export interface DraftExample {
  readonly taskId: string;
  readonly agentId: string;
  readonly attempt: number;
  readonly reason: string;
  readonly code?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly status?: number | undefined;
}

/** A failure that keeps coming and that no playbook answers. */
export interface Unanswered {
  readonly playbookId: string;
  readonly fingerprint: string;
  readonly ruleVersion: number;
  readonly lessonId: string;
  readonly template: string;
  readonly tasks: number;
  readonly examples: readonly DraftExample[];
}

/** A title is read in a list. */
const TITLE = 120;
const TEMPLATE = 500;
const WORD = 100;
/** No failure has it: ids are hashes. */
const ANOTHER = "0000000000000000";

export function draftId(fingerprint: string): string {
  return `draft_${fingerprint}`;
}

/**
 * A playbook for a failure, as far as it can be written without knowing a remedy: what calls it, what it works on, and its
 * own tests. `draft` keeps it from acting until a person has filled in the rest.
 *
 * The failure's text stands in title, description and examples alone, as data. What is compared is the fingerprint, which
 * the engine made: no text that a program printed becomes a pattern, a path or a reference.
 */
export function draftPlaybook(failure: Unanswered): Readonly<Record<string, Json>> {
  const { playbookId, fingerprint, tasks } = failure;
  const template = cut(failure.template, TEMPLATE);
  return {
    id: playbookId,
    title: cut(`Answer: ${template}`, TITLE),
    description: `It struck ${tasks} tasks, and no playbook answered it: ${template}`,
    enabled: false,
    draft: true,
    trigger: {
      event_type: "failure.observed",
      conditions: {
        any: [
          { path: "event.data.fingerprint", eq: fingerprint },
          // It may turn out to be one with another failure, under whose name it is told from then on.
          { path: "failure.formerly", contains: fingerprint },
        ],
      },
    },
    target: { kind: "agent", id: { $ref: "event.data.agentId" } },
    actions: [],
    grants: [],
    tests: [
      ...failure.examples.map((example) => ({
        name: `attempt ${example.attempt} of ${example.taskId}`,
        event: { type: "failure.observed", data: observed(failure, template, example) },
        expect: "match",
      })),
      {
        name: "another failure",
        event: { type: "failure.observed", data: { fingerprint: ANOTHER } },
        expect: "no_match",
      },
    ],
  };
}

function observed({ fingerprint, ruleVersion, tasks }: Unanswered, template: string, example: DraftExample) {
  const { taskId, agentId, attempt, reason, code, exitCode, status } = example;
  return {
    fingerprint,
    ruleVersion,
    template,
    taskId,
    agentId,
    attempt,
    tasks,
    reason: cut(reason, WORD),
    ...(code === undefined ? {} : { code: cut(code, WORD) }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(status === undefined ? {} : { status }),
  };
}

/** By characters, so that none is cut in two; half a character that the text itself has is replaced: no file could hold it. */
function cut(text: string, most: number): string {
  const characters = Array.from(text.replace(/[\uD800-\uDFFF]/gu, "\uFFFD"));
  return characters.length <= most ? characters.join("") : `${characters.slice(0, most - 1).join("")}…`;
}
