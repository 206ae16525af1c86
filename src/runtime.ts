import { actions as builtIn } from "./actions/index.ts";
import { adviser } from "./actors/adviser.ts";
import { agentActors } from "./actors/agent.ts";
import { AgentReports } from "./actors/agent-reports.ts";
import { alertNotices } from "./actors/alert-notices.ts";
import { anomalyReflex } from "./actors/anomalies.ts";
import { approvalActors } from "./actors/approval.ts";
import { breakerActors } from "./actors/breaker.ts";
import { CareDesk } from "./actors/care.ts";
import { dependencyNotices } from "./actors/dependency-notices.ts";
import { Dispatcher } from "./actors/dispatcher.ts";
import { evolutionProposer } from "./actors/evolution-proposer.ts";
import type { Identity } from "./actors/failure-identity.ts";
import { forecastNotices } from "./actors/forecast-notices.ts";
import { ActorHost } from "./actors/host.ts";
import { BY_EVOLUTION, improvementActors } from "./actors/improvement.ts";
import { incidentActors } from "./actors/incident.ts";
import { incidentDesk } from "./actors/incident-desk.ts";
import { insistence } from "./actors/insist.ts";
import { createInspection, type Inspection } from "./actors/inspection.ts";
import { knowledgeReflex } from "./actors/knowledge.ts";
import { KnowledgeGraph } from "./actors/knowledge-graph.ts";
import { MemoryCare } from "./actors/memory-care.ts";
import { Outbox } from "./actors/outbox.ts";
import { playbookDrafter } from "./actors/playbook-drafter.ts";
import { AgentPool } from "./actors/pool.ts";
import { quarantineNotices } from "./actors/quarantine-notices.ts";
import { reactorActor } from "./actors/reactor.ts";
import { Recollection } from "./actors/recollection.ts";
import { recoveryReflex } from "./actors/recovery.ts";
import { obstaclesOf, type RemediationDeps, remediationActors } from "./actors/remediation.ts";
import { RemedyDesk } from "./actors/remedy-desk.ts";
import { ResidentBook, residentPlans } from "./actors/resident-book.ts";
import { residentSupervisors } from "./actors/resident-supervisors.ts";
import { schedulerActor, workUnderWay } from "./actors/scheduler.ts";
import { createScoreActor, type ScoreActor } from "./actors/score.ts";
import { Sensors } from "./actors/sensors.ts";
import { ShadowDesk } from "./actors/shadows.ts";
import { Stalls } from "./actors/stalls.ts";
import { type Standings, standingsReflex } from "./actors/standings.ts";
import { supervisorActors } from "./actors/supervision.ts";
import { supervisionDesk } from "./actors/supervision-desk.ts";
import { Symptoms } from "./actors/symptoms.ts";
import { Views } from "./actors/views/views.ts";
import type { Watcher } from "./actors/watches/watcher.ts";
import type { AgentFunction } from "./agents/function.ts";
import type { Config } from "./config.ts";
import { Latency } from "./domain/latency.ts";
import { EventBus } from "./events/bus.ts";
import type { Cause } from "./events/envelope.ts";
import type { RunOrder } from "./events/types/playbook.ts";
import { mayRetry, retryForRemedy } from "./resilience/retry-budget.ts";
import { AgentDesk } from "./runtime/agent-desk.ts";
import { type DoorDeps, engineDoors } from "./runtime/engine-doors.ts";
import { FactFinder } from "./runtime/facts.ts";
import { type LessonKeeping, lessonKeeping } from "./runtime/lesson-keeping.ts";
import { newest } from "./runtime/newest-function.ts";
import type { RuntimeOptions } from "./runtime/options.ts";
import { keepOutput } from "./runtime/outputs.ts";
import { RuleKeeper } from "./runtime/rule-keeper.ts";
import { secretOf } from "./runtime/secrets.ts";
import { TaskDesk } from "./runtime/task-desk.ts";
import { trialEnds } from "./runtime/trial-ends.ts";
import { tryAgain } from "./runtime/try-again.ts";
import { watching } from "./runtime/watching.ts";

