/*
 * What one run of the demo does, drawn from its seed: which fault comes when, what agents and files are called. The same
 * seed gives the same plan everywhere.
 */

/** @typedef {"runaway" | "missing" | "hang" | "upstream"} FaultName */
export const faultNames = /** @type {FaultName[]} */ (["runaway", "missing", "hang", "upstream"]);

/** How often a fault's reader fails before its input comes back, and on how many files the lesson is then tried. */
export const FILES = 5;

/** Mulberry32: a small generator, good enough to choose names and orders. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const readers = ["reader", "importer", "loader", "ledger", "intake", "parser"];
const crunchers = ["cruncher", "indexer", "compactor", "ranker", "digester"];
const sleepers = ["sleeper", "poller", "courier", "watcher", "fetcher"];
const callers = ["caller", "quoter", "pricer", "asker", "lookup"];
const topics = [
  "orders",
  "invoices",
  "payments",
  "shipments",
  "returns",
  "stock",
  "visits",
  "tickets",
  "leads",
  "wages",
];
const folders = ["2025-q3", "2025-q4", "2026-q1", "2026-q2", "north", "south", "archive"];
const services = ["quotes", "rates", "stock", "weather", "prices"];

/** @param {number} seed */
export function drawPlan(seed) {
  const random = generator(seed);
  const whole = (below) => Math.floor(random() * below);
  const one = (list) => list[whole(list.length)];
  const shuffled = (list) => {
    const left = [...list];
    return list.map(() => left.splice(whole(left.length), 1)[0]);
  };
  const named = (list) => `${one(list)}-${whole(0xfff).toString(16).padStart(3, "0")}`;
  const csv = (topic) => `${one(folders)}/${topic}-${1_000 + whole(9_000)}.csv`;

  const [first, second, ...others] = shuffled(topics);
  const service = one(services);
  return {
    seed,
    order: /** @type {FaultName[]} */ (shuffled(faultNames)),
    agents: {
      reader: named(readers),
      cruncher: named(crunchers),
      sleeper: named(sleepers),
      caller: named(callers),
    },
    /** Inputs that stay where they are, for ordinary work. */
    healthyFiles: [csv(first), csv(second)],
    /** Inputs that go missing. */
    missingFiles: others.slice(0, FILES).map(csv),
    rows: () => 20 + whole(200),
    service,
    paths: { primary: `/v1/${service}`, mirror: `/mirror/${service}-${1 + whole(9)}` },
    /** Items in the batch that sets the cruncher off. */
    largeBatch: 2_000 + whole(8_000),
    question: `${service} ${1 + whole(99)}`,
  };
}
/** @typedef {ReturnType<typeof drawPlan>} Plan */
