import { describe, expect, it } from "vitest";
import {
  focusFaults,
  lengthFaults,
  machinePathFaults,
  maxLines,
  nameFaults,
  postponedFaults,
  sleepFaults,
} from "./house-rules.ts";
import { parseSource } from "./source-file.ts";

const file = (text: string) => ({ path: "src/x.ts", text });

describe("house rules", () => {
  it.each(["export default 1;", "const x = 1; export { x as default };", `export { default } from "./y.ts";`])(
    "sees the default export in %s",
    (text) => expect(parseSource("src/x.ts", text).hasDefaultExport).toBe(true),
  );

  it("sees enums", () => {
    expect(parseSource("src/x.ts", "export const enum Color { red }").hasEnum).toBe(true);
    expect(parseSource("src/x.ts", `export const color = z.enum(["red"]);`).hasEnum).toBe(false);
  });

  it("counts lines, not the newline at the end", () => {
    expect(lengthFaults(file("x\n".repeat(maxLines)))).toEqual([]);
    expect(lengthFaults(file("x\n".repeat(maxLines + 1)))).toHaveLength(1);
  });

  it.each(["src/actors/AgentActor.ts", "src/actors/agent_actor.ts", "src/Actors/agent.ts"])("refuses %s", (path) =>
    expect(nameFaults({ path })).toHaveLength(1),
  );

  it("allows kebab-case with endings", () => {
    expect(nameFaults({ path: "test/unit/support/virtual-clock.test.ts" })).toEqual([]);
  });

  it("sees work put off, and not the word in a name", () => {
    expect(postponedFaults(file("a;\n// TODO later"))).toHaveLength(1);
    expect(postponedFaults(file("const todoList = [];"))).toEqual([]);
  });

  it.each([`"/home/ann/project"`, "see /Users/ann/x", `open("/root/x")`, `"C:\\\\Users\\\\ann"`])(
    "refuses the path in %s",
    (text) => expect(machinePathFaults(file(text))).toHaveLength(1),
  );

  it.each([`"/tmp/x"`, `"/api/v1/work/items"`, `import x from "../work/x.ts"`, `"/proc/1/stat"`])(
    "allows the path in %s",
    (text) => expect(machinePathFaults(file(text))).toEqual([]),
  );

  it.each(["it.only(", "describe.skip(", "test.concurrent.only(", "it.todo(", "xit("])("refuses %s", (text) =>
    expect(focusFaults(file(text))).toHaveLength(1),
  );

  it("allows tables, conditions on the machine, and skipping that is no test", () => {
    expect(focusFaults(file("it.each(rows)(name, run); it.runIf(asRoot)(name, run); stream.skip(1);"))).toEqual([]);
  });

  it.each([
    "await new Promise((resolve) => setTimeout(resolve, 50));",
    `import { setTimeout as pause } from "node:timers/promises";`,
    `import { scheduler } from "timers/promises";`,
    "setInterval(look, 10);",
  ])("sees the sleep in %s", (text) => {
    expect(sleepFaults(parseSource("test/unit/x.test.ts", text))).toHaveLength(1);
    expect(sleepFaults(parseSource("test/scenario/x.test.ts", text))).toEqual([]);
  });

  it("lets a test speak of programs that wait, and wait for a state itself", () => {
    const text = `const program = "setInterval(() => {}, 1_000)"; await vi.waitFor(() => expect(done).toBe(true));`;
    expect(sleepFaults(parseSource("test/unit/x.test.ts", text))).toEqual([]);
  });
});
