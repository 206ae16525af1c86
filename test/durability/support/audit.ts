import { type Fact, flag, number, text, whenOf } from "./journal.ts";
import type { Acknowledged } from "./load.ts";
import { type Deliveries, grouped, type Mark } from "./witness.ts";
import { LASTING } from "./world.ts";

export interface Evidence {
  readonly facts: readonly Fact[];
  readonly acknowledged: readonly Acknowledged[];
  readonly marks: readonly Mark[];
  readonly deliveries: Deliveries;
}

/** Figures of one audit, so that a run that had nothing to look at is seen. */
export interface Counted {
  readonly events: number;
  readonly acknowledged: number;
  readonly attempts: number;
  readonly interrupted: number;
  readonly runs: number;
  readonly inDoubt: number;
  readonly deliveries: number;
  readonly sentTwice: number;
  readonly deadlines: number;
}

/** Everything that must hold of a journal and of what its effects left outside, once all is quiet. Empty when it does. */
export function audit(evidence: Evidence): readonly string[] {
  return [
    ...keptPromises(evidence),
    ...uniqueKeys(evidence.facts),
    ...attemptsOnce(evidence),
    ...endsOfTasks(evidence.facts),
    ...runsOnce(evidence),
    ...noticesDelivered(evidence),
    ...deadlinesOnTime(evidence.facts),
  ];
}

export function counted({ facts, acknowledged, deliveries }: Evidence): Counted {
  const of = (type: string) => facts.filter((fact) => fact.type === type);
  const notices = [...deliveries.byKey("/notice").values()];
  return {
    events: facts.length,
    acknowledged: acknowledged.length,
    attempts: of("task.started").length,
    interrupted: of("task.attempt_failed").filter((fact) => text(fact, "reason") === "interrupted").length,
    runs: of("playbook.matched").length,
    inDoubt: of("playbook.settled").filter((fact) => text(fact, "reason").startsWith("the engine ended while")).length,
    deliveries: deliveries.all.filter(({ path }) => path !== "/health").length,
    sentTwice: notices.filter((there) => there.length > 1).length,
    deadlines: of("deadline.fired").length,
  };
}

/** What was acknowledged is there once, under the number that was told. */
function* keptPromises({ facts, acknowledged }: Evidence): Iterable<string> {
  const submitted = grouped(
    facts.filter(({ type }) => type === "task.submitted"),
    (fact) => text(fact, "task.id"),
  );
  const byId = grouped(facts, ({ id }) => id);
  for (const { order, id, sequence } of acknowledged) {
    const there = (order.kind === "task" ? submitted : byId).get(id) ?? [];
    if (there.length !== 1) yield `${order.key} was acknowledged as ${id} and is there ${there.length} times`;
    if (sequence !== undefined && there[0]?.sequence !== sequence)
      yield `${order.key} was acknowledged as ${sequence} and is ${there[0]?.sequence}`;
  }
}

function* uniqueKeys(facts: readonly Fact[]): Iterable<string> {
  const keyed = facts.filter(({ idempotencykey }) => idempotencykey !== undefined);
  for (const [key, there] of grouped(keyed, ({ idempotencykey }) => idempotencykey ?? ""))
    if (there.length > 1)
      yield `the key ${key} is there ${there.length} times: ${there.map(({ sequence }) => sequence).join(", ")}`;
}

const ENDS = new Set(["task.succeeded", "task.attempt_failed"]);

/** Each attempt is announced once, before it happens, happens at most once, and has one outcome. */
function* attemptsOnce({ facts, marks }: Evidence): Iterable<string> {
  const started = grouped(
    facts.filter(({ type }) => type === "task.started"),
    (fact) => text(fact, "key"),
  );
  const ended = grouped(
    facts.filter(({ type }) => ENDS.has(type)),
    (fact) => text(fact, "key"),
  );
  for (const [key, there] of started) {
    if (there.length > 1) yield `attempt ${key} was started ${there.length} times`;
    const ends = ended.get(key)?.length ?? 0;
    if (ends !== 1) yield `attempt ${key} has ${ends} outcomes`;
  }
  for (const key of ended.keys()) if (!started.has(key)) yield `attempt ${key} ended and never began`;
  const seen = grouped(marks, ({ what, key }) => `${what} ${key}`);
  for (const [mark, there] of seen) {
    if (there.length > 1) yield `outside, ${mark} happened ${there.length} times`;
    const key = mark.slice(mark.indexOf(" ") + 1);
    if (!started.has(key)) yield `outside, ${mark} happened and the journal knows no such attempt`;
  }
  for (const fact of facts.filter(({ type }) => type === "task.succeeded"))
    for (const what of ["begin", "end"])
      if (!seen.has(`${what} ${text(fact, "key")}`))
        yield `${text(fact, "key")} succeeded and outside there is no ${what}`;
}

