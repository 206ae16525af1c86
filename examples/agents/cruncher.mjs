// A resident agent that works through batches: `{"work": "reindex", "items": 200}`.
// It has a real bug. A batch of more than 1,000 items schedules a compaction, with a thread to help, that always finds more
// to compact: it answers its task, then keeps a core and more busy and holds on to more and more memory. A file `keep-burning`
// in the working directory stands for a backlog on disk: with it the compaction begins as soon as the process does.
import { existsSync } from "node:fs";
import { isMainThread, Worker } from "node:worker_threads";
import { serve } from "./protocol.mjs";

const LARGE = 1_000;
const SLICE_MS = 20;
/** Growth stops here, so that a forgotten demo does not take the machine with it. */
const MOST_BLOCKS = 160;
const BLOCK_BYTES = 1_048_576;

const held = [];
let compacting = false;

function compactOnce() {
  const until = performance.now() + SLICE_MS;
  let check = 0;
  while (performance.now() < until) check = (check * 31 + held.length) % 65_521;
  if (isMainThread && held.length < MOST_BLOCKS) held.push(Buffer.alloc(BLOCK_BYTES, check % 256));
}

function compact() {
  compactOnce();
  // The bug: what was compacted is put back as work still to do.
  setImmediate(compact);
}

function beginCompacting() {
  if (compacting) return;
  compacting = true;
  new Worker(new URL(import.meta.url));
  setImmediate(compact);
}

function digestOf(items) {
  let digest = 0;
  for (let item = 0; item < items; item++) digest = (digest * 33 + item) % 1_000_003;
  return digest;
}

if (isMainThread) {
  if (existsSync("keep-burning")) beginCompacting();
  await serve(
    ({ input }, { progress }) => {
      const digest = digestOf(input.items);
      progress(1, `${input.items} items`);
      if (input.items > LARGE) beginCompacting();
      return { work: input.work, items: input.items, digest };
    },
    { resident: true },
  );
  process.exit(0);
} else {
  // The helper takes every other slice.
  setInterval(compactOnce, 2 * SLICE_MS);
}
