import type { AnyEvent, Receipt } from "../events/envelope.ts";
import type { EventFilter } from "../events/filter.ts";
import type { Subscription, SubscriptionOptions } from "../events/subscription.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Entropy } from "../kernel/entropy.ts";
import type { Hash } from "../kernel/hash.ts";
import type { Json } from "../kernel/json.ts";
import type { Log } from "../kernel/log.ts";
import type { Reader } from "../memory/access.ts";
import type { Metric } from "./metrics.ts";
import type { Principal } from "./principals.ts";
import type { AgentCommand, AgentInput, AgentView, ConfigurationVersion } from "./shapes/agent.ts";
import type { EmbedderProgressView, EmbedderStatusView } from "./shapes/embedder.ts";
import type {
  ActorMoveView,
  LedgerEntry,
  MachineView,
  Overview,
  PauseView,
  PerformanceView,
  Readiness,
} from "./shapes/engine.ts";
import type { FailureExplanation } from "./shapes/failure-explanation.ts";
import type { FailureView, LessonView, SuggestionView } from "./shapes/knowledge.ts";
import type * as memory from "./shapes/memory.ts";
import type * as care from "./shapes/memory-care.ts";
import type { PredictionsView } from "./shapes/predictions.ts";
import type { ProposalChoice, Proposals, RehearsedProposals } from "./shapes/proposal.ts";
import type * as remedy from "./shapes/remedy.ts";
import type { ScorePoint, ScoreView, StandingView } from "./shapes/score.ts";
import type { TaskInput, TaskOutput, TaskView } from "./shapes/task.ts";
import type { Tokens } from "./tokens.ts";

export type Awaitable<T> = T | Promise<T>;

/**
 * Everything the doors ask of the engine. Whoever implements it may trust that inputs fit their schemas and that the
 * principal has the right; what it owes is to refuse with an `AiosError` whatever does not fit its state.
 * Lists come whole and newest first: paging and filtering are done here. A `get` of what does not exist is `undefined`.
 */
export interface HttpDeps {
  readonly version: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly hash: Hash;
  readonly log: Log;
  readonly settings: HttpSettings;
  readonly tokens: Pick<Tokens, "verify" | "isLive" | "list" | "create" | "revoke">;
  readonly events: EventsDoor;
  readonly tasks: TasksDoor;
  readonly agents: AgentsDoor;
  readonly playbooks: PlaybooksDoor;
  readonly runs: Reading<remedy.RunView>;
  readonly approvals: ApprovalsDoor;
  readonly incidents: IncidentsDoor;
  readonly deadletters: DeadLettersDoor;
  readonly score: ScoreDoor;
  readonly memory: MemoryDoor;
  readonly embedder: EmbedderDoor;
  readonly lessons: Reading<LessonView>;
  readonly failures: FailuresDoor;
  readonly evolution: EvolutionDoor;
  readonly predictions: () => Awaitable<PredictionsView>;
  readonly pause: PauseDoor;
  readonly machines: MachinesDoor;
  readonly actors: ActorsDoor;
  /** The data directory as one `tar.gz`, taken while the engine works. Stopping to read ends it. */
  backup(wish: { readonly secrets: boolean }, by: Principal): AsyncIterable<Uint8Array>;
  /** What was done outside, newest first. */
  effects(): Awaitable<readonly LedgerEntry[]>;
  overview(): Awaitable<Overview>;
  performance(): Awaitable<PerformanceView>;
  metrics(): Awaitable<readonly Metric[]>;
  readiness(): Awaitable<Readiness>;
  /** The built dashboard, or `undefined` when it was not built. */
  readonly pages: Pages | undefined;
}

export interface HttpSettings {
  /** Host names beyond this machine's own under which the engine may be addressed; with a port, only that port. */
  readonly allowedHosts: readonly string[];
}

/** Files by their path below the dashboard's directory; never anything outside it. */
export interface Pages {
  read(path: string): Promise<Uint8Array | undefined>;
}

export interface ScoreDoor {
  current(): Awaitable<ScoreView>;
  history(): Awaitable<readonly ScorePoint[]>;
  standings(): Awaitable<readonly StandingView[]>;
}

/** By fingerprint. */
export interface FailuresDoor extends Reading<FailureView> {
  explain(fingerprint: string): Awaitable<FailureExplanation | undefined>;
  explainMessage(text: string): Awaitable<FailureExplanation>;
}