/** Everybody, introduced to each other. Nothing runs until `startRuntime` has replayed the journal. */
export interface Runtime extends RuntimeOptions {
  readonly bus: EventBus;
  /** From publishing an event to having it durable. */
  readonly commits: Latency;
  readonly views: Views;
  readonly host: ActorHost;
  readonly stalls: Stalls;
  /** Who looks after which resident agents. */
  readonly residents: ResidentBook;
  readonly score: ScoreActor;
  readonly standings: Standings;
  readonly inspection: Inspection;
  readonly pool: AgentPool;
  readonly reports: AgentReports;
  readonly dispatcher: Dispatcher;
  readonly sensors: Sensors;
  readonly watcher: Watcher;
  readonly outbox: Outbox;
  readonly lessons: LessonKeeping;
  readonly identity: Identity;
  /** What playbooks ask of the time before an event. */
  readonly recollection: Recollection;
  readonly graph: KnowledgeGraph;
  readonly memoryCare: MemoryCare;
  readonly remedies: RemedyDesk;
  readonly ruleKeeper: RuleKeeper;
  readonly facts: FactFinder;
  readonly tasks: TaskDesk;
  readonly agents: AgentDesk;
  /** What would keep a plan from being carried out now; nothing follows from asking. */
  readonly obstacles: (order: RunOrder, cause: Cause) => Promise<readonly string[]>;
  /** Functions of an embedding program, by agent. */
  readonly functions: Map<string, AgentFunction>;
  /** Aborted when the engine stops. */
  readonly stopping: AbortController;
}

