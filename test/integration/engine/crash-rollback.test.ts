import { describe, expect, it } from "vitest";
import { actions } from "../../../src/actions/index.ts";
import {
  effectsAt,
  lived,
  type Row,
  ready,
  rows,
  sequenceOf,
  setFiles,
  stateOf,
  TRIGGER,
  whole,
} from "../../support/crash-rows.ts";
import { healthOf } from "../../support/playbooks.ts";
import type { VirtualEngine } from "../../support/virtual-engine.ts";

function rowOf(kind: string): Row {
  const row = rows[kind];
  if (row === undefined) throw new Error(`test/support/crash-rows.ts has no row for ${kind}`);
  return row;
}

const kinds = [...actions.values()].map(({ name, reversible, idempotent }) => ({ name, reversible, idempotent }));
const settledOf = (engine: VirtualEngine) =>
  engine.told("playbook.settled").map(({ data: { outcome, rollback } }) => ({ outcome, rollback }));

describe("an engine that is killed while what did not help is taken back", () => {
  it.each(kinds.filter(({ reversible }) => reversible))(
    "takes it back all the same, wherever it was killed: $name",
    { timeout: 120_000 },
    async ({ name, idempotent }) => {
      const row = rowOf(name);
      const untouched = await stateOf((await ready(name, row)).engine);
      const first = await whole(name, row, 503);
      expect(settledOf(first)).toEqual([{ outcome: "not_fixed", rollback: "rolled_back" }]);
      expect(await stateOf(first)).toBe(untouched);
      const from = first.events.find(({ type }) => type === TRIGGER)?.sequence ?? 0;
      const step = { begun: sequenceOf(first, "run.step_started"), done: sequenceOf(first, "run.step_completed") };
      const undo = { begun: sequenceOf(first, "run.undo_started"), done: sequenceOf(first, "run.undo_completed") };
      const at = (after: number): readonly ("before" | "after")[] => {
        if (after < undo.begun) return effectsAt(after, step.begun, step.done);
        return after < undo.done ? ["after", "before"] : ["before"];
      };
      for (let after = from; after <= sequenceOf(first, "playbook.settled"); after++)
        for (const effect of at(after)) {
          await setFiles(first, row.files?.[effect] ?? {}, effect === "after" ? row.mode : undefined);
          const again = await first.reopened({ after, downMs: 1_000 });
          await lived(again);
          const where = `${effect} the effect, event ${after - from}`;
          const unsure = !idempotent && after >= step.begun && after < step.done;
          const settled = { outcome: unsure ? "unverified" : "not_fixed", rollback: "rolled_back" };
          expect([where, settledOf(again)]).toEqual([where, [settled]]);
          expect([where, await stateOf(again)]).toEqual([where, untouched]);
        }
    },
  );
});

describe("an engine that is killed in the middle of an effect", () => {
  const touching = kinds.filter(({ name }) => rowOf(name).files !== undefined);

  it.each(touching)("ends what it began or takes it back, whole: $name", { timeout: 120_000 }, async (kind) => {
    const row = rowOf(kind.name);
    const untouched = await stateOf((await ready(kind.name, row)).engine);
    const done = await stateOf(await whole(kind.name, row));
    let cells = 0;
    for (const health of kind.reversible ? ([200, 503] as const) : ([200] as const))
      for (let nth = 1; ; nth++) {
        const { engine, trigger } = await ready(kind.name, row);
        healthOf(engine.world, health);
        const brink = brinkOf(engine, nth);
        await engine.publish(trigger);
        await lived(engine);
        brink.over();
        if (!brink.reached) break;
        cells++;
        const isUndoing = engine.told("run.undo_started").length > 0;
        const again = await engine.reopened({ downMs: 1_000 });
        await lived(again);
        const where = `change ${nth} of a file, health ${health}`;
        const helped = health === 200 && kind.idempotent;
        const outcome = kind.idempotent || isUndoing ? (health === 200 ? "fixed" : "not_fixed") : "unverified";
        expect([where, settledOf(again)]).toEqual([where, [{ outcome, rollback: helped ? "none" : "rolled_back" }]]);
        expect([where, await stateOf(again)]).toEqual([where, helped ? done : untouched]);
      }
    expect(cells).toBeGreaterThan(0);
  });
});

/** From the nth change of its files on nothing goes on in this engine, as when it is killed right after it. */
function brinkOf({ world: { files } }: VirtualEngine, nth: number) {
  const real = {
    write: files.write.bind(files),
    remove: files.remove.bind(files),
    rename: files.rename.bind(files),
    setMode: files.setMode.bind(files),
  };
  let changes = 0;
  const never = new Promise<never>(() => {});
  const counted =
    <A extends unknown[]>(change: (path: string, ...more: A) => Promise<void>) =>
    async (path: string, ...more: A): Promise<void> => {
      if (!path.startsWith("/srv/")) return change(path, ...more);
      if (changes >= nth) return never;
      await change(path, ...more);
      changes++;
      return changes >= nth ? never : undefined;
    };
  const { write, remove, rename, setMode } = real;
  Object.assign(files, {
    write: counted(write),
    remove: counted(remove),
    rename: counted(rename),
    setMode: counted(setMode),
  });
  return {
    get reached() {
      return changes >= nth;
    },
    over: () => Object.assign(files, real),
  };
}
