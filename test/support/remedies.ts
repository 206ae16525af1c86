import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import type { ConfigInput } from "../../src/index.ts";
import { approvalsDoor } from "../../src/runtime/doors/approvals-door.ts";
import { TestEngine } from "./engine.ts";
import { twinOf } from "./library-twins.ts";
import { tempDir } from "./temp-dir.ts";

/** Whether the fault ends with the remedy, or somebody keeps it alive from outside. */
export type Life = "once" | "kept";

/** One playbook of the library against the real fault that it is there for. */
export interface Remedy {
  readonly playbook: string;
  /** What a person has to agree to. */
  readonly asks?: true;
  /** How long the fault takes to be back when it is kept alive; the validation waits for it. */
  readonly settleMs?: number;
  /** Makes the directory of the test's own. */
  readonly room?: () => Promise<string>;
  /** What the operator configures; `place` is a directory of the test's own. */
  readonly config?: (place: string, life: Life) => Promise<RemedyConfig> | RemedyConfig;
  readonly arrange: (world: RemedyWorld) => Promise<Fault>;
}

export type RemedyConfig = ConfigInput & { readonly watch?: NonNullable<ConfigInput["sensors"]>["watch"] };

export interface RemedyWorld {
  readonly test: TestEngine;
  readonly place: string;
  readonly life: Life;
}

export interface Fault {
  /** Makes the fault, for real. */
  strike(): Promise<unknown>;
  /** The state that a run may change, as text, and what it is while the fault lasts. */
  readonly observe: () => Promise<string>;
  readonly faulty: () => Promise<string> | string;
}

const playbooks = path.resolve(import.meta.dirname, "../../playbooks");

/**
 * The playbook as it ships, apart from how long its validation waits: a test has no minute. With it come those that
 * follow it.
 */
export async function hastened(id: string, settleMs: number): Promise<readonly object[]> {
  const shipped = JSON.parse(await readFile(path.join(playbooks, `${id}.json`), "utf8")) as {
    readonly next?: string;
    readonly validation: Readonly<Record<string, unknown>>;
  };
  const playbook = {
    ...shipped,
    validation: { ...shipped.validation, settleMs, intervalMs: 150, timeoutMs: 10_000 },
  };
  return [playbook, ...(shipped.next === undefined ? [] : await hastened(shipped.next, settleMs))];
}

/** Two promises for each remedy: it mends the real fault, and one that is kept alive is not called mended. */
export function holds({ playbook, ...remedy }: Remedy): void {
  it("mends the real fault, verified", async () => {
    const { settled, fault } = await lived({ playbook, ...remedy }, "once");
    expect(settled).toMatchObject({ playbookId: playbook, outcome: "fixed", rollback: "none" });
    expect(await fault.observe()).not.toBe(await fault.faulty());
  });

  it("does not call a fault mended that is kept alive, and takes back what can be", async () => {
    const { settled, fault } = await lived({ playbook, ...remedy }, "kept");
    const { outcome, rollback } = twinOf(playbook);
    expect(settled).toMatchObject({ playbookId: playbook, outcome, rollback });
    const faulty = await fault.faulty();
    expect(rollback === "rolled_back" ? await fault.observe() : faulty).toBe(faulty);
    expect(settled.residue.length > 0).toBe(rollback === "residue");
  });
}

async function lived({ playbook, asks, config, arrange, settleMs = 400, room = tempDir }: Remedy, life: Life) {
  const place = await room();
  const { watch, ...more } = (await config?.(place, life)) ?? {};
  const sensors = { enabled: true, intervalMs: 100, samples: 2, holdMs: 0, ...more.sensors };
  const test = await TestEngine.open({
    playbooks: await hastened(playbook, settleMs),
    config: { ...more, sensors: { ...sensors, watch: { intervalMs: 100, ...watch } } },
  });
  expect(test.engine.runtime.remedies.rules.refused).toEqual([]);
  const fault = await arrange({ test, place, life });
  await fault.strike();
  if (asks === true) await agreed(test, fault);
  const { data: settled } = await test.until("playbook.settled", ({ data }) => data.playbookId === playbook);
  return { settled, fault };
}

/** Nothing is done before a person agrees, who is shown why. */
async function agreed(test: TestEngine, fault: Fault): Promise<void> {
  const { data } = await test.until("approval.requested");
  const door = approvalsDoor(test.engine.runtime);
  const shown = await door.get(data.approvalId);
  expect(shown?.why.length).toBeGreaterThan(0);
  expect(shown?.plan).toMatchObject({
    steps: [{ says: expect.stringMatching(/\w/) as string }, ...restOf(shown?.plan)],
  });
  expect(test.told("run.step_started")).toEqual([]);
  expect(await fault.observe()).toBe(await fault.faulty());
  await door.decide(data.approvalId, "approved", { reason: "looks right" }, { role: "operator", id: "me" });
}

function restOf(plan: unknown): readonly object[] {
  const steps = (plan as { readonly steps?: readonly unknown[] } | undefined)?.steps ?? [];
  return steps.slice(1).map(() => ({}));
}
