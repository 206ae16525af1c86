import type { Recollection } from "../actors/recollection.ts";
import type { RemedyDesk } from "../actors/remedy-desk.ts";
import type { PlaybookFile, Refusal, RuleSet } from "../domain/playbook/rules.ts";
import type { EventBus } from "../events/bus.ts";
import { type Clock, pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import { adoptionOf } from "./adoption.ts";

/** Where playbooks stand. */
export interface RuleSource {
  /** Reads them all anew. */
  files(): Promise<readonly PlaybookFile[]>;
  compile(files: readonly PlaybookFile[]): RuleSet;
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
  readonly refused: readonly RefusedFile[];
}

/** A file that is not in force as it stands there. */
export interface RefusedFile {
  readonly file: string;
  readonly reason: string;
  /** The version before is in force instead. */
  readonly kept?: true;
}

/**
 * Adopts playbooks that were changed while the engine runs. A bad file is refused by itself: its version before, where there
 * was one, stays in force, and the others are adopted. The set is swapped whole. What is under way goes on by the plan that
 * it was begun with.
 */
export class RuleKeeper {
  readonly #deps: RuleKeeperDeps;
  #signature: string | undefined;
  /** Files of which another version is in force, and why. */
  #kept: readonly Refusal[] = [];
  /** What was told to be refused last. */
  #told: readonly Refusal[] | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(deps: RuleKeeperDeps) {
    this.#deps = deps;
  }

  /** Files that are not in force as they are now, and why. */
  get refused(): readonly RefusedFile[] {
    const kept = this.#kept.map(({ file, reason }) => ({ file, reason, kept: true as const }));
    return [...this.#deps.remedies.rules.refused.map(({ file, reason }) => ({ file, reason })), ...kept];
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
    if (source === undefined) return { outcome: "unchanged", changed: [], refused: this.refused };
    const signature = await source.signature();
    const adoption = adoptionOf(await source.files(), old, (files) => source.compile(files));
    this.#signature = signature;
    if (adoption.kind === "keep") {
      this.#kept = adoption.refused;
      await this.#tell(old.refused);
      return { outcome: "kept", changed: [], refused: this.refused };
    }
    const { rules, kept } = adoption;
    this.#kept = kept;
    const changed = changedBetween(old, rules);
    if (changed.length > 0 || !sameRefusals(old.refused, rules.refused)) await this.#adopt(rules);
    await this.#tell(old.refused);
    const { refused } = this;
    const nothing = refused.length > 0 ? "kept" : "unchanged";
    return { outcome: changed.length > 0 ? "adopted" : nothing, changed, refused };
  }

  async #adopt(rules: RuleSet): Promise<void> {
    const { bus, remedies, recollection, log } = this.#deps;
    await recollection.adopt(rules.rules);
    remedies.adopt(rules);
    await bus.publish({ type: "playbook.loaded", subject: "reactor", data: loadedRules(rules) });
    log.info("the playbooks were loaded again", { loaded: rules.rules.length, refused: rules.refused.length });
  }

  /** Says once what is refused now and was not before. */
  async #tell(before: readonly Refusal[]): Promise<void> {
    const { bus, log, remedies } = this.#deps;
    const told = this.#told ?? before;
    const now = [...remedies.rules.refused, ...this.#kept];
    this.#told = now;
    const fresh = this.refused.filter((one) => !told.some((known) => sameRefusal(known, one)));
    if (fresh.length === 0) return;
    for (const { file, reason } of fresh) log.warn("a changed playbook was refused", { file, reason });
    const data = { refused: fresh.map((one) => ({ ...one })) };
    await bus.publish({ type: "playbook.reload_refused", subject: "reactor", data });
  }
}

/** What the journal says of a rule set. */
export function loadedRules({ rules, refused }: RuleSet) {
  return {
    loaded: rules.map(({ playbook, hash }) => ({ id: playbook.id, hash, enabled: playbook.enabled })),
    refused: refused.map(({ file, reason }) => ({ file, reason })),
  };
}

type Told = Pick<Refusal, "file" | "reason">;

function sameRefusal(one: Told, other: Told): boolean {
  return one.file === other.file && one.reason === other.reason;
}

function sameRefusals(some: readonly Told[], others: readonly Told[]): boolean {
  return some.length === others.length && some.every((one) => others.some((other) => sameRefusal(one, other)));
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
