import { checks } from "../actions/checks/index.ts";
import type { DeclaredCommand } from "../actions/command.ts";
import type { EngineDoors } from "../actions/engine-doors.ts";
import type { Action, ActionContext } from "../actions/kind.ts";
import type { Publishable } from "../events/bus.ts";
import { type Cause, is } from "../events/envelope.ts";
import type { PlanStep, RunOrder } from "../events/types/playbook.ts";
import { type Clock, pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Files } from "../kernel/files.ts";
import type { Json } from "../kernel/json.ts";
import type { Log } from "../kernel/log.ts";
import type { Processes } from "../kernel/processes.ts";
import type { Web } from "../kernel/web.ts";
import { histories } from "../machines/history.ts";
import { remediationMachine } from "../machines/remediation.ts";
import type { ProbeEffect, StepEffect, UndoEffect } from "../machines/remediation-run.ts";
import { HandedSecrets } from "./handed-secrets.ts";
import type { Insist } from "./insist.ts";
import type { ActorKind, Routes } from "./kind.ts";

export interface RemediationDeps {
  readonly actions: ReadonlyMap<string, Action>;
  readonly insist: Insist;
  readonly processes: Processes;
  readonly web: Web;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
  readonly doors: (cause: Cause) => EngineDoors;
  readonly commands: ReadonlyMap<string, DeclaredCommand>;
  readonly secret: (name: string) => string;
  /** Aborts when the engine stops. */
  readonly signal: AbortSignal;
  /** Whether effects may begin now. */
  readonly mayAct: () => Promise<boolean>;
}

/** Between two looks at a kill switch that is pulled. */
const LOOK_MS = 250;
/** What undo will need is journaled as it is: a secret in it would be, too. */
const SECRET_BEFORE = "what its undo would need holds a secret that it was handed, which no journal keeps";

const run = ({ data }: { readonly data: { readonly runId: string } }) => [data.runId];
const routes: Routes = {
  "run.prechecked": run,
  "run.step_started": run,
  "run.step_completed": run,
  "run.probed": run,
  "run.undo_started": run,
  "run.undo_completed": run,
  "approval.decided": run,
  "reactor.paused": () => "all",
  "reactor.resumed": () => "all",
  "engine.started": () => "all",
};

/** One actor for each run of a playbook; its effects are the pre-checks, the actions, the probes and the undos. */
export function remediationActors(deps: RemediationDeps): ActorKind {
  const performer = new Performer(deps);
  return {
    name: "remediation",
    machine: remediationMachine,
    history: histories.remediation,
    birth: {
      on: "playbook.matched",
      id: (event) => (is(event, "playbook.matched") ? event.data.runId : ""),
      input: (event) => (is(event, "playbook.matched") ? { order: event.data, paused: false } : undefined),
    },
    routes,
    async perform(effect, cause) {
      switch (effect.name) {
        case "precheck":
          return performer.precheck((effect.params as { readonly order: RunOrder }).order, cause);
        case "step":
          return performer.step(effect.params as StepEffect, effect.key, cause);
        case "probe":
          return performer.probe(effect.params as ProbeEffect, cause);
        case "undo":
          return performer.undo(effect.params as UndoEffect, effect.key, cause);
      }
    },
  };
}

interface StepContext extends ActionContext {
  /** Whether a value holds a secret that was handed out here. */
  saw(value: Json): boolean;
}

interface Prechecks {
  readonly ok: boolean;
  readonly checks: { readonly check: string; readonly ok: boolean | null; readonly detail: string }[];
}

/** What would keep a plan from being carried out now; empty when nothing would. Nothing is changed or journaled. */
export async function obstaclesOf(deps: RemediationDeps, order: RunOrder, cause: Cause): Promise<readonly string[]> {
  return new Performer(deps).obstacles(order, cause);
}

/**
 * Does what a run asks for, and journals each beginning before its effect and each end after it. What the end of the
 * engine cut off is not journaled as a failure: the next start takes it up.
 */
class Performer {
  readonly #deps: RemediationDeps;
  readonly #secrets: HandedSecrets;

  constructor(deps: RemediationDeps) {
    this.#deps = deps;
    this.#secrets = new HandedSecrets((name) => deps.secret(name));
  }

