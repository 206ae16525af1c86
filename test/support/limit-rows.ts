import {
  afterFailures,
  asked,
  attempts,
  begun,
  called,
  ending,
  group,
  type LimitRow,
  MINUTE,
  on,
  oneCall,
  onManyTargets,
  onOneTarget,
  open,
  outcomes,
  reading,
  SECOND,
  struck,
  thriceAfterAFailure,
  workedOn,
} from "./limit-lives.ts";
import { CONFIG_FILE, healthOf } from "./playbooks.ts";
import { DATA_DIR } from "./virtual-engine.ts";

const noOtherWindow = { "reactor.limits.targetPerHour": 99, "reactor.limits.targetPerDay": 99 };
const noRest = { "playbook.cooldownMs": 0 };
const measured = { "sensors.enabled": true };
const waits = { "tasks.backoff": { firstMs: 1, maxMs: 1 }, "evolution.enabled": false, "reactor.mode": "observe" };

export const limitRows: readonly LimitRow[] = [
  {
    against: "two runs on one target",
    setting: "playbook.target",
    to: { kind: "host", id: "local" },
    sees: [2, 1],
    async live(given) {
      const engine = await open(given);
      await called(engine, 2, { everyMs: 0 });
      return begun(engine);
    },
  },
  {
    against: "repeating",
    setting: "reactor.limits.cooldownMs",
    to: 20 * SECOND,
    sees: [1, 2],
    live: onOneTarget(2, MINUTE),
  },
  { against: "repeating", setting: "playbook.cooldownMs", to: 20 * SECOND, sees: [1, 2], live: onOneTarget(2, MINUTE) },
  {
    against: "repeating",
    setting: "reactor.limits.cooldownFactor",
    to: 1,
    sees: [1, 2],
    live: onOneTarget(2, 6 * MINUTE, 503),
  },
  {
    against: "repeating",
    setting: "reactor.limits.cooldownCapMs",
    to: 5 * MINUTE,
    sees: [1, 2],
    live: onOneTarget(2, 6 * MINUTE, 503),
  },
  {
    against: "repeating",
    setting: "reactor.limits.cooldownResetMs",
    to: 2 * MINUTE,
    sees: [2, 3],
    async live(given) {
      const engine = await open(given, 503);
      await called(engine, 1, { ...on, everyMs: 11 * MINUTE });
      healthOf(engine.world, 200);
      await called(engine, 2, { ...on, everyMs: 6 * MINUTE });
      return begun(engine);
    },
  },
  {
    against: "too many",
    setting: "reactor.limits.targetPerHour",
    to: 2,
    beside: noRest,
    sees: [3, 2],
    live: onOneTarget(4, MINUTE),
  },
  {
    against: "too many",
    setting: "reactor.limits.targetPerDay",
    to: 8,
    beside: { ...noRest, "reactor.limits.targetPerHour": 99 },
    sees: [7, 8],
    live: onOneTarget(9, MINUTE),
  },
  { against: "too many", setting: "reactor.limits.playbookPerHour", to: 4, sees: [10, 4], live: onManyTargets(12) },
  {
    against: "too many",
    setting: "reactor.limits.allPerHour",
    to: 10,
    beside: { "reactor.limits.playbookPerHour": 99 },
    sees: [25, 5],
    live: onManyTargets(32),
  },
  {
    against: "too many",
    setting: "reactor.limits.reserveP0",
    to: 0,
    beside: { "reactor.limits.playbookPerHour": 99 },
    sees: [25, 30],
    live: onManyTargets(32),
  },
  {
    against: "too many",
    setting: "playbook.priority",
    to: "P0",
    beside: { "reactor.limits.playbookPerHour": 99 },
    sees: [25, 30],
    live: onManyTargets(32),
  },
  {
    against: "too many",
    setting: "tasks.retryBudget.share",
    to: 0.5,
    beside: { ...waits, "tasks.retryBudget.atLeast": 0 },
    sees: [12, 15],
    live: attempts(10),
  },
  {
    against: "too many",
    setting: "tasks.retryBudget.atLeast",
    to: 4,
    beside: { ...waits, "tasks.retryBudget.share": 0 },
    sees: [30, 14],
    live: attempts(10),
  },
  {
    against: "blast radius",
    setting: "reactor.limits.groupFrom",
    to: 4,
    beside: { "reactor.limits.groupShare": 0.5 },
    sees: [1, 2],
    live: workedOn(4, 2),
  },
  { against: "blast radius", setting: "reactor.limits.groupShare", to: 0.4, sees: [1, 2], live: workedOn(5, 2) },
  {
    against: "blast radius",
    setting: "reactor.limits.groupHealthyShare",
    to: 0,
    sees: [0, 1],
    async live(given) {
      const engine = await group(given, 5);
      for (const id of ["a2", "a3", "a4"]) await engine.submit({ agent: id, retries: 0 });
      await struck(engine, 1);
      return begun(engine);
    },
  },
  {
    against: "blast radius",
    setting: "playbook.maxTargets",
    to: 1,
    sees: [["fixed"], ["refused"]],
    live: ending(2, ["a0", "a1"], outcomes),
  },
  {
    against: "storms",
    setting: "reactor.limits.stormPerMinute",
    to: 5,
    sees: [0, 1],
    async live(given) {
      const engine = await open(given);
      await called(engine, 6, { everyMs: 0 });
      return engine.told("reactor.storm_entered").length;
    },
  },
  {
    against: "storms",
    setting: "reactor.limits.stormGroupShare",
    to: 0.9,
    sees: [1, 0],
    async live(given) {
      const engine = await group(given, 5);
      await struck(engine, 2);
      return engine.told("reactor.storm_entered").length;
    },
  },
  {
    against: "storms",
    setting: "reactor.limits.stormQuietMs",
    to: MINUTE,
    beside: { "reactor.limits.stormPerMinute": 4 },
    sees: [0, 1],
    async live(given) {
      const engine = await open(given);
      await called(engine, 5, { everyMs: 0 });
      await engine.pass(4 * MINUTE);
      return engine.told("reactor.storm_left").length;
    },
  },
  {
    against: "flapping sensors",
    setting: "sensors.host.cpu",
    to: { fire: 60, clear: 50 },
    beside: measured,
    sees: [0, 1],
    live: reading(65, 65, 65),
  },
  {
    against: "flapping sensors",
    setting: "sensors.host.cpu",
    to: { fire: 80, clear: 79 },
    beside: { ...measured, "sensors.holdMs": 0 },
    sees: [1, 2],
    live: reading(85, 85, 85, 75, 75, 75),
  },
  {
    against: "flapping sensors",
    setting: "sensors.samples",
    to: 1,
    beside: measured,
    sees: [0, 1],
    live: reading(85, 10, 10),
  },
  {
    against: "flapping sensors",
    setting: "sensors.holdMs",
    to: 0,
    beside: measured,
    sees: [1, 2],
    live: reading(85, 85, 85, 10, 10, 10),
  },
  {
    against: "loops",
    setting: "reactor.limits.loopRuns",
    to: 1,
    beside: { ...noRest, ...noOtherWindow },
    sees: [3, 1],
    async live(given) {
      const engine = await open(given);
      await called(engine, 1, on);
      // What follows has the first event as its root, as an effect that calls for its own remedy has.
      for (let n = 0; n < 4; n++) {
        const cause = engine.events.filter(({ type }) => type === "build.broken").at(-1);
        await engine.publish({ type: "build.broken", data: on, ...(cause === undefined ? {} : { cause }) });
        await engine.pass(MINUTE);
      }
      return begun(engine);
    },
  },
  {
    against: "a playbook that does not work",
    setting: "reactor.limits.breakerFailures",
    to: 1,
    beside: { ...noRest, ...noOtherWindow },
    sees: [3, 1],
    live: onOneTarget(5, MINUTE, 503),
  },
  {
    against: "a playbook that does not work",
    setting: "reactor.limits.breakerOpenMs",
    to: MINUTE,
    beside: { ...noRest, ...noOtherWindow },
    sees: [3, 4],
    live: onOneTarget(4, 2 * MINUTE, 503),
  },
  {
    against: "a playbook that does not work",
    setting: "reactor.limits.budgetOutcomes",
    to: 3,
    beside: { ...noRest, ...noOtherWindow },
    sees: [0, 1],
    live: thriceAfterAFailure,
  },
  {
    against: "a playbook that does not work",
    setting: "reactor.limits.budgetShare",
    to: 0.5,
    beside: { ...noRest, ...noOtherWindow, "reactor.limits.budgetOutcomes": 3 },
    sees: [1, 0],
    live: thriceAfterAFailure,
  },
  {
    against: "a playbook that does not work",
    setting: "reactor.limits.relapseFactor",
    to: 30,
    sees: [0, 1],
    async live(given) {
      const engine = await open(given);
      await called(engine, 2, { ...on, everyMs: 20 * SECOND });
      return engine.told("playbook.relapsed").length;
    },
  },
  {
    against: "everything",
    setting: "data/PAUSE",
    to: "",
    sees: [["fixed"], []],
    async live(given) {
      const engine = await open(given);
      if (given.file !== undefined) await engine.world.files.write(`${DATA_DIR}/${given.file}`, "");
      await called(engine, 1);
      return outcomes(engine);
    },
  },
  {
    against: "everything",
    setting: "reactor.mode",
    to: "observe",
    sees: ["new", "old"],
    async live(given) {
      const engine = await open(given);
      await engine.world.files.write(CONFIG_FILE, "old");
      await called(engine, 1, on);
      return (await engine.world.files.readText(CONFIG_FILE)) ?? "";
    },
  },
  {
    against: "a risky plan",
    setting: "playbook.risk",
    to: "medium",
    sees: [0, 1],
    live: async (given) => asked(await oneCall(given)),
  },
  {
    against: "a risky plan",
    setting: "playbook.tests",
    to: [],
    sees: [0, 1],
    live: async (given) => asked(await oneCall(given)),
  },
  {
    against: "a risky plan",
    setting: "playbook.grants",
    to: ["fs.write:/elsewhere/**"],
    sees: [["fixed"], ["refused"]],
    live: async (given) => outcomes(await oneCall(given)),
  },
  {
    against: "a risky plan",
    setting: "reactor.risk.manyTargets",
    to: 1,
    sees: [0, 1],
    live: ending(2, ["a0", "a1"], asked),
  },
  {
    against: "a risky plan",
    setting: "reactor.risk.confidenceFrom",
    to: 2,
    beside: { ...noRest, ...noOtherWindow },
    sees: [0, 1],
    live: afterFailures(2),
  },
  {
    against: "a risky plan",
    setting: "reactor.risk.confidenceFloor",
    to: 0,
    beside: { ...noRest, ...noOtherWindow, "reactor.limits.breakerFailures": 99 },
    sees: [1, 0],
    live: afterFailures(5),
  },
  {
    against: "a plan that nobody looks at",
    setting: "reactor.approvalMs",
    to: MINUTE,
    beside: { "playbook.risk": "medium" },
    sees: [[], ["expired"]],
    live: async (given) => {
      const engine = await oneCall(given);
      await engine.pass(2 * MINUTE);
      return outcomes(engine);
    },
  },
  {
    against: "a fix that was none",
    setting: "playbook.validation.settleMs",
    to: MINUTE,
    sees: [["fixed"], []],
    live: async (given) => outcomes(await oneCall(given)),
  },
  {
    against: "a fix that was none",
    setting: "playbook.validation.required",
    to: 3,
    sees: [["fixed"], ["not_fixed"]],
    async live(given) {
      const engine = await open(given);
      healthOf(engine.world, 200, 503, 200);
      await called(engine, 1);
      return outcomes(engine);
    },
  },
  {
    against: "a fix that was none",
    setting: "playbook.validation.probes",
    to: 2,
    sees: [["fixed"], ["not_fixed"]],
    async live(given) {
      const engine = await open(given);
      healthOf(engine.world, 503, 200, 200);
      await called(engine, 1);
      return outcomes(engine);
    },
  },
  {
    against: "a fix that was none",
    setting: "playbook.rollback",
    to: false,
    sees: ["rolled_back", "residue"],
    async live(given) {
      const engine = await open(given, 503);
      await called(engine, 1);
      return engine.told("playbook.settled")[0]?.data.rollback ?? "";
    },
  },
];