export interface Reading<T> {
  list(): Awaitable<readonly T[]>;
  get(id: string): Awaitable<T | undefined>;
}

/** What `admit` made of something from outside: `EventBus.publish` takes it as it is. */
export interface AdmittedDraft {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly id?: string;
  readonly source?: string;
  readonly subject?: string;
  readonly severity?: AnyEvent["severity"];
  readonly principal: string;
  readonly traceparent?: string;
  readonly idempotencykey?: string;
}

export interface EventsDoor {
  /** Resolves once the events are durable, in their order. Rejects with `busy` when there is no room for all of them. */
  publish(drafts: readonly AdmittedDraft[]): Promise<readonly Receipt[]>;
  /** Durable events with `after < sequence <= until`, oldest first. */
  read(options: { readonly after?: number; readonly until?: number }): AsyncIterable<AnyEvent>;
  /** The bus's own subscription: live events from the call on. */
  subscribe(
    filter: EventFilter,
    handle: (event: AnyEvent) => void | Promise<void>,
    options: SubscriptionOptions,
  ): Subscription;
  lastSequence(): number;
}

export interface TasksDoor extends Reading<TaskView> {
  /** The same idempotency key gives the task it gave before. */
  submit(input: TaskInput, by: Principal): Promise<TaskView>;
  /** Resolves once the wish is durable; the task is `cancelled` when nothing of it runs any more. */
  cancel(id: string, reason: string, by: Principal): Promise<TaskView>;
  output(id: string): Awaitable<TaskOutput | undefined>;
}

export interface AgentsDoor extends Reading<AgentView> {
  register(input: AgentInput, by: Principal): Promise<AgentView>;
  command(id: string, command: AgentCommand, reason: string, by: Principal): Promise<AgentView>;
  configurations(id: string): Awaitable<readonly ConfigurationVersion[]>;
  configure(id: string, config: Json, by: Principal): Promise<ConfigurationVersion>;
}

export interface PlaybooksDoor extends Reading<remedy.PlaybookView> {
  /** Files that were not loaded, and why. */
  refused(): Awaitable<readonly remedy.RefusedPlaybook[]>;
  enable(id: string, enabled: boolean, by: Principal): Promise<remedy.PlaybookView>;
  dryRun(id: string, choice: remedy.EventChoice, by: Principal): Promise<remedy.DryRun>;
  /** Starts a run as a person's own; refuses with `playbook.held_back` when a limit holds it back. */
  run(id: string, input: remedy.RunInput, by: Principal): Promise<remedy.RunView>;
  /** What that run would be; nothing follows from it. */
  rehearseRun(id: string, input: remedy.RunInput, by: Principal): Promise<remedy.DryRun>;
  /** Drafted for failures that no playbook answers, the newest first. */
  drafts(): Awaitable<readonly remedy.PlaybookDraft[]>;
  /** Playbooks that are similar to what would answer it, where none does by itself; nothing follows from asking. */
  suggest(choice: ProposalChoice): Promise<Proposals>;
  /** The same, with what the first of them would do. */
  rehearseSuggested(choice: ProposalChoice): Promise<RehearsedProposals>;
  reload(): Promise<remedy.Reloaded>;
  explain(choice: remedy.EventChoice): Awaitable<remedy.Explanations>;
}

export interface ApprovalsDoor extends Reading<remedy.ApprovalView> {
  /** Refuses with `approval.stale` when the plan or its target is not what was asked about. */
  decide(
    id: string,
    decision: "approved" | "rejected",
    input: remedy.DecisionInput,
    by: Principal,
  ): Promise<remedy.ApprovalView>;
}

export interface EvolutionDoor extends Reading<SuggestionView> {
  /** Rejects with `conflict` where the improvement does not stand where the order makes sense. */
  order(
    id: string,
    order: "approve" | "reject" | "rollback",
    reason: string | undefined,
    by: Principal,
  ): Promise<SuggestionView>;
}

export interface IncidentsDoor extends Reading<remedy.IncidentView> {
  acknowledge(id: string, by: Principal): Promise<remedy.IncidentView>;
  resolve(id: string, reason: string, by: Principal): Promise<remedy.IncidentView>;
  silence(id: string, untilMs: number, by: Principal): Promise<remedy.IncidentView>;
}