export function createRuntime(options: RuntimeOptions): Runtime {
  const { ports, config, dataDir, palace, rules } = options;
  const { clock, entropy, hash, log, files, processes, web, watch } = ports;
  const stopping = new AbortController();
  const stalls = new Stalls(options.past ?? [], config.supervision.watchdog.skipAfter);
  const functions = new Map<string, AgentFunction>();
  const commits = new Latency();
  const bus = new EventBus({ clock, entropy, log, timed: (ms) => commits.record(ms), gate: config.journal });
  const views = new Views({ failures: config.failures });
  const score = createScoreActor({ clock, publish: (draft) => bus.publish(draft), settings: config.score });
  const insist = insistence({ bus, clock, log, signal: stopping.signal });
  const outbox = new Outbox({
    insist,
    clock,
    log,
    web,
    signal: stopping.signal,
    webhook: config.notify.webhook,
    retryMs: config.notify.retryMs,
    attempts: config.notify.attempts,
    told: (key, channel) => views.notifications.get(key, channel),
  });

  const pool = new AgentPool({
    ports: { processes, web, clock, entropy, files, log, watch },
    environment: ports.environment,
    async workspace(agentId) {
      const directory = `${dataDir}/agents/${agentId}`;
      await files.makeDirectory(directory);
      return directory;
    },
    configuration(agentId) {
      const row = views.agents.get(agentId);
      if (row === undefined) return undefined;
      const config = row.spec.kind === "function" ? { run: newest(functions, agentId) } : row.spec.config;
      return { kind: row.spec.kind, config, version: row.configVersion };
    },
    report: (agentId, report) => reports.hear(agentId, report),
  });
  const residents = new ResidentBook();
  const reports = new AgentReports({
    supervisor: (agentId) => residents.careOf(agentId)?.supervisor,
    bus,
    insist,
    clock,
    hash,
    log,
    work: (agentId, taskId) => workUnderWay(host, agentId, taskId),
  });
  const recollection = new Recollection(
    { bus, insist, clock, log, isEnabled: (id) => remedies.isEnabled(id) },
    rules.rules,
  );
  const facts = new FactFinder({ views, before: (event) => recollection.before(event) });
  const tasks = new TaskDesk({
    bus,
    entropy,
    hash,
    tasks: views.tasks,
    agents: views.agents,
    config: config.tasks,
    isStopping: () => stopping.signal.aborted,
  });
  const agents = new AgentDesk({
    bus,
    hash,
    agents: views.agents,
    pool,
    config,
    tryAgain: (id, by) => tryAgain({ bus, host, residents }, id, by),
  });
  const sensors = new Sensors({
    bus,
    clock,
    log,
    processes,
    vitals: ports.vitals,
    settings: config.sensors,
    agents: () => pool.withProcesses(),
  });
  const symptoms = new Symptoms(config.detectors);
  const watcher = watching(config.sensors.watch, ports, {
    bus,
    agents: views.agents,
    tasks: views.tasks,
    evolution: views.evolution,
    score,
    withProcesses: () => pool.withProcesses(),
  });
  const knowledge = knowledgeReflex(hash, config.failures);
  const standings = standingsReflex();
  const advise = adviser({
    palace,
    failures: views.failures,
    book: knowledge.book,
    hash,
    enabled: config.memory.advice,
  });
  const care = new CareDesk({
    insist,
    random: () => entropy.random(),
    host: () => host,
    agents: views.agents,
    evolution: views.evolution,
    backoff: config.tasks.backoff,
  });
  const shadows = new ShadowDesk({ insist, clock, log, entropy, host: () => host, pool, views, tasks: config.tasks });
  const dispatcher = new Dispatcher({
    insist,
    clock,
    entropy,
    pool,
    shadows,
    care: ({ task, agentId, attempt }, cause) => care.careFor(task, agentId, attempt, cause),
    refusal: (taskId, agentId) => stalls.refusalOf(taskId, agentId),
    mayRetry: (atMs) => mayRetry(views.retries.lastHour(atMs), config.tasks.retryBudget),
    advice: ({ id }, agentId) => advise(id, agentId),
    keepOutput: (taskId, text) => keepOutput(files, dataDir, taskId, text),
  });

  const killSwitch = () => files.exists(`${dataDir}/PAUSE`);
  const { limits } = config.reactor;
  const within: DoorDeps = {
    bus,
    pool,
    sensors,
    watcher,
    symptoms,
    outbox,
    agents,
    tasks,
    mayRetry: () => retryForRemedy(views.retries.lastHour(clock.now()), config.tasks.retryBudget),
    agentFacts: (id) => facts.agent(id),
    taskFacts: (id) => facts.task(id),
  };
  const remediation: RemediationDeps = {
    actions: options.actions ?? builtIn,
    insist,
    processes,
    web,
    files,
    clock,
    log,
    signal: stopping.signal,
    commands: new Map(Object.entries(config.reactor.commands)),
    secret: (name) => secretOf(name, config.reactor.secrets, ports.environment),
    doors: (cause) => engineDoors(within, cause),
    mayAct: async () => remedies.mayAct(),
  };
  const trials = trialEnds(pool, shadows);
  const inspection = createInspection({ clock, log, deadlines: () => host.deadlines() });
  const host: ActorHost = new ActorHost(
    { bus, clock, log, hash, tap: inspection, watch, effectMs: config.supervision.effectMs },
    [
      agentActors,
      schedulerActor({
        maxConcurrent: config.tasks.maxConcurrent,
        effectMs: config.supervision.effectMs,
        host: () => host,
        agents: views.agents,
        tasks: views.tasks,
        likelyToFail: (id) => views.predictions.isLikelyToFail(id),
        dispatcher,
        limitMs: (task, agentId) => care.longestMs(task, agentId),
        isPresent: (id) => views.agents.get(id)?.spec.kind !== "function" || functions.has(id),
      }),
      breakerActors(limits),
      reactorActor(limits, (agentId) => facts.group(agentId)),
      remediationActors(remediation),
      approvalActors,
      improvementActors({
        insist,
        agents: views.agents,
        evolution: views.evolution,
        ...trials,
        changes: {
          adopt: (id, setup, how) => agents.adopt(id, setup, how),
          drain: (id, how) => agents.drain(id, { ...how, by: BY_EVOLUTION }),
          resume: (id, how) => agents.resume(id, { ...how, by: BY_EVOLUTION }),
        },
      }),
      incidentActors((notice, cause) => outbox.tell(notice, cause)),
      supervisorActors(config.supervision.actors, { bus, clock, log, hash, host: () => host }),
      residentSupervisors({
        insist,
        start: (agentId) => pool.start(agentId),
        stop: (agentId) => pool.stop(agentId, config.agents.graceMs),
      }),
    ],
    [
      knowledge,
      playbookDrafter(knowledge.identity),
      symptoms,
      anomalyReflex(config.sensors.anomalies),
      standings,
      recoveryReflex,
      residentPlans(residents),
      quarantineNotices,
      dependencyNotices,
      evolutionProposer({
        hash,
        identity: knowledge.identity,
        host: () => host,
        agents: views.agents,
        tasks: views.tasks,
        evolution: views.evolution,
        enabled: config.evolution.enabled,
        approvalMs: config.reactor.approvalMs,
        shadow: config.evolution.shadow,
        defaults: { retries: config.tasks.retries, backoff: config.tasks.backoff },
        dismiss: trials.dismiss,
      }),
      incidentDesk(hash, knowledge.lastOf),
      supervisionDesk(hash),
      alertNotices((notice, cause) => outbox.tell(notice, cause)),
      forecastNotices(() => views.predictions.forecaster.skill),
    ],
  );
  for (const { actor, sequence } of stalls.skipped()) host.skips.add(actor, sequence);
  const remedies = new RemedyDesk(
    {
      insist,
      host,
      clock,
      hash,
      log,
      limits,
      risk: config.reactor.risk,
      approvalMs: config.reactor.approvalMs,
      factsOf: (event) => facts.of(event),
      eventAt: (sequence) => bus.eventAt(sequence),
      idleAgents: () => facts.idleWithProcess(),
      groupOf: (agentId) => facts.group(agentId),
      versionOf: (target) => facts.version(target),
      formerly: (fingerprint) => views.failures.get(fingerprint)?.aliases ?? [],
      hasBegun: (runId) => (views.runs.get(runId)?.plan ?? null) !== null,
      killSwitch,
    },
    rules,
  );
  const graph = new KnowledgeGraph({ bus, palace, log, forgotten: knowledge.forgotten });
  const { book, stored, forgotten } = knowledge;
  const improvements = views.evolution;
  const kept = { graph, bus, insist, palace, hash, log, book, stored, forgotten, web, improvements };
  const told = { lessons: views.lessons, failure: (id: string) => views.failures.get(id), signal: stopping.signal };
  const lessons = lessonKeeping({ ...kept, ...told }, config.lessons);
  const ruleKeeper = new RuleKeeper({
    bus,
    clock,
    log,
    remedies,
    recollection,
    source: options.ruleSource,
    everyMs: config.reactor.reloadMs,
  });
  return {
    ...options,
    bus,
    commits,
    views,
    host,
    stalls,
    residents,
    score,
    standings,
    inspection,
    pool,
    reports,
    dispatcher,
    sensors,
    watcher,
    outbox,
    lessons,
    identity: knowledge.identity,
    recollection,
    graph,
    memoryCare: new MemoryCare({ bus, palace, clock, log, ...memoryPolicy(config) }),
    remedies,
    ruleKeeper,
    facts,
    tasks,
    agents,
    obstacles: (order, cause) => obstaclesOf(remediation, order, cause),
    functions,
    stopping,
  };
}

function memoryPolicy({ memory: { archive } }: Config) {
  return { everyHours: archive.everyHours, policy: archive };
}