/** Every task ended, and an interrupted one as its policy says; only those of agents that are away for ever wait. */
function* endsOfTasks(facts: readonly Fact[]): Iterable<string> {
  const about = grouped(
    facts.filter(({ type }) => type.startsWith("task.")),
    (fact) => text(fact, "taskId") || text(fact, "task.id"),
  );
  for (const [id, story] of about) {
    const submitted = story.find(({ type }) => type === "task.submitted");
    if (submitted === undefined) {
      yield `task ${id} has a story and was never submitted`;
      continue;
    }
    const ends = story.filter(({ type }) => ["task.succeeded", "task.failed", "task.cancelled"].includes(type));
    const waits = (LASTING as readonly string[]).includes(text(submitted, "task.agentId"));
    if (ends.length > 1 || (ends.length === 0 && !waits)) yield `task ${id} ended ${ends.length} times`;
    const policy = text(submitted, "task.onInterrupt");
    for (const failed of story.filter(({ type }) => type === "task.attempt_failed")) {
      const attempt = number(failed, "attempt") ?? 0;
      const next = story.find((fact) => fact.type === "task.started" && (number(fact, "attempt") ?? 0) === attempt + 1);
      const retryAtMs = number(failed, "retryAtMs");
      if (text(failed, "reason") === "interrupted" && (policy === "retry") !== (retryAtMs !== undefined))
        yield `task ${id} was interrupted and did not follow its policy ${policy}`;
      if (retryAtMs === undefined && next !== undefined) yield `task ${id} was tried again after its last failure`;
      if (retryAtMs !== undefined && next === undefined && !waits) yield `task ${id} was to be tried again and was not`;
      if (retryAtMs !== undefined && next !== undefined && whenOf(next) < retryAtMs)
        yield `task ${id} was tried again ${retryAtMs - whenOf(next)} ms before its time`;
    }
  }
}

const TWICE = new Set(["write_file", "configure_agent", "kill_process", "notify", "emit_event"]);

/** Every run settled once; no step twice that may not be, none done without its word before, none claimed and not done. */
function* runsOnce({ facts, deliveries }: Evidence): Iterable<string> {
  const of = (type: string, where: string) =>
    grouped(
      facts.filter((fact) => fact.type === type),
      (fact) => text(fact, where),
    );
  const settled = of("playbook.settled", "runId");
  const waiting = new Set([...of("approval.requested", "runId").keys()]);
  for (const id of of("approval.decided", "runId").keys()) waiting.delete(id);
  for (const [id, there] of of("playbook.matched", "runId")) {
    const ends = settled.get(id)?.length ?? 0;
    if (there.length !== 1) yield `run ${id} began ${there.length} times`;
    if (ends !== (waiting.has(id) ? 0 : 1)) yield `run ${id} settled ${ends} times`;
  }
  const began = of("run.step_started", "key");
  const done = of("run.step_completed", "key");
  for (const [key, there] of began) {
    if (there.length > 1 && !TWICE.has(text(there[0] as Fact, "action")))
      yield `step ${key} began ${there.length} times`;
    const attempts = there.map((fact) => number(fact, "attempt"));
    if (new Set(attempts).size !== attempts.length) yield `step ${key} counts its attempts ${attempts.join(", ")}`;
  }
  for (const [key, there] of done) {
    if (there.length > 1) yield `step ${key} ended ${there.length} times`;
    if (!began.has(key)) yield `step ${key} ended and never began`;
  }
  for (const path of ["/step", "/charge"]) {
    for (const [key, there] of deliveries.byKey(path)) {
      if (there.length > 1) yield `outside, ${path} ${key} came ${there.length} times`;
      if (!began.has(key)) yield `outside, ${path} ${key} came and the journal knows no such step`;
    }
  }
  for (const [key, [fact]] of done) {
    if (fact === undefined || text(fact, "action") !== "http_request" || !flag(fact, "ok")) continue;
    const came = (deliveries.byKey("/step").get(key) ?? deliveries.byKey("/charge").get(key) ?? []).length;
    if (came !== 1) yield `step ${key} is done and outside it came ${came} times`;
  }
}

/** What was sent arrived; again only where a failure or a crash left it unknown; nothing that a step owed is missing. */
function* noticesDelivered({ facts, deliveries }: Evidence): Iterable<string> {
  const came = deliveries.byKey("/notice");
  const sent = facts.filter((fact) => fact.type === "notification.sent" && text(fact, "channel") === "webhook");
  const starts = facts.filter(({ type }) => type === "engine.started");
  for (const fact of sent) {
    const key = text(fact, "key");
    if (!came.has(key)) yield `notice ${key} is said to be sent and never came`;
    const restart = starts.find(({ sequence }) => sequence > fact.sequence);
    const late = (came.get(key) ?? []).filter(({ atMs }) => restart !== undefined && atMs > whenOf(restart));
    if (late.length > 0) yield `notice ${key} came again by an engine that knew it was sent`;
  }
  for (const [key, there] of came) {
    const perLife = grouped(there, ({ life }) => `${life}`);
    const failed = facts.filter((fact) => fact.type === "notification.failed" && text(fact, "key") === key).length;
    for (const [life, within] of perLife)
      if (within.length > 1 + failed) yield `notice ${key} came ${within.length} times in life ${life}`;
  }
  const known = new Set(sent.map((fact) => text(fact, "key")));
  for (const fact of facts.filter(({ type }) => type === "run.step_completed"))
    if (text(fact, "action") === "notify" && flag(fact, "ok") && !known.has(text(fact, "key")))
      yield `step ${text(fact, "key")} is done and its notice was never sent`;
}

/** A deadline fires once, not before its time, and what is far away does not fire at all. */
function* deadlinesOnTime(facts: readonly Fact[]): Iterable<string> {
  const fired = facts.filter(({ type }) => type === "deadline.fired");
  const nameOf = (fact: Fact) => `${text(fact, "actor")} ${text(fact, "name")} ${number(fact, "dueAtMs")}`;
  for (const [name, there] of grouped(fired, nameOf))
    if (there.length > 1) yield `deadline ${name} fired ${there.length} times`;
  for (const fact of fired) {
    const early = (number(fact, "dueAtMs") ?? 0) - whenOf(fact);
    if (early > 0) yield `deadline ${nameOf(fact)} fired ${early} ms early`;
    if (text(fact, "name") === "expiry" || LASTING.some((id) => text(fact, "actor") === `agent/${id}`))
      yield `deadline ${nameOf(fact)} is months away and fired`;
  }
}
