import type { Recollection } from "../actors/recollection.ts";
import type { RemedyDesk } from "../actors/remedy-desk.ts";
import type { Refusal, RuleSet } from "../domain/playbook/rules.ts";
import type { EventBus } from "../events/bus.ts";
import { type Clock, pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";

/** Where playbooks stand. */
export interface RuleSource {
  /** Reads and judges them all anew. */
  read(): Promise<RuleSet>;
  /** Differs whenever a file was changed, added or removed. */
  signature(): Promise<string>;
}

export interface RuleKeeperDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly remedies: RemedyDesk;
  readonly recollection: Recollection;
  /** Absent where the playbooks are the program's own and cannot change. */
  readonly source: RuleSource | undefined;
  readonly everyMs: number;
}

/** What became of a reload. */
export interface Reloaded {
  readonly outcome: "adopted" | "unchanged" | "kept";
  /** Playbooks that are new, changed or gone. */
  readonly changed: readonly string[];
  /** What is refused now; where the old set was kept, why. */
  readonly refused: readonly Refusal[];
}

/**
 * Adopts playbooks that were changed while the engine runs. The set is swapped whole: when a file is refused that was
 * not refused before, the old set stays in force as it is and the refusal is told. What is under way goes on by the plan
 * that it was begun with.
 */
export class RuleKeeper {
  readonly #deps: RuleKeeperDeps;
  #signature: string | undefined;
  #rejected: readonly Refusal[] = [];
  #queue: Promise<unknown> = Promise.resolve();

  constructor(deps: RuleKeeperDeps) {
    this.#deps = deps;
  }

  /** Why the files as they are now are not in force; empty when they are. */
  get rejected(): readonly Refusal[] {
    return this.#rejected;
  }

  /** Reads the playbooks again, whether or not a file looks changed. */
  reload(): Promise<Reloaded> {
    const done = this.#queue.then(() => this.#reload());
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Looks for changes from now on, until the answer is called. */
  async watch(): Promise<() => void> {
    const { source, clock, everyMs, log } = this.#deps;
    const over = new AbortController();
    if (source !== undefined) {
      this.#signature = await source.signature();
      void this.#look(source, over.signal, { clock, everyMs, log });
    }
    return () => over.abort();
  }

  async #look(
    source: RuleSource,
    over: AbortSignal,
    { clock, everyMs, log }: Pick<RuleKeeperDeps, "clock" | "everyMs" | "log">,
  ): Promise<void> {
    for (;;) {
      await pause(clock, everyMs, over);
      if (over.aborted) return;
      try {
        if ((await source.signature()) !== this.#signature) await this.reload();
      } catch (failure) {
        log.warn("the playbooks could not be read again", { failure: messageOf(failure) });
      }
    }
  }

  async #reload(): Promise<Reloaded> {
    const { source, remedies } = this.#deps;
    const old = remedies.rules;
    if (source === undefined) return { outcome: "unchanged", changed: [], refused: old.refused };
    const signature = await source.signature();
    const rules = await source.read();
    this.#signature = signature;
    const worse = rules.refused.filter((one) => !old.refused.some((known) => sameRefusal(known, one)));
    if (worse.length > 0) return this.#keep(worse);
    this.#rejected = [];
    const changed = changedBetween(old, rules);
    if (changed.length === 0 && rules.refused.length === old.refused.length)
      return { outcome: "unchanged", changed, refused: rules.refused };
    await this.#adopt(rules);
    return { outcome: "adopted", changed, refused: rules.refused };
  }

  async #adopt(rules: RuleSet): Promise<void> {
    const { bus, remedies, recollection, log } = this.#deps;
    await recollection.adopt(rules.rules);
    remedies.adopt(rules);
    await bus.publish({ type: "playbook.loaded", subject: "reactor", data: loadedRules(rules) });
    log.info("the playbooks were loaded again", { loaded: rules.rules.length, refused: rules.refused.length });
  }

  async #keep(refused: readonly Refusal[]): Promise<Reloaded> {
    const { bus, log } = this.#deps;
    const again = refused.every((one) => this.#rejected.some((known) => sameRefusal(known, one)));
    this.#rejected = refused;
    if (!again) {
      for (const { file, reason } of refused) log.warn("changed playbooks were not adopted", { file, reason });
      const data = { refused: refused.map(({ file, reason }) => ({ file, reason })) };
      await bus.publish({ type: "playbook.reload_refused", subject: "reactor", data });
    }
    return { outcome: "kept", changed: [], refused };
  }
}

/** What the journal says of a rule set. */
export function loadedRules({ rules, refused }: RuleSet) {
  return {
    loaded: rules.map(({ playbook, hash }) => ({ id: playbook.id, hash, enabled: playbook.enabled })),
    refused: refused.map(({ file, reason }) => ({ file, reason })),
  };
}

function sameRefusal(one: Refusal, other: Refusal): boolean {
  return one.file === other.file && one.reason === other.reason;
}

function changedBetween(old: RuleSet, rules: RuleSet): readonly string[] {
  const all = [old, rules].flatMap((set) => [...set.rules, ...set.drafts]);
  const ids = new Set(all.map(({ playbook }) => playbook.id));
  return [...ids].filter((id) => contentOf(old, id) !== contentOf(rules, id)).sort();
}

/** The whole playbook with its tests, as text; its hash leaves out what does not act. */
function contentOf(rules: RuleSet, id: string): string | undefined {
  const rule = rules.find(id) ?? rules.drafts.find(({ playbook }) => playbook.id === id);
  return rule === undefined ? undefined : JSON.stringify([rule.file, rule.playbook]);
}