export interface DeadLettersDoor extends Reading<remedy.DeadLetterView> {
  /** Queues the task again. */
  replay(id: string, by: Principal): Promise<TaskView>;
}

/** On whose behalf memory is used. The palace checks every item and space against `reader`; `space` is what was asked for. */
export interface MemoryAsker {
  readonly by: Principal;
  readonly reader: Reader;
  readonly space: string | undefined;
}

export interface MemoryDoor {
  store(input: memory.ItemInput, asker: MemoryAsker): Promise<memory.ItemView>;
  get(key: string, asker: MemoryAsker): Promise<memory.ItemView | undefined>;
  list(asker: MemoryAsker): Promise<readonly memory.ItemView[]>;
  patch(key: string, patch: memory.ItemPatch, asker: MemoryAsker): Promise<memory.ItemView>;
  /** False when there was nothing to forget. */
  remove(key: string, asker: MemoryAsker): Promise<boolean>;
  query(query: memory.MemoryQuery, asker: MemoryAsker): Promise<memory.MemoryHits>;
  context(input: memory.ContextInput, asker: MemoryAsker): Promise<memory.ContextView>;
  link(input: memory.LinkInput, asker: MemoryAsker): Promise<void>;
  unlink(input: memory.LinkEnds, asker: MemoryAsker): Promise<boolean>;
  neighbours(
    key: string,
    options: { readonly depth: number; readonly relation: string | undefined },
    asker: MemoryAsker,
  ): Promise<memory.GraphView>;
  path(input: memory.PathInput, asker: MemoryAsker): Promise<memory.GraphView>;
  share(key: string, input: memory.ShareInput, asker: MemoryAsker): Promise<memory.ItemView>;
  export(asker: MemoryAsker): Promise<memory.ExportView>;
  import(content: memory.ExportView, asker: MemoryAsker): Promise<memory.ImportView>;
  feedback(input: memory.FeedbackInput, asker: MemoryAsker): Promise<memory.ItemView>;
  review(asker: MemoryAsker): Promise<care.AlikeViews["items"]>;
  tidy(asker: MemoryAsker): Promise<care.AlikeViews["items"]>;
  merge(key: string, input: care.MergeInput, asker: MemoryAsker): Promise<memory.ItemView>;
  unmerge(key: string, asker: MemoryAsker): Promise<memory.ItemView>;
  sequel(key: string, asker: MemoryAsker): Promise<care.SequelView>;
  sweep(asker: MemoryAsker): Promise<care.ArchivedViews["items"]>;
  /** Moves the whole memory to another backend. */
  migrate(to: string, asker: MemoryAsker): Promise<memory.MigrationView>;
}

/** What tells the meaning of texts, for the whole memory. */
export interface EmbedderDoor {
  status(): Promise<EmbedderStatusView>;
  /** Now and after every change, until nothing is under way. */
  follow(): AsyncIterable<EmbedderProgressView>;
  reindex(anew: boolean, by: Principal): Promise<EmbedderStatusView>;
  download(by: Principal): Promise<EmbedderStatusView>;
}

export interface PauseDoor {
  get(): Awaitable<PauseView>;
  set(reason: string, by: Principal): Promise<PauseView>;
  clear(by: Principal): Promise<PauseView>;
}

/** One message of the Stately inspection protocol (`@xstate.actor`, `@xstate.event`, `@xstate.snapshot`), redacted. */
export type InspectorMessage = Readonly<Record<string, Json>> & { readonly type: string };

export interface ActorsDoor extends Reading<MachineView> {
  /** The moves after a sequence, oldest first. Rejects with `not_found` for an actor that never was. */
  history(
    id: string,
    range: { readonly after: number; readonly limit: number },
  ): Promise<{ items: ActorMoveView[]; next: string | null }>;
  /** Has an actor tried again that was given up. Rejects with `conflict` for one that needs nobody's help. */
  restart(id: string, by: Principal): Promise<MachineView>;
}

export interface MachinesDoor {
  list(): Awaitable<readonly MachineView[]>;
  /** First what describes the running actors, then what happens to them; no ids means all of them. */
  watch(actorIds: readonly string[], tell: (message: InspectorMessage) => void): Disposable;
}
