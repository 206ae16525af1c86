import { describe, expect, it } from "vitest";
import { actions } from "../../../src/actions/index.ts";
import {
  charges,
  effectsAt,
  lived,
  rows,
  sequenceOf,
  setFiles,
  stateOf,
  TRIGGER,
  whole,
} from "../../support/crash-rows.ts";

describe("an engine that is killed while a remedy is at work", () => {
  it.each([...actions.values()].map((kind) => ({ kind, name: kind.name })))(
    "finishes it or hands it over, wherever it was killed, and does nothing twice: $name",
    { timeout: 120_000 },
    async ({ kind: { name, idempotent } }) => {
      const row = rows[name];
      if (row === undefined) throw new Error(`test/support/crash-rows.ts has no row for ${name}`);
      const first = await whole(name, row);
      const end = await stateOf(first);
      const charged = charges(first);
      const from = first.events.find(({ type }) => type === TRIGGER)?.sequence ?? 0;
      const begun = sequenceOf(first, "run.step_started");
      const done = sequenceOf(first, "run.step_completed");
      const to = sequenceOf(first, "playbook.settled");
      expect(first.told("playbook.settled")).toMatchObject([{ data: { outcome: "fixed" } }]);
      for (let after = from; after <= to; after++)
        for (const effect of effectsAt(after, begun, done)) {
          await setFiles(first, row.files?.[effect] ?? {}, effect === "after" ? row.mode : undefined);
          const asked = charges(first);
          const again = await first.reopened({ after, downMs: 1_000 });
          await lived(again);
          const where = `${effect} the effect, event ${after - from}`;
          const settled = again.told("playbook.settled").map(({ data }) => data.outcome);
          const runs = again.runtime.views.runs.list().map(({ state }) => state);
          expect([where, runs, settled.length]).toEqual([where, ["settled"], 1]);
          const unsure = !idempotent && after >= begun && after < done;
          expect([where, settled]).toEqual([where, [unsure ? "unverified" : "fixed"]]);
          expect([where, again.runtime.views.incidents.list().some(({ needsPerson }) => needsPerson)]).toEqual([
            where,
            unsure,
          ]);
          expect([where, charges(again) - asked]).toEqual([where, after < begun ? charged : 0]);
          if (unsure) continue;
          expect([where, await stateOf(again)]).toEqual([where, end]);
        }
    },
  );
});
