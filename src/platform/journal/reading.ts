import { type AnyEvent, contentEnd, decode } from "../../events/envelope.ts";
import { decodeUntil, type Glimpse, glimpse } from "../../events/glimpse.ts";

/** What a reader of a journal makes of its lines. */
export interface Reading<E extends { readonly sequence: number } = AnyEvent> {
  /** Whether each seal is computed anew, or was by an earlier reading of the same lines. */
  readonly seals: "verified" | "verified before";
  /** The event of a line, with its seal and as `body` without; `undefined` when it is none. */
  readonly decode: (body: string, line: string) => E | undefined;
}

/** Each seal is verified, and each event read whole. */
export const wholeEvents: Reading = { seals: "verified", decode };

/** As `wholeEvents`, of lines whose seals this process verified just before. */
export const verifiedBefore: Reading = {
  seals: "verified before",
  decode: (body, line) => decodeUntil(line, contentEnd(line, body.length - 1)) ?? decode(body),
};

/** Each seal is verified. Events of the wanted types are read whole, and of the others where they stand. */
export function sifting(wanted: ReadonlySet<string>): Reading<AnyEvent | Glimpse> {
  return {
    seals: "verified",
    decode: (body, line) => {
      const seen = glimpse(line);
      return seen === undefined || wanted.has(seen.type) ? decode(body) : seen;
    },
  };
}
