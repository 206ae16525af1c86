import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { aios } from "../../support/cli.ts";
import { mending } from "../../support/playbooks.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** A day of some agents, as `aios simulate` writes it down: the journal of a real engine on a clock of its own. */
async function recorded(agents = "20"): Promise<string> {
  const directory = await tempDir();
  const { code } = await aios([
    "simulate",
    "--days",
    "1",
    "--agents",
    agents,
    "--seed",
    "3",
    "--out",
    directory,
    "--json",
  ]);
  expect(code).toBe(0);
  return directory;
}

interface Report {
  readonly same: boolean;
  readonly events: number;
  readonly decisions: readonly {
    readonly event: { readonly atMs: number };
    readonly replayed?: { readonly kind: string };
  }[];
  readonly playbooks: readonly { readonly id: string; readonly standing: string }[];
}

describe("aios playbook backtest", () => {
  it("makes the decisions of a journal again, and shows those that changed playbooks make otherwise", async () => {
    const directory = await recorded();
    const whole = (await aios(["playbook", "backtest", directory, "--json"])).json() as Report;
    expect(whole.same).toBe(true);
    expect(whole.decisions.length).toBeGreaterThan(0);

    const packed = path.join(await tempDir(), "packed.jsonl.gz");
    await writeFile(packed, gzipSync(await readFile(path.join(directory, "events.jsonl"))));
    const unpacked = (await aios(["playbook", "backtest", packed, "--json"])).json() as Report;
    expect({ ...unpacked, journal: undefined }).toEqual({ ...whole, journal: undefined });

    const [first] = whole.decisions;
    const since = new Date((first?.event.atMs ?? 0) + 1).toISOString();
    const later = (await aios(["playbook", "backtest", directory, "--since", since, "--json"])).json() as Report;
    expect(later.decisions).toEqual(whole.decisions.filter(({ event }) => event.atMs > (first?.event.atMs ?? 0)));

    const none = path.join(directory, "none");
    await mkdir(none);
    await writeFile(path.join(none, "mend.json"), JSON.stringify(mending()));
    const { code, out } = await aios(["playbook", "backtest", directory, "--playbooks", none]);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^otherwise +${whole.decisions.length}$`, "m"));
    expect(out).toMatch(/ fires +nothing$/m);
    const named = path.join(none, "mend.json");
    const more = (await aios(["playbook", "backtest", directory, "--playbook", named, "--json"])).json() as Report;
    expect(more.same).toBe(true);
    expect(more.playbooks).toContainEqual(expect.objectContaining({ id: "mend", standing: "new" }));
  });

  it("refuses a journal that does not fit its seals, and playbooks that are refused", async () => {
    const directory = await recorded("5");
    const bad = path.join(directory, "bad.json");
    await writeFile(bad, "{}");
    const refused = await aios(["playbook", "backtest", directory, "--playbook", bad]);
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining(`${bad} is refused`)]);

    const file = path.join(directory, "events.jsonl");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("agent-0003", "agent-0004"));
    const broken = await aios(["playbook", "backtest", directory]);
    expect([broken.code, broken.err]).toEqual([
      1,
      expect.stringMatching(/events\.jsonl, line \d+: the seal does not fit/),
    ]);
    expect((await aios(["playbook", "backtest", await tempDir()])).err).toContain("There is no journal");
    expect(
      (await aios(["playbook", "backtest", directory, "--since", "2026-03-01", "--until", "2026-02-01"])).code,
    ).toBe(2);
  });
});
