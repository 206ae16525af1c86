import { describe, expect, it } from "vitest";
import { faults } from "../../../../src/cli/prove/faults.ts";
import { playbooks } from "../../../../src/cli/prove/playbooks.ts";
import { streamOf, TO_LEARN } from "../../../../src/cli/prove/stream.ts";
import { TASKS_TO_DRAFT } from "../../../../src/domain/lesson.ts";

describe("the stream of failures", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(streamOf(7, 3)).toEqual(streamOf(7, 3));
    expect(streamOf(8, 3).compared).not.toEqual(streamOf(7, 3).compared);
  });

  it("teaches with so many of each kind as a lesson needs, and compares as many of each as asked", () => {
    const { taught, compared } = streamOf(1, 4);
    expect(TO_LEARN).toBe(TASKS_TO_DRAFT);
    expect(taught.map((items) => items.length)).toEqual(faults.map(() => TASKS_TO_DRAFT));
    for (const fault of faults) expect(compared.filter((item) => item.fault === fault)).toHaveLength(4);
  });

  it("gives no two failures the same id or place", () => {
    const { taught, compared } = streamOf(1, 20);
    const all = [...taught.flat(), ...compared].map(({ plan: { id } }) => id);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe("the faults", () => {
  it("are at least eight, each with a tool of its own and a playbook that uses it", () => {
    const named = faults.map(({ tool }) => tool);
    expect(new Set(named).size).toBeGreaterThanOrEqual(8);
    expect(playbooks()).toMatchObject(named.map((id) => ({ id })));
  });
});
