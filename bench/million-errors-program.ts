import { built } from "./built.ts";
import type { MillionErrors } from "./million-errors.ts";
import { naiveFingerprint } from "./naive-fingerprint.ts";

const [contender, errors, part] = process.argv.slice(2);

interface Counter {
  see(message: string): void;
  known(): number;
  forgotten(): number;
}

const counter = contender === "aios" ? await ours() : naive();
const began = process.cpuUsage();
let residentEarly = 0;
for (let n = 0; n < Number(errors); n++) {
  if (n === Number(part)) residentEarly = resident();
  counter.see(distinctError(n));
}
const { user, system } = process.cpuUsage(began);
const last = resident();
const told: MillionErrors = {
  cpuMs: (user + system) / 1000,
  growthMb: (last - residentEarly) / 2 ** 20,
  heapMb: process.memoryUsage().heapUsed / 2 ** 20,
  known: counter.known(),
  forgotten: counter.forgotten(),
};
console.log(JSON.stringify(told));

function resident(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

/** An exception type of its own, which is never taken for a value. */
function distinctError(n: number): string {
  const letters = String(n)
    .padStart(7, "0")
    .replace(/\d/g, (digit) => String.fromCharCode(65 + Number(digit)));
  return `Broken${letters}Error: cannot open /srv/${n}/state.json after ${n % 7} tries`;
}

async function ours(): Promise<Counter> {
  const { FailureRecogniser } = await built<typeof import("../src/domain/fingerprint/recogniser.ts")>(
    "domain/fingerprint/recogniser.ts",
  );
  const { seeFailure } = await built<typeof import("../src/domain/failure-book.ts")>("domain/failure-book.ts");
  const { nodeHash } = await built<typeof import("../src/platform/hash.ts")>("platform/hash.ts");
  const recogniser = new FailureRecogniser(nodeHash);
  const book: import("../src/domain/failure-book.ts").OpenFailureBook = new Map();
  let forgotten = 0;
  let task = 0;
  return {
    see(message) {
      const { id, template, ruleVersion: rules, forgotten: wordings } = recogniser.see(message);
      const seen = seeFailure(book, { fingerprint: id, template, taskId: `t${task++}`, rules });
      forgotten += wordings + seen.forgotten;
    },
    known: () => book.size,
    forgotten: () => forgotten,
  };
}

function naive(): Counter {
  const book = new Map<string, { readonly message: string; count: number }>();
  return {
    see(message) {
      const id = naiveFingerprint(message);
      const before = book.get(id);
      if (before === undefined) book.set(id, { message, count: 1 });
      else before.count += 1;
    },
    known: () => book.size,
    forgotten: () => 0,
  };
}