  async precheck(order: RunOrder, cause: Cause): Promise<void> {
    const { ok, checks: read } = await this.prechecks(order, cause);
    if (!ok && this.#deps.signal.aborted) return;
    await this.#tell(order, cause, { type: "run.prechecked", data: { runId: order.runId, ok, checks: read } });
  }

  async obstacles(order: RunOrder, cause: Cause): Promise<readonly string[]> {
    const { checks: read } = await this.prechecks(order, cause);
    const unmet = read.filter(({ ok }) => ok !== true);
    // As the live run, it gets no further than to what stops it.
    if (unmet.length > 0) return unmet.map(({ check, detail }) => `pre-check ${check} does not hold: ${detail}`);
    const failed: string[] = [];
    for (const [step, planned] of order.plan.steps.entries()) {
      const against = await this.#obstacle(planned, this.#context(order, `${order.runId}/step/${step}`, cause));
      if (against === undefined) continue;
      failed.push(`${planned.action}: ${against}`);
      if (planned.onFailure === "stop") break;
    }
    return failed;
  }

  /** Reads the pre-checks. Unsure means no: one that cannot be read does not hold. */
  async prechecks(order: RunOrder, cause: Cause): Promise<Prechecks> {
    const results: Prechecks["checks"] = [];
    for (const { check, params } of order.plan.prechecks) {
      const { ok, detail } = await this.#read(check, params, order, cause);
      results.push({ check, ok, detail });
    }
    return { ok: results.every((result) => result.ok === true), checks: results };
  }

  async step({ order, step, attempt }: StepEffect, key: string, cause: Cause): Promise<void> {
    const planned = order.plan.steps[step];
    if (planned === undefined) return;
    const head = { runId: order.runId, step, action: planned.action, key };
    const context = this.#context(order, key, cause);
    if (order.mode === "rehearse") {
      await this.#tell(order, cause, { type: "run.step_started", data: { ...head, attempt } });
      const against = await this.#obstacle(planned, context);
      const detail = against ?? `would have: ${planned.says}`;
      const data = { ...head, ok: against === undefined, detail };
      await this.#tell(order, cause, { type: "run.step_completed", data });
      return;
    }
    const ended = await this.#carryOut(planned, { ...head, attempt }, order, context, cause);
    if (ended !== undefined)
      await this.#tell(order, cause, { type: "run.step_completed", data: { ...head, ...ended } });
  }

  /** How the action ended; `undefined` when the engine stops before it could. */
  async #carryOut(
    planned: PlanStep,
    begin: {
      readonly runId: string;
      readonly step: number;
      readonly action: string;
      readonly key: string;
      readonly attempt: number;
    },
    order: RunOrder,
    context: StepContext,
    cause: Cause,
  ): Promise<{ readonly ok: boolean; readonly detail: string; readonly evidence?: Json } | undefined> {
    const { params } = planned;
    const { action, missing } = this.#actionFor(planned);
    if (action === undefined) return { ok: false, detail: missing };
    try {
      // Pulled while the beginning was being written, the kill switch still keeps it from beginning: it begins anew later.
      for (let { attempt } = begin; attempt === begin.attempt || !(await this.#deps.mayAct()); attempt++) {
        if (!(await this.#permitted())) return undefined;
        const before = await action.prepare(params, context);
        if (context.saw(before)) return { ok: false, detail: SECRET_BEFORE };
        await this.#tell(order, cause, { type: "run.step_started", data: { ...begin, attempt, before } });
      }
      const { detail, evidence } = await action.run(params, context);
      const kept = evidence === undefined ? {} : { evidence: this.#secrets.json(evidence) };
      return { ok: true, detail: this.#secrets.text(detail), ...kept };
    } catch (failure) {
      return this.#deps.signal.aborted ? undefined : { ok: false, detail: this.#why(failure) };
    }
  }

  /** The action that a step was planned with, or why it is not there: a plan, and its approval, hold for one code. */
  #actionFor({
    action: name,
    code,
  }: PlanStep):
    | { readonly action: Action; readonly missing?: never }
    | { readonly action?: never; readonly missing: string } {
    const action = this.#deps.actions.get(name);
    if (action === undefined) return { missing: `there is no action "${name}" any more` };
    if (action.code === code) return { action };
    return { missing: `${name} is other code than the plan was made with (${action.source ?? "a built-in action"})` };
  }

  /** What would keep a step from its effect; preparing it only looks. */
  async #obstacle(planned: PlanStep, context: StepContext): Promise<string | undefined> {
    const { action, missing } = this.#actionFor(planned);
    if (action === undefined) return missing;
    try {
      return context.saw(await action.prepare(planned.params, context)) ? SECRET_BEFORE : undefined;
    } catch (failure) {
      return this.#why(failure);
    }
  }

  async probe({ order, probe }: ProbeEffect, cause: Cause): Promise<void> {
    const { check, params } = order.plan.validation;
    const { ok, reading, detail } = await this.#read(check, params, order, cause);
    if (ok !== true && this.#deps.signal.aborted) return;
    await this.#tell(order, cause, { type: "run.probed", data: { runId: order.runId, probe, ok, reading, detail } });
  }

  async undo({ order, step, before, attempt }: UndoEffect, key: string, cause: Cause): Promise<void> {
    const planned = order.plan.steps[step];
    if (planned === undefined) return;
    const head = { runId: order.runId, step, action: planned.action, key };
    if (!(await this.#permitted())) return;
    await this.#tell(order, cause, { type: "run.undo_started", data: { ...head, attempt } });
    const result = await this.#takeBack(planned, before, this.#context(order, key, cause));
    if (!result.ok && this.#deps.signal.aborted) return;
    await this.#tell(order, cause, { type: "run.undo_completed", data: { ...head, ...result } });
  }

  /**
   * Waits while no effect may begin: while the kill switch is pulled, by whatever hand (as a file it may not have been
   * noticed by anybody yet), or while the reactor only looks.
   * False when the engine stops meanwhile; what has not begun then begins after the next start.
   */
  async #permitted(): Promise<boolean> {
    const { signal, clock, mayAct } = this.#deps;
    while (!signal.aborted && !(await mayAct())) await pause(clock, LOOK_MS, signal);
    return !signal.aborted;
  }

  async #takeBack(
    planned: PlanStep,
    before: UndoEffect["before"],
    context: ActionContext,
  ): Promise<{ readonly ok: boolean; readonly same: boolean | null; readonly detail: string }> {
    const { action, missing } = this.#actionFor(planned);
    if (action === undefined) return { ok: false, same: null, detail: missing };
    try {
      const { same, detail } = await action.undo(planned.params, before, context);
      return { ok: true, same, detail: this.#secrets.text(detail) };
    } catch (failure) {
      return { ok: false, same: null, detail: this.#why(failure) };
    }
  }

  async #read(name: string, params: RunOrder["plan"]["validation"]["params"], order: RunOrder, cause: Cause) {
    const check = checks.get(name);
    if (check === undefined) return { ok: null, reading: null, detail: `there is no check "${name}" any more` };
    try {
      const { ok, reading, detail } = await check.read(params, this.#context(order, `${order.runId}/check`, cause));
      return { ok, reading: this.#secrets.json(reading), detail: this.#secrets.text(detail) };
    } catch (failure) {
      // A validator that errors has seen nothing.
      return { ok: null, reading: null, detail: this.#why(failure) };
    }
  }

  #why(failure: unknown): string {
    return this.#secrets.text(messageOf(failure));
  }

  #context(order: RunOrder, key: string, cause: Cause): StepContext {
    const { processes, web, files, clock, signal, commands } = this.#deps;
    const log = this.#secrets.log(this.#deps.log.with({ run: order.runId, playbook: order.playbookId }));
    const own = new HandedSecrets((name) => this.#secrets.hand(name));
    return {
      saw: (before) => own.isIn(before),
      key,
      runId: order.runId,
      signal,
      processes,
      web,
      files,
      clock,
      log,
      engine: this.#deps.doors(cause),
      commands,
      secret: (name) => own.hand(name),
      grants: order.plan.grants,
    };
  }

  async #tell(
    order: RunOrder,
    cause: Cause,
    draft: Pick<Extract<Publishable, { readonly type: string }>, "type" | "data">,
  ): Promise<void> {
    await this.#deps.insist(() => ({ ...draft, subject: `run/${order.runId}`, cause }) as Publishable);
  }
}
