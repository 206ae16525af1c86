import type { SeededEntropy } from "../src/simulation/seeded-entropy.ts";

type Values = (chance: SeededEntropy) => string;

const whole = (below: number) => (chance: SeededEntropy) => String(Math.floor(chance.random() * below));
const oneOf = (words: readonly string[]) => (chance: SeededEntropy) =>
  words[Math.floor(chance.random() * words.length)] ?? "";
const hex: Values = (chance) => chance.secret(6);
const number = whole(100_000);
const port = whole(65_536);
const name = oneOf(["orders", "billing", "crawler", "indexer", "planner", "reviewer", "mailer"]);
const path: Values = (chance) => `/var/lib/${name(chance)}/job-${number(chance)}/${hex(chance)}.json`;
const address: Values = (chance) =>
  `10.${whole(256)(chance)}.${whole(256)(chance)}.${whole(256)(chance)}:${port(chance)}`;

/** Messages as programs print them; what stands in the holes differs each time. */
const shapes: readonly ((chance: SeededEntropy) => string)[] = [
  (c) => `ENOENT: no such file or directory, open '${path(c)}'`,
  (c) => `connect ECONNREFUSED ${address(c)}`,
  (c) => `Error: task ${number(c)} exceeded its budget of ${number(c)} tokens`,
  (c) => `KeyError: 'user_${number(c)}'`,
  (c) =>
    `HTTP 503 from https://api.example.test/v1/${name(c)}/${hex(c)}: upstream overloaded, retry after ${number(c)} ms`,
  (c) => `OOMKilled: process ${port(c)} used ${number(c)} MiB of 2048 MiB`,
  (c) => `{"level":"error","msg":"cannot parse response","request_id":"${hex(c)}","line":${number(c)}}`,
  (c) => `FATAL: password authentication failed for user "${name(c)}"`,
  (c) => `AssertionError: expected ${number(c)} to equal ${number(c)}`,
  (c) => `任务 ${number(c)} 超时，已等待 ${number(c)} 秒`,
  (c) =>
    `Traceback (most recent call last):\n  File "${path(c)}", line ${number(c)}, in run\n    rows = load(source)\n  File "/app/load.py", line 40, in load\nValueError: invalid literal for int() with base 10: '${hex(c)}'`,
  (c) =>
    `TypeError: Cannot read properties of undefined (reading 'id')\n    at handle (/srv/${name(c)}/src/handler.ts:${number(c)}:13)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`,
];

export const SHAPES = shapes.length;

export function failureLines(count: number, chance: SeededEntropy): readonly string[] {
  return Array.from({ length: count }, (_, index) => shapes[index % shapes.length]?.(chance) ?? "");
}
