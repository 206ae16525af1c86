import type { Hash } from "../../kernel/hash.ts";

/** The seal before the first line. */
export const GENESIS = "0".repeat(64);
const MARK = ',"seal":"';
const TAIL_LENGTH = MARK.length + 64 + 2;

/** Seals lines: SHA-256 over the previous seal and the stored bytes, an HMAC of the same when there is a key. */
export interface Sealer {
  seal(previous: string, body: string): string;
  /** Tells keys apart without showing them; `undefined` for the plain hash. */
  readonly keyId: string | undefined;
}

export function createSealer(hash: Hash, key?: string): Sealer {
  return key === undefined
    ? { seal: (previous, body) => hash.sha256(`${previous}\n${body}`), keyId: undefined }
    : {
        seal: (previous, body) => hash.hmacSha256(key, `${previous}\n${body}`),
        keyId: hash.hmacSha256(key, "the key of a journal").slice(0, 16),
      };
}

/** A stored line: the event's JSON object with its seal as the last member. */
export function joinSealed(body: string, seal: string): string {
  return `${body.slice(0, -1)}${MARK}${seal}"}`;
}

/** The event's own bytes and its seal, or `undefined` when the line carries none. */
export function splitSealed(line: string): { readonly body: string; readonly seal: string } | undefined {
  const start = line.length - TAIL_LENGTH;
  if (start < 1 || !line.startsWith(MARK, start) || !line.endsWith('"}')) return undefined;
  return { body: `${line.slice(0, start)}}`, seal: line.slice(start + MARK.length, -2) };
}
