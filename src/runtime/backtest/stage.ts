import { breakerActors } from "../../actors/breaker.ts";
import type { Due } from "../../actors/deadlines.ts";
import { ActorHost } from "../../actors/host.ts";
import type { Insist } from "../../actors/insist.ts";
import { reactorActor, reactorNow } from "../../actors/reactor.ts";
import { Recollection } from "../../actors/recollection.ts";
import { RemedyJudge } from "../../actors/remedy-judge.ts";
import { AgentsView } from "../../actors/views/agents.ts";
import { FailuresView } from "../../actors/views/failures.ts";
import { TasksView } from "../../actors/views/tasks.ts";
import type { LimitsSettings } from "../../domain/playbook/limits/settings.ts";
import { type StormChange, stormChange } from "../../domain/playbook/limits/storm.ts";
import type { RiskSettings } from "../../domain/playbook/risk.ts";
import type { RuleSet } from "../../domain/playbook/rules.ts";
import { EventBus } from "../../events/bus.ts";
import { type AnyEvent, is } from "../../events/envelope.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Entropy } from "../../kernel/entropy.ts";
import type { Hash } from "../../kernel/hash.ts";
import { silentLog } from "../../kernel/log.ts";
import { FactFinder } from "../facts.ts";

/** As the engine would be configured that decides. */
export interface BacktestSettings {
  readonly limits: LimitsSettings;
  readonly risk: RiskSettings;
  readonly approvalMs: number;
}

export interface StageDeps {
  readonly hash: Hash;
  readonly entropy: Entropy;
  readonly clock: Clock;
  readonly settings: BacktestSettings;
  /** Hears of absences that the playbooks would be told. */
  readonly insist: Insist;
}

/** As much of an engine as decides about remedies, fed by hand: the parts are the engine's own, and nothing goes live. */
export class Stage {
  readonly judge: RemedyJudge;
  readonly recollection: Recollection;
  readonly #views = { agents: new AgentsView(), tasks: new TasksView(), failures: new FailuresView() };
  readonly #host: ActorHost;
  readonly #facts: FactFinder;
  readonly #settings: BacktestSettings;
  readonly #begun = new Set<string>();

  constructor({ hash, entropy, clock, settings, insist }: StageDeps, rules: RuleSet) {
    const log = silentLog;
    const { failures } = this.#views;
    const bus = new EventBus({ clock, entropy, log });
    this.#settings = settings;
    this.recollection = new Recollection(
      { bus, insist, clock, log, isEnabled: (id) => this.judge.isEnabled(id) },
      rules.rules,
    );
    this.#facts = new FactFinder({ views: this.#views, before: (event) => this.recollection.before(event) });
    const facts = this.#facts;
    const groupOf = (agentId: string) => facts.group(agentId);
    const kinds = [breakerActors(settings.limits), reactorActor(settings.limits, groupOf)];
    this.#host = new ActorHost({ bus, clock, log, hash }, kinds, []);
    this.judge = new RemedyJudge(
      {
        ...settings,
        host: this.#host,
        hash,
        factsOf: (event) => facts.of(event),
        idleAgents: () => facts.idleWithProcess(),
        groupOf,
        versionOf: (target) => facts.version(target),
        formerly: (fingerprint) => failures.get(fingerprint)?.aliases ?? [],
        hasBegun: (runId) => this.#begun.has(runId),
      },
      rules,
    );
    this.#host.begin();
  }

  /** As `foldEvents` tells an event to the whole engine, in the same order. */
  hear(event: AnyEvent): void {
    const { agents, tasks, failures } = this.#views;
    agents.apply(event);
    tasks.apply(event);
    failures.apply(event);
    if (is(event, "playbook.matched")) this.#begun.add(event.data.runId);
    this.#host.hear(event);
    this.recollection.note(event);
    this.judge.note(event);
  }

  /** The runs that were begun so far. */
  get begun(): ReadonlySet<string> {
    return this.#begun;
  }

  /** Deadlines of the reactor and of the breakers of its playbooks. */
  deadlines(): readonly Due[] {
    return this.#host.deadlines();
  }

  /** What the reactor says of the weather after an event, by its own rule. */
  stormAfter(event: AnyEvent): StormChange | undefined {
    const { limits } = reactorNow(this.#host).context;
    return stormChange(limits, { atMs: event.at, ...this.#struck(event) }, this.#settings.limits);
  }

  #struck(event: AnyEvent) {
    if (!is(event, "playbook.matched") && !is(event, "playbook.suppressed")) return {};
    const { target, agentId = target.kind === "agent" ? target.id : undefined } = event.data;
    const group = agentId === undefined ? undefined : this.#facts.group(agentId);
    return group === undefined ? {} : { group };
  }
}
