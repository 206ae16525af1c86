import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { silentLog } from "../../../src/kernel/log.ts";
import type { MemoryBackend } from "../../../src/memory/backend.ts";
import { backends } from "../../../src/memory/backends/index.ts";
import type { EmbedderSource } from "../../../src/memory/embedders/source.ts";
import { Glossary } from "../../../src/memory/glossary/glossary.ts";
import { Meaning } from "../../../src/memory/meaning/meaning.ts";
import { MemoryPalace } from "../../../src/memory/palace.ts";
import { hashOf } from "../../../src/memory/server/term-table.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const DIMENSION = 12;
const STEADY = 16;
/** Real in all but its size: equal words, near vectors. */
const source: EmbedderSource = {
  name: "words",
  open: async () => ({
    model: { name: "words", dtype: "fp32", dimension: DIMENSION, scripts: ["Latin", "Han"] },
    embed: async (texts) =>
      texts.map((text) => {
        const vector = new Float32Array(DIMENSION);
        for (const word of text.split(/\s+/u)) {
          const at = hashOf(word, 7) % DIMENSION;
          vector[at] = (vector[at] ?? 0) + 1;
        }
        return vector;
      }),
  }),
};

const keys = ["a", "b", "c", "d", "e", "f"];
const spaces = ["shared", "agent:one", "agent:two", "team:red"];
const words = ["disk", "queue", "full", "worker", "timeout", "retry", "磁盘", "超时", "ENOSPC"];
const key = fc.constantFrom(...keys);
const space = fc.constantFrom(...spaces);
const text = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(" "));

type Step = (palace: MemoryPalace) => Promise<unknown>;
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.tuple(key, space, text).map(([k, s, t]) => storing(k, s, t)), weight: 6 },
  fc.tuple(key, space).map(
    ([k, s]) =>
      (palace: MemoryPalace) =>
        palace.forget(k, { space: s }),
  ),
  fc.tuple(key, key, space).map(
    ([k, o, s]) =>
      (palace: MemoryPalace) =>
        palace.care.merge(k, o, { space: s }),
  ),
  fc.tuple(key, space).map(
    ([k, s]) =>
      (palace: MemoryPalace) =>
        palace.care.unmerge(k, { space: s }),
  ),
  fc.tuple(key, space).map(
    ([k, s]) =>
      (palace: MemoryPalace) =>
        palace.update(k, { level: "retired" }, { space: s }),
  ),
  fc.tuple(key, space, space).map(
    ([k, s, to]) =>
      (palace: MemoryPalace) =>
        palace.share(k, to, { space: s }),
  ),
  fc.tuple(key, space, space).map(
    ([k, s, to]) =>
      (palace: MemoryPalace) =>
        palace.unshare(k, to, { space: s }),
  ),
  fc.tuple(key, key, space).map(
    ([k, o, s]) =>
      (palace: MemoryPalace) =>
        palace.link(k, o, { space: s }),
  ),
);
/** What is done before somebody asks again, and how often it is asked in between. */
const round = fc.record({ steps: fc.array(step, { maxLength: 8 }), questions: fc.array(text, { maxLength: 3 }) });

describe("a memory that is asked between its changes", () => {
  it.each(["by words", "by words and meaning"])(
    "answers %s exactly as one that was opened anew, after any order of changes",
    async (how) => {
      const isMeant = how === "by words and meaning";
      await fc.assert(
        fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 4 }), async (rounds) => {
          const clock = new VirtualClock();
          await using backend = await backends.volatile.open({}, memoryPorts(clock));
          const opened = open(backend, clock, isMeant);
          // So many that what changes between two questions is never most of them: then all would be indexed anew.
          for (let n = 0; n < STEADY; n += 1) await opened.palace.store(`steady-${String(n)}`, steadyText(n));
          for (const { steps, questions } of rounds) {
            for (const doing of steps) await doing(opened.palace).catch(refused);
            await opened.meaning?.settled();
            const anew = open(backend, clock, isMeant);
            await anew.meaning?.settled();
            for (const question of questions)
              expect(await answers(opened.palace, question)).toEqual(await answers(anew.palace, question));
            await anew.meaning?.close();
          }
          await opened.meaning?.close();
        }),
        { numRuns: 15 },
      );
    },
  );
});

function steadyText(n: number): string {
  return Array.from({ length: 1 + (n % 5) }, (_, at) => words[(n * (at + 1)) % words.length]).join(" ");
}

function storing(k: string, s: string, content: string): Step {
  return (palace) => palace.store(k, content, { space: s });
}

/** Much of what is tried in any order cannot be done; nothing else may go wrong. */
function refused(failure: unknown): void {
  expect(failure).toMatchObject({ code: expect.stringMatching(/^(?:not_found|input\.invalid)$/u) });
}

function open(backend: MemoryBackend, clock: VirtualClock, isMeant: boolean) {
  const meaning = isMeant ? new Meaning({ source, backend, clock, log: silentLog }) : undefined;
  meaning?.begin();
  return { palace: MemoryPalace.over(backend, clock, new Glossary([]), meaning), meaning };
}

/** What everybody is told. */
async function answers(palace: MemoryPalace, question: string): Promise<unknown> {
  const readers = [
    palace,
    palace.as({ kind: "agent", id: "one", teams: ["red"] }),
    palace.as({ kind: "agent", id: "two", teams: [] }),
  ];
  const told: unknown[] = [];
  for (const reader of readers)
    told.push(await reader.query(question, { explain: true, topK: 10 }), await reader.list());
  return told;
}
