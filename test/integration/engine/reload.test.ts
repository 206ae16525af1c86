import { describe, expect, it } from "vitest";
import { catalogue } from "../../../src/actions/index.ts";
import { compileRules } from "../../../src/domain/playbook/rules.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { playbookSignature, readPlaybooks } from "../../../src/runtime/playbook-files.ts";
import { RuleKeeper } from "../../../src/runtime/rule-keeper.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const FOLDER = "/playbooks";
const LOOK_MS = 2_000;

/** An engine that watches a folder of playbooks. */
async function watching(...playbooks: readonly { readonly id: string }[]) {
  const engine = await VirtualEngine.open();
  const { files } = engine.world;
  await files.makeDirectory(FOLDER);
  const write = (name: string, content: unknown) =>
    files.write(`${FOLDER}/${name}.json`, typeof content === "string" ? content : JSON.stringify(content));
  const ports = { files, hash: nodeHash };
  const keeper = new RuleKeeper({
    ...engine.runtime,
    ...engine.runtime.ports,
    source: {
      files: () => readPlaybooks(files, [[FOLDER]]),
      compile: (read) => compileRules(read, { catalogue, hash: nodeHash }),
      signature: () => playbookSignature(ports, [[FOLDER]]),
    },
    everyMs: LOOK_MS,
  });
  for (const playbook of playbooks) await write(playbook.id, playbook);
  await keeper.reload();
  const over = await keeper.watch();
  const ids = () => engine.runtime.remedies.rules.rules.map(({ playbook }) => playbook.id);
  return { engine, keeper, write, over, ids, remove: (name: string) => files.remove(`${FOLDER}/${name}.json`) };
}

const broken = { type: "build.broken", data: {} } as const;

