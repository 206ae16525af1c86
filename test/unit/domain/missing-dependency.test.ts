import { describe, expect, it } from "vitest";
import { missingDependency } from "../../../src/domain/missing-dependency.ts";

describe("what a failed task lacked", () => {
  it.each([
    ["Error: Cannot find module 'left-pad'\nRequire stack:\n- /srv/agent.js", { kind: "node", name: "left-pad" }],
    ["Cannot find package '@scope/tool' imported from /srv/agent.mjs", { kind: "node", name: "@scope/tool" }],
    ["Cannot find module 'left-pad/dist/x.js'", { kind: "node", name: "left-pad" }],
    ["ModuleNotFoundError: No module named 'requests'", { kind: "python", name: "requests" }],
    ["ModuleNotFoundError: No module named 'yaml.loader'", { kind: "python", name: "yaml" }],
    ["bash: line 1: jq: command not found", { kind: "program", name: "jq" }],
    ["/bin/sh: 1: jq: not found", { kind: "program", name: "jq" }],
    ["spawn ffmpeg ENOENT", { kind: "program", name: "ffmpeg" }],
    ['cannot start "jq" in /srv: no such program in PATH (/usr/bin); install it', { kind: "program", name: "jq" }],
  ])("is named by %o", (message, missing) => {
    expect(missingDependency(message)).toEqual(missing);
    expect(missingDependency("exited with code 1", `some lines\n${message}\n`)).toEqual(missing);
  });

  it.each([
    "Cannot find module './lib/own.js'",
    "Cannot find module '/srv/agent/own.js'",
    "Cannot find module '../../etc/passwd'",
    "spawn /usr/local/bin/tool ENOENT",
    "ENOENT: no such file or directory, open 'in.csv'",
    "the page was not found",
    "404: Not Found",
  ])("is nothing to install: %o", (message) => {
    expect(missingDependency(message)).toBeUndefined();
  });
});
