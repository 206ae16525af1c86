import type { FailureRecord } from "../domain/failure-book.ts";
import { titleOf } from "../domain/lesson-text.ts";
import type { EventBus } from "../events/bus.ts";
import type { EventOf } from "../events/envelope.ts";
import { is } from "../events/envelope.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { MemoryPalace } from "../memory/palace.ts";

export interface KnowledgeGraphDeps {
  readonly bus: EventBus;
  readonly palace: MemoryPalace;
  readonly log: Log;
  /** Whether somebody had it forgotten: what is forgotten is not drawn again. */
  readonly forgotten: (key: string) => boolean;
}

/** A failure of the same agent so much later has nothing to do with the one before. */
const FOLLOWS_MS = 3_600_000;
/** Links whose evidence is held here; what is drawn stays drawn. */
const LINKS_HELD = 5_000;
const EVIDENCE_KEPT = 50;

interface Struck {
  readonly fingerprint: string;
  readonly atMs: number;
}

/**
 * Failures, agents and what follows what, as nodes and links of the memory. A failure `causes` another one that the same
 * task, or within an hour the same agent, met after it; an agent is `related_to` its failures, in its own space, so that no
 * other agent learns of it. The evidence is the tasks, at most 50. Texts are masked. A link is drawn anew when its evidence
 * has doubled, so that a storm of failures writes little.
 */
export class KnowledgeGraph {
  readonly #deps: KnowledgeGraphDeps;
  readonly #known = new Set<string>();
  readonly #evidence = new Map<string, Set<string>>();
  readonly #lastOfTask = new Map<string, Struck>();
  readonly #lastOfAgent = new Map<string, Struck>();
  #work: Promise<void> = Promise.resolve();

  constructor(deps: KnowledgeGraphDeps) {
    this.#deps = deps;
  }

  start(): Disposable {
    return this.#deps.bus.subscribe(
      { topic: "failure.observed" },
      (event) => {
        if (!is(event, "failure.observed")) return;
        this.#work = this.#work
          .then(() => this.#observed(event))
          .catch((failure: unknown) => {
            this.#deps.log.warn("a failure could not be drawn into the graph", { failure: messageOf(failure) });
          });
      },
      { name: "knowledge-graph" },
    );
  }

  /** Resolves when all that was heard is drawn. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** What a lesson was learned from, and what fixed that. */
  async tieLesson(record: FailureRecord, run: string | undefined): Promise<void> {
    const { lesson, fingerprint, template, taskIds } = record;
    if (lesson === undefined || this.#deps.forgotten(failureKey(fingerprint))) return;
    const failure = await this.#failureNode(fingerprint, template);
    await this.#draw(lesson.id, failure, "derived_from", [...taskIds]);
    if (lesson.remedy !== undefined && run !== undefined)
      await this.#draw(`playbook-${lesson.remedy}`, failure, "fixes", [run]);
  }

  async #observed({ data, at }: EventOf<"failure.observed">): Promise<void> {
    const { fingerprint, template, taskId, agentId } = data;
    if (this.#deps.forgotten(failureKey(fingerprint))) return;
    const failure = await this.#failureNode(fingerprint, template);
    const ofAgent = this.#lastOfAgent.get(agentId);
    const isNear = ofAgent !== undefined && at - ofAgent.atMs < FOLLOWS_MS;
    const before = this.#lastOfTask.get(taskId) ?? (isNear ? ofAgent : undefined);
    keep(this.#lastOfTask, taskId, { fingerprint, atMs: at });
    keep(this.#lastOfAgent, agentId, { fingerprint, atMs: at });
    if (before !== undefined && before.fingerprint !== fingerprint)
      await this.#draw(failureKey(before.fingerprint), failure, "causes", [taskId]);
    await this.#tieAgent(agentId, failure, taskId);
  }

  async #failureNode(fingerprint: string, template: string): Promise<string> {
    const key = failureKey(fingerprint);
    await this.#node(this.#deps.palace, key, {
      content: template,
      title: titleOf(template),
      kind: "failure",
      fingerprint,
    });
    return key;
  }

  async #tieAgent(agentId: string, failure: string, taskId: string): Promise<void> {
    const own = this.#deps.palace.as({ kind: "agent", id: agentId });
    const key = `agent-${agentId}`;
    await this.#node(own, key, { content: `Agent ${agentId}`, title: agentId, kind: "agent" }, agentId);
    await this.#draw(key, failure, "related_to", [taskId], own);
  }

  /** A node stands for something; it answers no question by itself. */
  async #node(palace: MemoryPalace, key: string, about: Node, space = ""): Promise<void> {
    const name = `${space}/${key}`;
    if (this.#known.has(name)) return;
    if ((await palace.get(key)) === undefined) await palace.store(key, { ...about, data: { node: true } });
    this.#known.add(name);
  }

  async #draw(
    from: string,
    to: string,
    relation: string,
    evidence: readonly string[],
    palace = this.#deps.palace,
  ): Promise<void> {
    const name = [from, relation, to].join(" ");
    const known = this.#evidence.get(name) ?? (await this.#drawn(from, to, relation, palace));
    const before = known.size;
    for (const one of evidence) if (known.size < EVIDENCE_KEPT) known.add(one);
    keep(this.#evidence, name, known);
    const isTelling = before === 0 || Math.floor(Math.log2(known.size)) > Math.floor(Math.log2(before));
    if (known.size > before && (isTelling || known.size < 8))
      await palace.link(from, to, { relation, evidence: [...known] });
  }

  /** What an engine before this one drew. */
  async #drawn(from: string, to: string, relation: string, palace: MemoryPalace): Promise<Set<string>> {
    const around = await palace.neighbours(from, { relations: [relation] });
    const link = around.find(({ via }) => via.from.key === from && via.to.key === to);
    return new Set(link?.via.evidence);
  }
}

interface Node {
  readonly content: string;
  readonly title: string;
  readonly kind: string;
  readonly fingerprint?: string;
}

const failureKey = (fingerprint: string) => `failure-${fingerprint}`;

/** The newest stand last; the oldest go first. */
function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > LINKS_HELD && oldest !== undefined) map.delete(oldest);
}
