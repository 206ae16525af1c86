import type { AnyEvent } from "../../events/envelope.ts";
import type { JournalPosition } from "../../events/journal.ts";
import { type FailureCode, messageOf } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import { Chain } from "./chain.ts";
import { headOf } from "./head.ts";
import { type Missing, misfitOf } from "./misfit.ts";
import { linesAfter, segmentOf } from "./position.ts";
import type { Reading } from "./reading.ts";
import type { Sealer } from "./seal.ts";
import { isDamage, type Segment, segmentLineGroups } from "./segment.ts";
import { isTornTail } from "./torn-tail.ts";

/** Where something stands: a line of a segment, counted from 1, and its byte offset in the plain form. */
export interface Place {
  readonly segment: Segment;
  readonly line: number;
  readonly byte: number;
}

export function sayPlace({ segment, line }: Place): string {
  return `${segment.path}, line ${line}`;
}

export type Step<E = AnyEvent> =
  | {
      readonly kind: "event";
      readonly event: E;
      readonly seal: string;
      readonly place: Place;
      /** Byte offset after the line. */
      readonly end: number;
    }
  /** The journal ends in a write that was cut off, or is just being made. */
  | { readonly kind: "torn"; readonly place: Place; readonly reason: string }
  | {
      readonly kind: "bad";
      readonly place: Place;
      readonly code: FailureCode;
      readonly reason: string;
      readonly missing?: Missing;
    };

export interface Walk<E extends { readonly sequence: number } = AnyEvent> {
  readonly files: Files;
  readonly sealer: Sealer;
  /** In order, as `listSegments` gives them. */
  readonly segments: readonly Segment[];
  readonly reading: Reading<E>;
  /** Only what comes after it is read and verified; unless told everything that is held. */
  readonly after?: JournalPosition | undefined;
}

/**
 * Follows the chain through the segments of a journal, many steps at once. The first step that is no event is the last,
 * and comes alone.
 *
 * @throws {AiosError} where `after` is no position of this journal: `journal.behind`, `journal.diverged`, `journal.released`
 */
export async function* walk<E extends { readonly sequence: number }>({
  files,
  sealer,
  segments,
  reading,
  after,
}: Walk<E>): AsyncGenerator<readonly Step<E>[], void, void> {
  const begin = after === undefined ? 0 : await segmentOf(files, segments, after);
  let chain = after === undefined ? undefined : new Chain(sealer, reading, after);
  for (const [index, segment] of segments.entries()) {
    if (index < begin) continue;
    let place: Place = { segment, line: 1, byte: 0 };
    try {
      const head = await headOf(files, segment);
      const misfit = misfitOf(head, segment, { sealer, after: index === begin ? undefined : chain?.position });
      if (misfit !== undefined) return yield [{ kind: "bad", place, ...misfit }];
      chain ??= new Chain(sealer, reading, head?.after);
      const from =
        index === begin && after !== undefined ? await linesAfter(files, segment, head, after, sealer) : { passed: 0 };
      place = { segment, line: from.passed + 1, byte: from.start ?? 0 };
      // A closed segment was whole before it got its name.
      const mayBeTorn = segment.kind !== "closed" && index === segments.length - 1;
      for await (const lines of segmentLineGroups(files, segment, from)) {
        const steps: Step<E>[] = [];
        let last: Step<E> | undefined;
        for (const { text, start, end, complete } of lines) {
          place = { segment, line: place.line, byte: start };
          const link = complete || !mayBeTorn ? chain.follow(text) : "cut";
          if (link === "cut") last = { kind: "torn", place, reason: "the last line is torn: it has no end" };
          else if (link.kind === "broken")
            last =
              mayBeTorn && (await isTornTail(files, segment, { text, start, marked: (head?.format ?? 2) > 1 }))
                ? { kind: "torn", place, reason: "the last write reached the disk only in part" }
                : { kind: "bad", place, code: "journal.corrupt", reason: link.reason };
          else steps.push({ kind: "event", event: link.event, seal: link.seal, place, end });
          if (last !== undefined) break;
          place = { segment, line: place.line + 1, byte: end };
        }
        if (steps.length > 0) yield steps;
        if (last !== undefined) return yield [last];
      }
    } catch (failure) {
      if (!isDamage(failure)) throw failure;
      return yield [
        {
          kind: "bad",
          place,
          code: "journal.corrupt",
          reason: `the compressed file is damaged: ${messageOf(failure)}`,
        },
      ];
    }
  }
}
