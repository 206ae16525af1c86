import { type Checkpointed, inGroups, type Snapshot } from "../kernel/checkpointed.ts";
import { groupsOf, listOf, number, objectOf, optional, pairOf, row, text, yesNo } from "../kernel/shape.ts";
import type { ActorsSnapshot } from "./actors-snapshot.ts";
import type { ActorKind } from "./kind.ts";
import type { Delivery, Residents } from "./residents.ts";
import type { Skips } from "./skips.ts";
import type { Tap } from "./tap.ts";

const heldActor = objectOf({
  kind: text,
  name: text,
  bornAt: optional(number),
  failedAtBirth: yesNo,
  waiting: listOf(row<Delivery>()),
  message: text,
  sinceMs: number,
  lost: number,
});
const state = objectOf({ held: listOf(heldActor), skipped: groupsOf(pairOf(text, number)) });

/** Who is quarantined with what waits for them, and which events are left out, as a checkpoint holds it. Restored after the actors. */
export class QuarantineSnapshot implements Checkpointed {
  readonly name = "quarantine";
  readonly version = 1;
  readonly #residents: Residents;
  readonly #skips: Skips;
  readonly #kinds: ReadonlyMap<string, ActorKind>;
  readonly #tap: Tap | undefined;
  readonly #saved: ActorsSnapshot;

  constructor(
    residents: Residents,
    skips: Skips,
    {
      kinds,
      tap,
      saved,
    }: { readonly kinds: readonly ActorKind[]; readonly tap: Tap | undefined; readonly saved: ActorsSnapshot },
  ) {
    this.#saved = saved;
    this.#residents = residents;
    this.#skips = skips;
    this.#kinds = new Map(kinds.map((kind) => [kind.name, kind]));
    this.#tap = tap;
  }

  snapshot(): Snapshot {
    const held = this.#residents.all().flatMap(({ kind, name, bornAt, snapshot, held: one }) => {
      if (one === undefined) return [];
      const { waiting, message, sinceMs, lost } = one;
      const failedAtBirth = snapshot === undefined;
      return [{ kind: kind.name, name, bornAt, failedAtBirth, waiting: [...waiting], message, sinceMs, lost }];
    });
    return { held, skipped: inGroups(this.#skips.list()) };
  }

  restore(value: unknown): void {
    const { held, skipped } = state(value, this.name);
    for (const [actor, sequence] of skipped) this.#skips.add(actor, sequence);
    for (const { kind: kindName, name, bornAt, failedAtBirth, waiting, message, sinceMs, lost } of held) {
      const kind = this.#kinds.get(kindName);
      const [first] = waiting;
      // Where this build cannot go on from its value, it stands among those that do not run.
      this.#saved.miss(`${kindName}/${name}`, waiting, lost);
      if (kind === undefined || first === undefined) continue;
      if (failedAtBirth) this.#residents.add(this.#residents.unborn(kind, name, bornAt));
      const resident = this.#residents.get(`${kindName}/${name}`);
      if (resident === undefined) continue;
      resident.held = { waiting, message, sinceMs, lost };
      this.#tap?.held(resident.id, message);
    }
  }
}
