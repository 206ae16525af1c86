import { encode, type Unsequenced } from "./envelope.ts";

/** What neighbours have in common as text: the members before their `correlationid`, and those behind it. */
interface Common {
  readonly before: string;
  readonly behind: string;
}

/**
 * Encodes events one after the other, each to the very text that `encode` gives. What an event has in common with the one
 * before it, in a batch all but its id and its data, is written out once: that takes two thirds of the time.
 */
export class Encoder {
  #last: Unsequenced | undefined;
  /** Made when a second event has the same. */
  #common: Common | undefined;

  encode(event: Unsequenced, sequence: number): string {
    if (this.#last === undefined || !areAlike(this.#last, event)) {
      this.#last = event;
      this.#common = undefined;
      return encode(event, sequence);
    }
    const data: string | undefined = JSON.stringify(event.data);
    if (data === undefined) return encode(event, sequence);
    this.#common ??= commonOf(event);
    const { before, behind } = this.#common;
    const id = JSON.stringify(event.id);
    const correlationid = event.correlationid === event.id ? id : JSON.stringify(event.correlationid);
    return `{"specversion":"1.0","id":${id}${before},"correlationid":${correlationid}${behind},"sequence":${sequence},"data":${data}}`;
  }
}

/** Whether all members but `id`, `correlationid` and `data` are the same. */
function areAlike(one: Unsequenced, other: Unsequenced): boolean {
  return (
    one.time === other.time &&
    one.type === other.type &&
    one.source === other.source &&
    one.subject === other.subject &&
    one.severity === other.severity &&
    one.principal === other.principal &&
    one.causationid === other.causationid &&
    one.depth === other.depth &&
    one.traceparent === other.traceparent &&
    one.idempotencykey === other.idempotencykey
  );
}

function commonOf(event: Unsequenced): Common {
  const { source, type, subject, time, datacontenttype, severity, principal, causationid } = event;
  const { depth, traceparent, idempotencykey } = event;
  return {
    before: members({ source, type, subject, time, datacontenttype, severity, principal, causationid }),
    behind: members({ depth, traceparent, idempotencykey }),
  };
}

/** Members as they stand behind others. */
function members(some: Readonly<Record<string, unknown>>): string {
  return `,${JSON.stringify(some).slice(1, -1)}`;
}
