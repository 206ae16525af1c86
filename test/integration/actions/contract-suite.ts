import { describe, expect, it } from "vitest";
import type { Action } from "../../../src/actions/kind.ts";
import type { Params } from "../../../src/domain/playbook/schema.ts";
import type { Json } from "../../../src/kernel/json.ts";
import type { Case } from "./cases.ts";
import { openWorld, type World } from "./world.ts";

/** Text that has done harm elsewhere: shells, templates, paths, headers, references, terminals. */
const hostile = [
  "$(touch canary)",
  "`touch canary`",
  "; touch canary #",
  "| touch canary",
  "&& touch canary",
  "\ntouch canary\n",
  "--help",
  "-rf /",
  "../../canary",
  "{{constructor.constructor('return process')()}}",
  ["$", "{process.exit(1)}"].join(""),
  "<%= 1 %>",
  '{"$ref":"agent.config"}',
  "%0d%0aX-Injected: 1",
  "\r\nX-Injected: 1",
  "\u001b[2Jgone",
  "__proto__",
  "' OR 1=1 --",
  "\u202Etxt.exe",
  "💥".repeat(50),
];

type Cases = Readonly<Record<string, (world: World) => Promise<Case>>>;

const named = (kinds: readonly Action[]) => kinds.map((kind) => [kind.name, kind] as const);

/** What every action promises, tried on real files, processes and addresses: those built in and a user's own. */
export function holdsTheContract(all: readonly Action[], cases: Cases, where: string): void {
  async function prepared(
    kind: Action,
  ): Promise<{ readonly world: World; readonly at: Case; readonly params: Params }> {
    const world = await openWorld();
    const open = cases[kind.name];
    if (open === undefined) throw new Error(`${where} has no case for ${kind.name}`);
    const at = await open(world);
    const settled = kind.settle(at.params, { idleAgents: [], maxTargets: 5 });
    if (settled.kind === "refused") throw new Error(settled.detail);
    return { world, at, params: settled.params };
  }

  describe.each(named(all))("%s", (_, kind) => {
    it("says what it will do and names grants that the ones it has cover", async () => {
      const { at } = await prepared(kind);
      const settled = kind.settle(at.params, { idleAgents: [], maxTargets: 5 });
      expect(settled).toMatchObject({ kind: "ok", says: expect.stringMatching(/\w/) });
      expect(settled.kind === "ok" ? settled.grants.length : 0).toBeGreaterThan(0);
    });

    it("does what it promises", async () => {
      const { world, at, params } = await prepared(kind);
      const context = world.context(at.grants);
      await kind.prepare(params, context);
      expect((await kind.run(params, context)).detail).toMatch(/\w/);
      expect(await at.happened()).toBe(true);
    });

    it("refuses outside its grants, and nothing has changed", async () => {
      const { world, at, params } = await prepared(kind);
      const before = await at.observe();
      for (const grants of [[], ["http:GET 127.0.0.1/*", "fs.write:/nowhere/**", "agent.configure:somebody"]])
        await expect(kind.run(params, world.context(grants))).rejects.toMatchObject({ code: "action.refused" });
      expect(await at.observe()).toBe(before);
    });

    it("refuses parameters that are not its own", async () => {
      const { world, at, params } = await prepared(kind);
      const run = kind.run({ ...params, surprise: 1 }, world.context(at.grants));
      await expect(run).rejects.toMatchObject({ code: "action.refused" });
      expect(kind.check({ ...at.params, surprise: 1 })).toHaveLength(1);
    });

    it("changes nothing when it prepares", async () => {
      const { world, at, params } = await prepared(kind);
      const before = await at.observe();
      await kind.prepare(params, world.context(at.grants));
      expect(await at.observe()).toBe(before);
    });

    it("carries hostile text as the data it is", async () => {
      for (const text of hostile) {
        const { world, at } = await prepared(kind);
        if (at.withText === undefined) return;
        const { params, arrived } = at.withText(text);
        const settled = kind.settle(params, { idleAgents: [], maxTargets: 5 });
        if (settled.kind === "refused") throw new Error(settled.detail);
        await kind.run(settled.params, world.context(at.grants));
        expect(await arrived()).toBe(text);
        expect(await world.context([]).files.list(world.directory)).not.toContain("canary");
      }
    });
  });

  describe.each(named(all.filter(({ idempotent }) => idempotent)))("%s, which is idempotent,", (_, kind) => {
    it("may be run again with its key after a crash", async () => {
      const { world, at, params } = await prepared(kind);
      await kind.run(params, world.context(at.grants));
      await kind.run(params, world.context(at.grants));
      expect(await at.happened()).toBe(true);
    });
  });

  describe.each(named(all.filter(({ reversible }) => reversible)))("%s, which has an undo,", (_, kind) => {
    it("restores the state before, byte for byte, and says so; twice changes nothing more", async () => {
      const { world, at, params } = await prepared(kind);
      const context = world.context(at.grants);
      const before = await at.observe();
      // What undo needs has been through the journal.
      const kept: Json = JSON.parse(JSON.stringify(await kind.prepare(params, context)));
      await kind.run(params, context);
      expect(await at.observe()).not.toBe(before);
      expect(await kind.undo(params, kept, context)).toMatchObject({ same: true });
      expect(await at.observe()).toBe(before);
      expect(await kind.undo(params, kept, context)).toMatchObject({ same: true });
      expect(await at.observe()).toBe(before);
    });

    it("may be undone although it never ran", async () => {
      const { world, at, params } = await prepared(kind);
      const context = world.context(at.grants);
      const before = await at.observe();
      expect(await kind.undo(params, await kind.prepare(params, context), context)).toMatchObject({ same: true });
      expect(await at.observe()).toBe(before);
    });
  });

  describe.each(named(all.filter(({ reversible }) => !reversible)))("%s, which is irreversible,", (_, kind) => {
    it("refuses to be undone", async () => {
      const { world, at, params } = await prepared(kind);
      await expect(kind.undo(params, null, world.context(at.grants))).rejects.toMatchObject({ code: "action.refused" });
    });
  });
}
