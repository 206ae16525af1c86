import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FrameKind, frameOf, framesIn, jsonFrame, jsonOf } from "../../../../src/cli/run/frames.ts";

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const at = [0, ...[...cuts].map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < at.length; i++) yield bytes.subarray(at[i - 1], at[i]);
}

async function all(stream: AsyncIterable<Uint8Array>) {
  const frames: { kind: FrameKind; payload: number[] }[] = [];
  for await (const { kind, payload } of framesIn(stream)) frames.push({ kind, payload: [...payload] });
  return frames;
}

const frame = fc.record({
  kind: fc.constantFrom<FrameKind>("environment", "input", "input_end", "begun", "stdout", "stderr"),
  payload: fc.uint8Array({ maxLength: 40 }),
});

describe("frames", () => {
  it("come out as they went in, however the stream is cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat()), async (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(({ kind, payload }) => frameOf(kind, payload)));
        const got = await all(pieces(bytes, cuts));
        expect(got).toEqual(sent.map(({ kind, payload }) => ({ kind, payload: [...payload] })));
      }),
    );
  });

  it("carry JSON, and leave out what was cut off at the end", async () => {
    const bytes = Buffer.concat([jsonFrame("environment", { A: "ä" }), frameOf("stdout", Buffer.from("rest"))]);
    const got: unknown[] = [];
    for await (const one of framesIn(pieces(bytes.subarray(0, -2), []))) got.push(jsonOf(one));
    expect(got).toEqual([{ A: "ä" }]);
  });

  it("refuse what is none", async () => {
    await expect(all(pieces(Buffer.from("GET / HTTP/1.1\r\n\r\n"), []))).rejects.toThrow("not a frame");
  });
});
