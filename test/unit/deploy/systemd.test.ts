import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { configure, environment } from "../../../src/config/configure.ts";

const run = promisify(execFile);
const folder = path.resolve(import.meta.dirname, "../../../deploy/systemd");
const unit = path.join(folder, "aios.service");

/** What systemd 252 and later know, of what a unit such as ours may need. */
const known: Readonly<Record<string, readonly string[]>> = {
  Unit: ["Description", "Documentation", "Wants", "After", "StartLimitIntervalSec", "StartLimitBurst"],
  Service: [
    ...["Type", "User", "Group", "Environment", "EnvironmentFile", "WorkingDirectory", "ExecStart"],
    ...["Restart", "RestartSec", "RestartPreventExitStatus", "KillMode", "KillSignal", "TimeoutStopSec", "OOMPolicy"],
    ...[
      "StateDirectory",
      "StateDirectoryMode",
      "UMask",
      "NoNewPrivileges",
      "ProtectSystem",
      "ProtectHome",
      "PrivateTmp",
    ],
    ...["PrivateDevices", "ProtectClock", "ProtectControlGroups", "ProtectHostname", "ProtectKernelLogs"],
    ...["ProtectKernelModules", "ProtectKernelTunables", "RestrictAddressFamilies", "RestrictNamespaces"],
    ...["RestrictRealtime", "RestrictSUIDSGID", "LockPersonality", "SystemCallArchitectures"],
    ...["CapabilityBoundingSet", "AmbientCapabilities", "LimitNOFILE"],
  ],
  Install: ["WantedBy"],
};

type Setting = readonly [section: string, name: string, value: string];

async function settings(): Promise<readonly Setting[]> {
  const found: Setting[] = [];
  let section = "";
  for (const line of (await readFile(unit, "utf8")).split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const heading = /^\[(\w+)\]$/.exec(line)?.[1];
    const [, name, value = ""] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (heading !== undefined) section = heading;
    else if (name === undefined) throw new Error(`not a line of a unit: ${line}`);
    else found.push([section, name, value]);
  }
  return found;
}

describe("the systemd unit", () => {
  it("has only settings that systemd knows, each in its section", async () => {
    const all = await settings();
    expect(all.length).toBeGreaterThan(30);
    expect(all.filter(([section, name]) => known[section]?.includes(name) !== true)).toEqual([]);
  });

  it("ends the engine in order, and gives it longer than that takes", async () => {
    const of = new Map((await settings()).map(([, name, value]) => [name, value]));
    const { config } = configure({ env: {} });
    expect(of.get("KillMode")).toBe("mixed");
    expect(Number(of.get("TimeoutStopSec")) * 1000).toBeGreaterThan(config.shutdown.graceMs + config.agents.graceMs);
    expect(of.get("Restart")).toBe("on-failure");
    expect(of.get("StateDirectory")).toBe("aios");
  });

  it("passes systemd's own check where systemd is", async () => {
    const verdict = await run("systemd-analyze", ["verify", unit]).then(
      () => "fits",
      (failure: unknown) => (isMissing(failure) ? "no systemd here" : String(failure)),
    );
    expect(["fits", "no systemd here"]).toContain(verdict);
  });

  it("comes with an environment file that names only variables that exist", async () => {
    const text = await readFile(path.join(folder, "aios.env.example"), "utf8");
    const named = [...text.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name ?? "");
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => name !== "AIOS_CONFIG_PATH" && !Object.hasOwn(environment, name))).toEqual([]);
  });
});

function isMissing(failure: unknown): boolean {
  return failure instanceof Error && "code" in failure && failure.code === "ENOENT";
}