describe("playbooks that change while the engine runs", () => {
  it("are adopted when a file is written, changed or removed", async () => {
    const { engine, write, remove, ids } = await watching();
    await engine.pass(LOOK_MS);
    await write("mend", mending());
    await engine.pass(LOOK_MS);
    expect(ids()).toEqual(["mend"]);
    await write("mend", mending({ title: "Mend it", cooldownMs: 7 }));
    await engine.pass(LOOK_MS);
    expect(engine.runtime.remedies.rules.find("mend")?.playbook.cooldownMs).toBe(7);
    await remove("mend");
    await engine.pass(LOOK_MS);
    expect(ids()).toEqual([]);
    expect(engine.told("playbook.loaded").map(({ data }) => data.loaded.map(({ id }) => id))).toEqual([
      [],
      ["mend"],
      ["mend"],
      [],
    ]);
  });

  const cooldownOf = (engine: VirtualEngine, id: string) => engine.runtime.remedies.rules.find(id)?.playbook.cooldownMs;

  it("are adopted beside one that is bad and new, which is refused and says why once", async () => {
    const { engine, keeper, write, ids } = await watching(mending({ cooldownMs: 1 }));
    await write("mend", mending({ cooldownMs: 2 }));
    await write("other", '{ "id": "other" ');
    await engine.pass(3 * LOOK_MS);
    expect(ids()).toEqual(["mend"]);
    expect(cooldownOf(engine, "mend")).toBe(2);
    expect(keeper.refused).toEqual([{ file: `${FOLDER}/other.json`, reason: expect.stringContaining("not JSON") }]);
    expect(engine.told("playbook.reload_refused")).toHaveLength(1);
    expect((await keeper.reload()).outcome).toBe("kept");
    expect(engine.told("playbook.reload_refused")).toHaveLength(1);
    await write("other", mending({ id: "other" }));
    await engine.pass(LOOK_MS);
    expect(ids()).toEqual(["mend", "other"]);
    expect(keeper.refused).toEqual([]);
  });

  it("keep the version before of a file that is bad now, and take the others", async () => {
    const { engine, keeper, write, ids } = await watching(
      mending({ cooldownMs: 1 }),
      mending({ id: "other", cooldownMs: 1 }),
    );
    await write("mend", mending({ cooldownMs: 2, actions: [{ type: "write_fiel" }] }));
    await write("other", mending({ id: "other", cooldownMs: 2 }));
    await write("third", mending({ id: "third", cooldownMs: 2 }));
    await engine.pass(3 * LOOK_MS);
    expect(ids()).toEqual(["mend", "other", "third"]);
    expect(["mend", "other", "third"].map((id) => cooldownOf(engine, id))).toEqual([1, 2, 2]);
    const refused = [
      {
        file: `${FOLDER}/mend.json`,
        reason: expect.stringMatching(/^actions\[0\]\.type: .*write_file/) as string,
        kept: true,
      },
    ];
    expect(keeper.refused).toEqual(refused);
    expect(engine.told("playbook.reload_refused").map(({ data }) => data.refused)).toEqual([refused]);
    await write("mend", mending({ cooldownMs: 3 }));
    await engine.pass(LOOK_MS);
    expect([cooldownOf(engine, "mend"), keeper.refused]).toEqual([3, []]);
    await write("mend", "{");
    await engine.pass(LOOK_MS);
    expect([cooldownOf(engine, "mend"), keeper.refused.length]).toEqual([3, 1]);
  });

  it("are never refused for somebody else's change: that waits", async () => {
    const { engine, keeper, write, ids } = await watching(
      mending({ cooldownMs: 1 }),
      mending({ id: "other", next: "mend" }),
    );
    // A name that is taken, in a file that is read first; and a way round in a ring.
    await write("a-first", mending({ cooldownMs: 9 }));
    await write("mend", mending({ cooldownMs: 2, next: "other" }));
    await write("third", mending({ id: "third", cooldownMs: 2 }));
    await engine.pass(2 * LOOK_MS);
    expect(ids()).toEqual(["mend", "other", "third"]);
    expect(cooldownOf(engine, "mend")).toBe(1);
    expect(keeper.refused.map(({ file, kept }) => [file, kept])).toEqual([
      [`${FOLDER}/a-first.json`, undefined],
      [`${FOLDER}/mend.json`, true],
    ]);
  });

  it("stay as they were, all of them, when one goes that others go on with", async () => {
    const { engine, keeper, write, remove, ids } = await watching(
      mending({ cooldownMs: 1 }),
      mending({ id: "other", next: "mend" }),
    );
    await remove("mend");
    expect(await keeper.reload()).toMatchObject({
      outcome: "kept",
      refused: [{ file: `${FOLDER}/other.json`, kept: true }],
    });
    expect(ids()).toEqual(["mend", "other"]);
    await write("other", mending({ id: "other" }));
    await engine.pass(LOOK_MS);
    expect([ids(), keeper.refused]).toEqual([["other"], []]);
  });

  it("do not change what was begun before", async () => {
    const { engine, write } = await watching(mending());
    healthOf(engine.world, 200);
    await engine.world.files.write(CONFIG_FILE, "old", { mode: 0o640 });
    await engine.publish(broken);
    await write("mend", mending({ validation: { check: "file_exists", params: { path: "/nowhere" } } }));
    await engine.pass(60_000);
    expect(engine.told("playbook.settled").map(({ data }) => data.outcome)).toEqual(["fixed"]);
  });

  it("take up what the journal holds when they begin to ask for it", async () => {
    const { engine, write } = await watching();
    await engine.world.files.write(CONFIG_FILE, "old", { mode: 0o640 });
    await engine.publish(broken);
    await engine.publish(broken);
    const counting = { event_type: "build.broken", conditions: { count: "build.broken", over: "10m", gte: 3 } };
    await write("mend", mending({ trigger: counting, tests: [] }));
    await engine.pass(LOOK_MS);
    expect(engine.told("playbook.matched")).toEqual([]);
    await engine.publish(broken);
    expect(engine.told("playbook.matched")).toHaveLength(1);
  });

  it("are no longer looked at once the engine ends", async () => {
    const { engine, write, over, ids } = await watching();
    over();
    await write("mend", mending());
    await engine.pass(10 * LOOK_MS);
    expect(ids()).toEqual([]);
  });
});
