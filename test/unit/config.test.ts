import { describe, expect, it } from "vitest";
import { configure } from "../../src/config/configure.ts";
import { agentPolicyOf, type ConfigInput } from "../../src/config.ts";
import { AiosError } from "../../src/kernel/errors.ts";

const file = (content: unknown) => ({ path: "aios.config.json", content });

function faultsOf(content: unknown, env: Record<string, string> = {}): unknown {
  try {
    configure({ file: file(content), env });
  } catch (failure) {
    if (failure instanceof AiosError && failure.code === "config.invalid") return failure.faults;
    throw failure;
  }
  return "accepted";
}

describe("the types of the configuration", () => {
  it("name what each embedder is told, and refuse what none is", () => {
    const http: ConfigInput = { memory: { embedder: "http", embedders: { http: { model: "m", batch: 8 } } } };
    const local: ConfigInput = { memory: { embedders: { transformers: { model: "m" } } } };
    // @ts-expect-error a number where the model's name belongs
    const wrong: ConfigInput = { memory: { embedders: { http: { model: 3 } } } };
    // @ts-expect-error there is no such setting
    const unknown: ConfigInput = { memory: { embedders: { http: { modle: "m" } } } };
    for (const content of [http, local]) expect(faultsOf(content)).toBe("accepted");
    for (const content of [wrong, unknown]) expect(faultsOf(content)).not.toBe("accepted");
  });
});

describe("the configuration", () => {
  it("is complete without a file", () => {
    const { config } = configure({ env: {} });
    expect(config.http).toMatchObject({ host: "127.0.0.1", port: 8765, allowedHosts: [] });
    expect(config.reactor.limits).toMatchObject({ cooldownMs: 300_000, allPerHour: 30 });
    expect(agentPolicyOf(config)).toEqual({
      failureThreshold: 3,
      cooldownMs: 60_000,
      openMs: 60_000,
      archiveAfterProbes: 10,
    });
  });

  it("lets the environment beat the file, and tells who set what", () => {
    const { config, origins } = configure({
      file: file({ http: { port: 1000, host: "::1" } }),
      env: { AIOS_PORT: "2000", AIOS_DATA_DIR: "" },
    });
    expect(config.http).toMatchObject({ port: 2000, host: "::1" });
    expect([...origins]).toEqual([
      ["http.port", "AIOS_PORT"],
      ["http.host", "aios.config.json"],
    ]);
  });

  it.each([
    [{ tasks: { timeoutMS: 1 } }, "tasks.timeoutMS", "timeoutMs"],
    [{ reactor: { limits: { coolDownMs: 1 } } }, "reactor.limits.coolDownMs", "cooldownMs"],
    [{ reactor: { risk: { manyTarget: 1 } } }, "reactor.risk.manyTarget", "manyTargets"],
  ])("names a misspelt setting with its path and the nearest known name: %o", (content, path, near) => {
    expect(faultsOf(content)).toEqual([{ path, message: `there is no such setting; did you mean "${near}"?` }]);
  });

  it("names a misspelt limit of the agents", () => {
    expect(faultsOf({ agents: { policy: { cooldown: 1 } } })).toMatchObject([{ path: "agents.policy.cooldown" }]);
    const declared = [{ id: "a", config: {}, policy: { cooldown: 1 } }];
    expect(faultsOf({ agents: { declared } })).toMatchObject([{ path: "agents.declared.0.policy.cooldown" }]);
  });

  it("checks declared agents as their kinds do, before anything is begun", () => {
    const declared = [
      { id: "good", config: { command: ["agent"] } },
      { id: "empty", config: { command: [] } },
      { id: "strange", kind: "telepathy", config: {} },
    ];
    expect(faultsOf({ agents: { declared } })).toMatchObject([
      { path: "agents.declared.1.config.command.0" },
      { path: "agents.declared.2.kind", message: expect.stringContaining('there is no kind "telepathy"') },
    ]);
  });

  it("takes no agent whose id could name another place", () => {
    const declared = [{ id: "../../elsewhere", config: { command: ["agent"] } }];
    expect(faultsOf({ agents: { declared } })).toMatchObject([{ path: "agents.declared.0.id" }]);
  });

  it("says who set a value that cannot be", () => {
    expect(faultsOf({}, { AIOS_PORT: "many" })).toMatchObject([
      { path: "http.port", message: "Invalid input: expected number, received string (set by AIOS_PORT)" },
    ]);
    expect(faultsOf({ reactor: { limits: { groupShare: 2 } } })).toMatchObject([
      { path: "reactor.limits.groupShare", message: expect.stringContaining("(set by aios.config.json)") },
    ]);
  });
});
