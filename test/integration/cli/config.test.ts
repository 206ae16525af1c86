import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { aios } from "../../support/cli.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** A directory with this configuration file. */
async function configured(text: string): Promise<string> {
  const cwd = await tempDir();
  await writeFile(path.join(cwd, "aios.config.json"), text);
  return cwd;
}

const file = `{
  "http": {
    "port": 9100,
    "token": "a token of my own"
  },
  "tasks": { "retries": 5 },
  "agents": { "declared": [{ "id": "coder", "config": { "command": ["coder"], "env": { "API": "s3cret" } } }] }
}
`;

describe("aios config show", () => {
  it("says of each value whether file, environment, flag or default set it, with the line of the file", async () => {
    const cwd = await configured(file);
    const { json } = await aios(["config", "show", "--data-dir", "elsewhere", "--json"], {
      cwd,
      env: { AIOS_PORT: "9200" },
    });
    const shown = json() as {
      file: string;
      dataDir: string;
      settings: { path: string; value: unknown; from: string }[];
    };
    expect([shown.file, shown.dataDir]).toEqual([path.join(cwd, "aios.config.json"), path.join(cwd, "elsewhere")]);
    const of = (wanted: string) => shown.settings.find((one) => one.path === wanted);
    expect(of("http.port")).toEqual({ path: "http.port", value: 9200, from: "AIOS_PORT" });
    expect(of("tasks.retries")).toEqual({ path: "tasks.retries", value: 5, from: "aios.config.json:6" });
    expect(of("dataDir")).toMatchObject({ from: "--data-dir" });
    expect(of("tasks.maxConcurrent")).toEqual({ path: "tasks.maxConcurrent", value: 3, from: "default" });
  });

  it("shows no secret, whoever set it", async () => {
    const cwd = await configured(file);
    const env = { AIOS_JOURNAL_KEY: "a key of my own, long" };
    for (const argv of [
      ["config", "show"],
      ["config", "show", "--json"],
    ]) {
      const { out } = await aios(argv, { cwd, env });
      expect(out).toContain("[redacted]");
      for (const secret of ["a token of my own", "s3cret", env.AIOS_JOURNAL_KEY]) expect(out).not.toContain(secret);
    }
  });

  it("shows one setting or a part, and helps with a misspelt one", async () => {
    const cwd = await configured(file);
    const part = (await aios(["config", "show", "http", "--json"], { cwd })).json() as { settings: { path: string }[] };
    expect(part.settings.map((one) => one.path)).toEqual(["http.host", "http.port", "http.allowedHosts", "http.token"]);
    const wrong = await aios(["config", "show", "tasks.retrys"], { cwd });
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('did you mean "tasks.retries"')]);
  });
});

describe("aios config check", () => {
  it("accepts what the engine would, and says which file that is", async () => {
    const cwd = await configured(file);
    expect(await aios(["config", "check"], { cwd })).toMatchObject({ code: 0, out: expect.stringContaining("valid") });
    expect((await aios(["config", "path"], { cwd })).out).toBe(`${path.join(cwd, "aios.config.json")}\n`);
    expect(await aios(["config", "path"])).toMatchObject({ code: 1, out: "" });
  });

  it("names line, column, path and the nearest setting of a typo, and exits with 1", async () => {
    const cwd = await configured('{\n  "tasks": { "retrys": 1 },\n  "http": { "port": "x" }\n}\n');
    const { code, err } = await aios(["config", "check"], { cwd });
    expect(code).toBe(1);
    expect(err).toContain('aios.config.json:2:14 tasks.retrys: there is no such setting; did you mean "retries"?');
    expect(err).toContain("aios.config.json:3:13 http.port");
  });

  it("names an agent that does not fit its kind by the place where it is declared", async () => {
    const cwd = await configured(
      '{\n  "agents": { "declared": [\n    { "id": "a", "config": { "command": [] } }\n  ] }\n}\n',
    );
    const { code, err } = await aios(["config", "check"], { cwd });
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/aios\.config\.json:3:30 agents\.declared\.0\.config\.command\.0: /),
    ]);
  });

  it("names the place where the file is no JSON any more", async () => {
    const cwd = await configured('{\n  "http": { "port": 1, }\n}\n');
    const { code, err } = await aios(["config", "check", "--json"], { cwd });
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({
      error: { code: "config.invalid", detail: expect.stringContaining("aios.config.json:2:24: expected") },
    });
  });
});
