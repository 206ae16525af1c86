import { describe, expect, it } from "vitest";
import {
  barrelFaults,
  dangerFaults,
  danglingFaults,
  dashboardFaults,
  exampleFaults,
  importCycles,
  importFaults,
  nameFaults,
} from "./layer-rules.ts";
import { parseSource } from "./source-file.ts";

/** A guard that cannot fail guards nothing: here each rule meets a file that breaks it, and one that does not. */
describe("layer rules", () => {
  const faults = (check: (file: ReturnType<typeof parseSource>) => string[], file: string, text: string) =>
    check(parseSource(file, text)).length;

  it.each([
    ["a static import", `import { nodeClock } from "../platform/clock.ts"; nodeClock();`],
    ["a type import", `import type { X } from "../platform/clock.ts";`],
    ["a side-effect import", `import "../platform/clock.ts";`],
    ["a re-export", `export { nodeClock } from "../platform/clock.ts";`],
    ["a star export", `export * from "../platform/clock.ts";`],
    ["a dynamic import", `const x = await import("../platform/clock.ts");`],
    ["a dynamic import of a template", "const x = await import(`../platform/clock.ts`);"],
    ["a computed import", `const x = await import(name);`],
    ["a type query", `type X = import("../platform/clock.ts").X;`],
    ["a require", `const x = require("../platform/clock.ts");`],
    ["a Node module", `import { readFile } from "node:fs/promises";`],
    ["a bare Node module", `import { readFile } from "fs/promises";`],
    ["a foreign package", `import { createActor } from "xstate";`],
    ["a file outside src", `import x from "../../package.json";`],
    ["an unknown layer", `import { x } from "../utils/x.ts";`],
  ])("refuses %s that the row does not allow", (_, text) => {
    expect(faults(importFaults, "src/domain/x.ts", text)).toBe(1);
  });

  it("allows what the row allows", () => {
    const text = `
      import { z } from "zod";
      import type { Clock } from "../kernel/clock.ts";
      import { catalog } from "../events/catalog.ts";
      import { decide } from "./decision.ts";`;
    expect(faults(importFaults, "src/domain/x.ts", text)).toBe(0);
  });

  it("refuses a file whose layer has no row", () => {
    expect(faults(importFaults, "src/utils/x.ts", "export const x = 1;")).toBe(1);
  });

  it("lets http and platform take types where the row says so, and values never", () => {
    const type = `import type { Palace } from "../memory/palace.ts";`;
    expect(faults(importFaults, "src/http/deps.ts", type)).toBe(0);
    expect(faults(importFaults, "src/http/deps.ts", type.replace("import type", "import"))).toBe(1);
    expect(faults(importFaults, "src/http/deps.ts", `import { type Palace } from "../memory/palace.ts";`)).toBe(1);
  });

  it("lets the entries import platform, and the runtime not", () => {
    const text = `import { nodeClock } from "./platform/clock.ts";`;
    expect(faults(importFaults, "src/index.ts", text)).toBe(0);
    expect(faults(importFaults, "src/main.ts", text)).toBe(0);
    expect(faults(importFaults, "src/runtime.ts", text)).toBe(1);
    expect(faults(importFaults, "src/runtime/wiring.ts", text.replace("./", "../"))).toBe(1);
  });

  it("lets a driver into its leaf only", () => {
    const text = `import { ChromaClient } from "chromadb";`;
    expect(faults(importFaults, "src/memory/backends/chroma.ts", text)).toBe(0);
    expect(faults(importFaults, "src/memory/palace.ts", text)).toBe(1);
  });

  it.each([
    "new Date()",
    "Date.now()",
    "process.env",
    "fetch(url)",
    "setTimeout(run, 1)",
    "const later = setInterval;",
    "Math.random()",
    `Math["random"]()`,
    "Math[member]()",
    "const { random } = Math;",
    "globalThis.process",
    "call({ fetch })",
    "AbortSignal.timeout(5)",
    "performance.now()",
    "(process as unknown as { pid: number }).pid",
  ])("refuses %s in a pure folder", (text) => {
    expect(faults(nameFaults, "src/kernel/x.ts", text)).toBeGreaterThan(0);
  });

  it.each([
    "Math.floor(1.5)",
    "task.process.fetch()",
    "const x = { process: 1, Date: 2 }; x;",
    "class X { fetch() { return 1; } }",
    "interface X { process(): void; at(time: Date): void }",
    "clock.setTimeout(1)",
    "AbortSignal.any([])",
  ])("allows %s in a pure folder", (text) => {
    expect(faults(nameFaults, "src/kernel/x.ts", text)).toBe(0);
  });

  it("makes actors take time through a port, and platform not", () => {
    expect(faults(nameFaults, "src/actors/x.ts", "Date.now()")).toBe(1);
    expect(faults(nameFaults, "src/platform/x.ts", "Date.now()")).toBe(0);
  });

  it("refuses barrels, star exports and names handed through another layer", () => {
    const barrel = `export { a } from "./a.ts";`;
    expect(faults(barrelFaults, "src/domain/all.ts", barrel)).toBe(1);
    expect(faults(barrelFaults, "src/domain/all.ts", `import { a } from "./a.ts"; export { a };`)).toBe(1);
    expect(faults(barrelFaults, "src/domain/x.ts", `export * from "./a.ts"; export const x = 1;`)).toBe(1);
    expect(
      faults(barrelFaults, "src/domain/x.ts", `export type { A } from "../events/a.ts"; export const x = 1;`),
    ).toBe(1);
    expect(
      faults(barrelFaults, "src/domain/x.ts", `import { a } from "../events/a.ts"; export { a }; export const x = 1;`),
    ).toBe(1);
    expect(faults(barrelFaults, "src/index.ts", barrel)).toBe(0);
  });

  it("allows a registry that lists what its folder has", () => {
    const registry = `import { kill } from "./kill.ts"; export const kinds = [kill];`;
    expect(faults(barrelFaults, "src/actions/index.ts", registry)).toBe(0);
  });

  it("finds circles of files, also through types, and names them once", () => {
    const files = [
      parseSource("src/domain/a.ts", `import { b } from "./b.ts"; b;`),
      parseSource("src/domain/b.ts", `import type { C } from "./c.ts";`),
      parseSource("src/domain/c.ts", `export type { A } from "./a.ts";`),
      parseSource("src/domain/d.ts", `import { a } from "./a.ts"; a;`),
    ];
    expect(importCycles(files)).toEqual([["src/domain/a.ts", "src/domain/b.ts", "src/domain/c.ts"]]);
    expect(importCycles(files.slice(1))).toEqual([]);
  });

  it("finds imports of files that do not exist", () => {
    const file = parseSource("src/domain/a.ts", `import { b } from "./b.ts"; b;`);
    expect(danglingFaults(file, new Set(["src/domain/a.ts"]))).toHaveLength(1);
    expect(danglingFaults(file, new Set(["src/domain/b.ts"]))).toEqual([]);
  });

  it.each([`spawn("ls", { shell: true })`, "eval(text)", `new Function("a", body)`, `import vm from "node:vm";`])(
    "refuses %s",
    (text) => expect(faults(dangerFaults, "src/platform/x.ts", text)).toBe(1),
  );

  it("shows the dashboard nothing but the type of the HTTP app", () => {
    const app = (words: string, path: string) => `${words} { AppType } from "../../src/${path}";`;
    expect(faults(dashboardFaults, "dashboard/src/api.ts", app("import type", "http/app.ts"))).toBe(0);
    expect(faults(dashboardFaults, "dashboard/src/api.ts", app("import", "http/app.ts"))).toBe(1);
    expect(faults(dashboardFaults, "dashboard/src/api.ts", app("import type", "domain/score.ts"))).toBe(1);
    expect(faults(dashboardFaults, "dashboard/src/api.ts", `import { useState } from "react";`)).toBe(1);
  });

  it("keeps examples out of our files", () => {
    expect(faults(exampleFaults, "examples/agent.mjs", `import { x } from "../src/index.ts";`)).toBe(1);
    expect(faults(exampleFaults, "examples/agent.mjs", `import fs from "node:fs"; import "./shared.mjs";`)).toBe(0);
  });
});
