import type { AnyMachineSnapshot } from "xstate";
import { type Checkpointed, inGroups, type Snapshot } from "../kernel/checkpointed.ts";
import { AiosError } from "../kernel/errors.ts";
import type { Hash } from "../kernel/hash.ts";
import { groupsOf, listOf, objectOf } from "../kernel/shape.ts";
import {
  judge,
  machineOf,
  type SavedActor,
  type SavedMachine,
  savedActor,
  savedMachine,
  written,
} from "./actor-snapshot.ts";
import type { ActorKind } from "./kind.ts";
import { actorId, type Delivery, MOST_KEPT, type Resident, type Residents } from "./residents.ts";
import type { Tap } from "./tap.ts";

/** An actor whose saved state this build cannot go on from. It does not run; its state is kept as it was. */
export interface Unfit {
  readonly id: string;
  /** Id and version of the machine it ran on. */
  readonly machine: string;
  /** The same for the same state under the same build: it is told once. */
  readonly key: string;
  readonly reason: string;
  /** What is gone and what is new, in words. */
  readonly difference: readonly string[];
}

interface Kept extends Unfit {
  readonly actor: SavedActor;
  readonly saved: SavedMachine | undefined;
  readonly waiting: Delivery[];
  lost: number;
}

const state = objectOf({ machines: listOf(savedMachine), actors: groupsOf(savedActor) });

/**
 * The actors of a host as a checkpoint holds them: each with the machine it ran on. One that this build's machine cannot
 * go on from is kept aside, and is written into the next checkpoint as it was, with what has concerned it since: a later
 * build may know it again, and owes it that.
 */
export class ActorsSnapshot implements Checkpointed {
  readonly name = "actors";
  readonly version = 1;
  readonly #residents: Residents;
  readonly #kinds: ReadonlyMap<string, { readonly kind: ActorKind; readonly machine: SavedMachine }>;
  readonly #tap: Tap | undefined;
  readonly #unfit = new Map<string, Kept>();
  readonly #owed = new Map<string, readonly Delivery[]>();
  /** Actors that have to be there and were not: they began anew, without their past. */
  #begun: readonly Unfit[] = [];

  constructor(residents: Residents, kinds: readonly ActorKind[], { hash, tap }: { hash: Hash; tap?: Tap | undefined }) {
    this.#residents = residents;
    this.#kinds = new Map(kinds.map((kind) => [kind.name, { kind, machine: machineOf(kind.machine, hash) }]));
    this.#tap = tap;
  }

  /** Actors that were not restored, and do not run or began anew. */
  get unfit(): readonly Unfit[] {
    return [...this.#unfit.values(), ...this.#begun];
  }

  isUnfit(id: string): boolean {
    return this.#unfit.has(id);
  }

  /** Those of a kind that do not run. */
  unfitOf(kind: ActorKind): readonly string[] {
    return [...this.#unfit.values()].flatMap(({ actor }) => (actor.kind === kind.name ? [actor.name] : []));
  }

  /** Keeps what concerns an actor that does not run. Of others there is nothing to keep. */
  miss(id: string, deliveries: readonly Delivery[], lost = 0): void {
    const kept = this.#unfit.get(id);
    if (kept === undefined) return;
    const taken = deliveries.slice(0, MOST_KEPT - kept.waiting.length);
    kept.waiting.push(...taken);
    kept.lost += lost + deliveries.length - taken.length;
  }

  /** What actors that run again have missed, in order. It is handed out once, to whoever tells them. */
  takeOwed(): ReadonlyMap<string, readonly Delivery[]> {
    const owed = new Map(this.#owed);
    this.#owed.clear();
    return owed;
  }

  get owes(): boolean {
    return this.#owed.size > 0;
  }

  snapshot(): Snapshot {
    const aside = [...this.#unfit.values()].map(({ actor, saved, waiting, lost }) => ({
      saved,
      actor: waiting.length === 0 ? actor : { ...actor, missed: { waiting: [...waiting], lost } },
    }));
    // A machine's snapshot is a value: it is replaced with every step, so it can be written down later.
    const running = this.#residents
      .all()
      .flatMap((resident) => (resident.snapshot === undefined ? [] : [{ resident, snapshot: resident.snapshot }]));
    const machines = new Map([...this.#kinds.values()].map(({ machine }) => [machine.hash, machine]));
    for (const { saved } of aside) if (saved !== undefined) machines.set(saved.hash, saved);
    return {
      machines: [...machines.values()],
      actors: [
        ...inGroups(running, ({ resident, snapshot }) => written(resident, snapshot, this.#machineOf(resident.kind))),
        ...inGroups(aside, ({ actor }) => actor),
      ],
    };
  }

  /** @throws {AiosError} `checkpoint.unfit` when an actor that the engine cannot be without does not fit */
  restore(value: unknown): void {
    const { machines, actors } = state(value, this.name);
    const known = new Map(machines.map((machine) => [machine.hash, machine]));
    this.#clear();
    for (const actor of actors) this.#take(actor, known.get(actor.machine));
    for (const { kind } of this.#kinds.values()) this.#insistOn(kind);
  }

  #take(actor: SavedActor, saved: SavedMachine | undefined): void {
    const own = this.#kinds.get(actor.kind);
    const judged = judge(actor, saved, own?.kind, own?.machine);
    const id = `${actor.kind}/${actor.name}`;
    if (judged.kind === "unfit" || own === undefined) {
      const { reason, difference } = judged.kind === "unfit" ? judged : { reason: "unknown", difference: [] };
      const machine = saved === undefined ? "an unknown machine" : `${saved.id} ${saved.version}`;
      const key = `${id}:${actor.machine}:${own?.machine.hash ?? "none"}`;
      const { waiting, lost } = actor.missed ?? { waiting: [], lost: 0 };
      this.#unfit.set(id, { id, machine, key, reason, difference, actor, saved, waiting: [...waiting], lost });
      return;
    }
    if (actor.missed !== undefined) this.#owed.set(id, actor.missed.waiting);
    const resident = this.#residents.unborn(own.kind, actor.name, actor.bornAt);
    this.#settle(resident, resident.stage.restored(judged.snapshot));
  }

  #insistOn(kind: ActorKind): void {
    if (kind.permanent === undefined) return;
    const id = actorId(kind, kind.permanent.id);
    if (this.#residents.has(id)) return;
    const unfit = this.#unfit.get(id);
    if (unfit !== undefined)
      throw new AiosError("checkpoint.unfit", [`${id}: ${unfit.reason}`, ...unfit.difference].join("; "));
    const { id: name, input } = kind.permanent;
    const resident = this.#residents.unborn(kind, name, undefined);
    this.#settle(resident, resident.stage.begin(input).snapshot);
    const reason = "it was not written down: it begins anew";
    this.#begun = [...this.#begun, { id, machine: kind.machine.id, key: id, reason, difference: [] }];
  }

  #settle(resident: Resident, snapshot: AnyMachineSnapshot): void {
    resident.snapshot = snapshot;
    this.#residents.add(resident);
    this.#tap?.born(resident.id, resident.kind.machine, snapshot);
  }

  #clear(): void {
    this.#unfit.clear();
    this.#owed.clear();
    this.#begun = [];
    for (const resident of this.#residents.all()) this.#end(resident);
  }

  #end(resident: Resident): void {
    this.#residents.remove(resident);
    this.#tap?.gone(resident.id);
  }

  #machineOf(kind: ActorKind): SavedMachine {
    const own = this.#kinds.get(kind.name);
    if (own === undefined) throw new Error(`the host does not know the kind "${kind.name}"`);
    return own.machine;
  }
}
