import type { AnyEvent } from "../../events/envelope.ts";
import type { JournalPosition } from "../../events/journal.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import type { Reading } from "./reading.ts";
import type { Sealer } from "./seal.ts";
import type { Segment } from "./segment.ts";
import { type Step, walk } from "./walk.ts";

/** A journal to be looked at, also while an engine writes it. */
export interface JournalFiles {
  readonly files: Files;
  readonly sealer: Sealer;
  /** Its segments as they are now; asked again when they have changed. */
  readonly list: () => Promise<readonly Segment[]>;
}

/** So often in a row the files may have changed between listing and opening them. */
const ATTEMPTS = 10;

/**
 * As `walk` over everything that is held, though segments may be closed, compressed and given up meanwhile: what does
 * not fit is looked at again where the files have changed.
 */
export async function* follow<E extends { readonly sequence: number } = AnyEvent>(
  { files, sealer, list }: JournalFiles,
  reading: Reading<E>,
): AsyncGenerator<readonly Step<E>[], void, void> {
  let after: JournalPosition | undefined;
  for (let attempt = 1; ; attempt++) {
    const segments = await list();
    let doubt: Step<E> | AiosError | undefined;
    try {
      for await (const steps of walk({ files, sealer, segments, reading, after })) {
        const last = steps.at(-1);
        if (last?.kind === "bad") {
          doubt = last;
          break;
        }
        yield steps;
        if (last === undefined) continue;
        if (last.kind === "torn") return;
        after = { sequence: last.event.sequence, seal: last.seal };
        attempt = 1;
      }
    } catch (failure) {
      if (!(failure instanceof AiosError)) throw failure;
      doubt = failure;
    }
    if (doubt === undefined) return;
    if (attempt < ATTEMPTS && !areSame(segments, await list())) continue;
    if (doubt instanceof AiosError) throw doubt;
    return yield [doubt];
  }
}

function areSame(some: readonly Segment[], others: readonly Segment[]): boolean {
  return some.length === others.length && some.every(({ path }, index) => path === others[index]?.path);
}
