import { describe, expect, it } from "vitest";
import {
  barrelFaults,
  dangerFaults,
  danglingFaults,
  dashboardFaults,
  exampleFaults,
  importCycles,
  importFaults,
  layerOf,
  nameFaults,
} from "./layer-rules.ts";
import { layerTable } from "./layer-table.ts";
import { readSources } from "./source-file.ts";

const sources = readSources("src");
const dashboard = readSources("dashboard");
const examples = readSources("examples");
const known = new Set(sources.map((file) => file.path));
const importCount = sources.reduce((sum, file) => sum + file.imports.length, 0);
const filesOf = (layer: string) => sources.filter((file) => layerOf(file.path) === layer);
const present = Object.entries(layerTable).filter(([layer]) => filesOf(layer).length > 0);

describe(`layers: ${sources.length} files of src with ${importCount} imports checked`, () => {
  it("finds files to check, with imports in them", () => {
    expect(sources.length).toBeGreaterThan(0);
    expect(importCount).toBeGreaterThan(0);
    expect(present.length).toBeGreaterThan(0);
  });

  it("knows the layer of every file", () => {
    const lost = sources.filter((file) => layerTable[layerOf(file.path) ?? ""] === undefined);
    expect(lost.map((file) => file.path)).toEqual([]);
  });

  for (const [layer, rule] of present) {
    const files = filesOf(layer);
    it(`${layer} imports only what its row allows (${files.length} files)`, () => {
      expect(files.flatMap(importFaults)).toEqual([]);
    });
    if (rule.pure !== true && rule.ported !== true) continue;
    const promise = rule.pure === true ? "never sees the machine" : "reaches time, chance and web through ports only";
    it(`${layer} ${promise} (${files.length} files)`, () => {
      expect(files.flatMap(nameFaults)).toEqual([]);
    });
  }

  it("has no barrels and hands no name through another layer", () => {
    expect(sources.flatMap(barrelFaults)).toEqual([]);
  });

  it("imports only files that exist", () => {
    expect(sources.flatMap((file) => danglingFaults(file, known))).toEqual([]);
  });

  it("has no import cycles", () => {
    expect(importCycles(sources)).toEqual([]);
  });

  it("runs no text as code or as a command line", () => {
    expect(sources.flatMap(dangerFaults)).toEqual([]);
  });

  it(`dashboard knows only the type of the HTTP app (${dashboard.length} files)`, () => {
    expect(dashboard.flatMap(dashboardFaults)).toEqual([]);
  });

  it(`examples reach into nothing of ours (${examples.length} files)`, () => {
    expect(examples.flatMap(exampleFaults)).toEqual([]);
  });
});
