export interface NaiveLeaf {
  readonly path: string;
  readonly eq?: unknown;
  readonly gte?: number;
  readonly startswith?: string;
}

/** A playbook as its file has it: three comparisons, and a target of the event's own, so that runs do not queue for one lock. */
export interface GeneratedPlaybook {
  readonly id: string;
  readonly trigger: { readonly event_type: string; readonly conditions: { readonly all: readonly NaiveLeaf[] } };
}

export interface TroubleData {
  readonly service: string;
  readonly code: string;
  readonly level: number;
}

const codeOf = (index: number) => `E${String(index).padStart(4, "0")}`;

/** Trouble that generated playbooks for `index` are for, and no other ones that listen to the same type. */
export function troubleFor(index: number, service: string): TroubleData {
  return { service, code: codeOf(index), level: 5 };
}

/** @param trouble which trouble it answers, where several playbooks answer the same one */
export function generatedPlaybook(
  index: number,
  eventType: string,
  existingFile: string,
  trouble = index,
): GeneratedPlaybook {
  const example = { type: eventType, data: { ...troubleFor(trouble, "svc-1") } };
  const playbook = {
    id: `bench_${String(index).padStart(4, "0")}`,
    trigger: {
      event_type: eventType,
      conditions: {
        all: [
          { path: "event.data.level", gte: 3 },
          { path: "event.data.service", startswith: "svc-" },
          { path: "event.data.code", eq: codeOf(trouble) },
        ],
      },
    },
    target: { kind: "upstream", id: { $ref: "event.data.service" } },
    actions: [{ type: "emit_event", params: { event_type: "bench.mended", data: { code: codeOf(index) } } }],
    validation: { check: "file_exists", params: { path: existingFile }, settleMs: 0, probes: 1, required: 1 },
    grants: ["event.emit:bench.*", `fs.read:${existingFile}`],
    tests: [{ event: example, expect: "match" }],
  };
  return playbook;
}

/** What one would write first: every condition of every playbook, interpreted from its file for each event. */
export function naiveMatches(
  playbooks: readonly GeneratedPlaybook[],
  event: { readonly type: string; readonly data: unknown },
): readonly GeneratedPlaybook[] {
  const facts = { event };
  return playbooks.filter(
    ({ trigger }) => trigger.event_type === event.type && trigger.conditions.all.every((leaf) => holds(leaf, facts)),
  );
}

function holds({ path, eq, gte, startswith }: NaiveLeaf, facts: unknown): boolean {
  const value = path.split(".").reduce(memberOf, facts);
  if (eq !== undefined) return value === eq;
  if (gte !== undefined) return typeof value === "number" && value >= gte;
  return typeof value === "string" && startswith !== undefined && value.startsWith(startswith);
}

function memberOf(value: unknown, name: string): unknown {
  return value !== null && typeof value === "object"
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
