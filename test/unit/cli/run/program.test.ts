import { describe, expect, it } from "vitest";
import { Given } from "../../../../src/cli/given.ts";
import { lastBytes } from "../../../../src/cli/run/last-bytes.ts";
import { agentOf, isRunAgent } from "../../../../src/cli/run/program.ts";
import { runWishOf } from "../../../../src/cli/run/wish.ts";
import { nodeHash } from "../../../../src/platform/hash.ts";

const agent = (command: readonly string[], cwd = "/here", name?: string) => agentOf({ command, cwd }, name, nodeHash);

describe("the agent of a program", () => {
  it("is the same for the same program in the same directory, and another for any other", () => {
    const one = agent(["python3", "-u", "./src/agent.py", "--fast"]);
    expect(one.id).toMatch(/^python3-agent\.py-[0-9a-f]{8}$/);
    expect(agent(["python3", "-u", "./src/agent.py", "--fast"])).toEqual(one);
    const others = [
      agent(["python3", "-u", "./src/agent.py"]),
      agent(["python3", "-u", "./src/agent.py", "--fast"], "/there"),
    ];
    expect(new Set([one, ...others].map(({ id }) => id)).size).toBe(3);
    expect(agent(["true"], "/here", "nightly").id).toBe("nightly");
  });

  it("has a name that any agent may have, whatever the program is called", () => {
    for (const command of [["/opt/§$%/…"], ["-"], ["../../.hidden"], ["x".repeat(300)], ["программа", "файл"]])
      expect(agent(command).id).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,255}$/);
  });

  it("is told from agents that were registered otherwise", () => {
    expect(isRunAgent(agent(["true"]).config)).toBe(true);
    for (const config of [{ command: ["node", "relay.js"] }, { url: "http://localhost" }, null])
      expect(isRunAgent(config)).toBe(false);
  });
});

describe("the wishes of a call", () => {
  const wish = (values: Record<string, string | string[]>, env: Record<string, string> = {}) =>
    runWishOf({ given: new Given(values, new Map([["COMMAND", ["true"]]])), cwd: "/here", env });

  it("are the allowed variables of the caller, and those that were named", () => {
    const { environment } = wish(
      { env: ["TOLD", "EMPTY=", "LINES=a\nb"] },
      { PATH: "/bin", SECRET: "s", TOLD: "t", AIOS_TOKEN: "k" },
    );
    expect(environment).toEqual({ PATH: "/bin", TOLD: "t", EMPTY: "", LINES: "a\nb" });
    expect(() => wish({ env: ["NOWHERE"] })).toThrow("there is no such variable here");
    expect(() => wish({ env: ["not a name=1"] })).toThrow("--env takes NAME or NAME=VALUE");
  });

  it("want no second attempt after a crash either when no second one is wanted", () => {
    expect(wish({ retries: "0" }).task.onInterrupt).toBe("fail");
    expect(wish({}).task).toMatchObject({ onInterrupt: "retry", retries: undefined });
  });
});

describe("the last bytes of a stream", () => {
  it("are all of it while they are few, and then the end with what is missing", () => {
    const few = lastBytes(10);
    for (const piece of ["ab", "cd"]) few.add(Buffer.from(piece));
    expect(few.text()).toBe("abcd");
    const many = lastBytes(10);
    for (let n = 0; n < 100; n++) many.add(Buffer.from(String(n % 10)));
    expect(many.text()).toBe("[90 bytes before this are not kept]\n0123456789");
  });
});
