import { readFileSync } from "node:fs";
import path from "node:path";
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
import { listFiles, readSources, repositoryRoot } from "./source-file.ts";

const sources = readSources("src");
const code = [
  ...sources,
  ...["dashboard", "test", "bench", "eval", "examples", "scripts"].flatMap((folder) => readSources(folder)),
];
/** These files quote what they forbid. */
const foreign = code.filter((file) => !file.path.startsWith("test/architecture/"));
const tests = foreign.filter((file) => file.path.startsWith("test/"));
const documents = ["playbooks", "docs", "deploy", "examples"]
  .flatMap(listFiles)
  .filter((file) => /\.(md|json|ya?ml|service)$/.test(file))
  .map((file) => ({ path: file, text: readFileSync(path.join(repositoryRoot, file), "utf8") }));

describe(`house: ${sources.length} files of src, ${code.length} files of code checked`, () => {
  it("finds files to check", () => {
    expect(sources.length).toBeGreaterThan(0);
    expect(tests.length).toBeGreaterThan(0);
  });

  it("src has no default exports", () => {
    expect(sources.filter((file) => file.hasDefaultExport).map((file) => file.path)).toEqual([]);
  });

  it("src has no enums", () => {
    expect(sources.filter((file) => file.hasEnum).map((file) => file.path)).toEqual([]);
  });

  it(`src has no file of more than ${maxLines} lines`, () => {
    expect(sources.flatMap(lengthFaults)).toEqual([]);
  });

  it("names files and folders in kebab-case", () => {
    const own = code.filter((file) => !file.path.startsWith("examples/"));
    expect(own.flatMap(nameFaults)).toEqual([]);
  });

  it("puts no work off", () => {
    expect([...foreign, ...documents].flatMap(postponedFaults)).toEqual([]);
  });

  it("names no folder of one machine", () => {
    expect([...foreign, ...documents].filter((file) => !isTestData(file.path)).flatMap(machinePathFaults)).toEqual([]);
  });

  it(`lets no test sleep (${tests.length} files)`, () => {
    const own = tests.filter((file) => !file.path.startsWith("test/fixtures/"));
    expect(own.flatMap(sleepFaults)).toEqual([]);
  });

  it(`skips no test and runs none alone (${tests.length} files)`, () => {
    expect(tests.flatMap(focusFaults)).toEqual([]);
  });
});

/** Messages that unit tests and fixtures feed to the engine may name any path: they are data, nothing opens them. */
function isTestData(file: string): boolean {
  return file.startsWith("test/unit/") || file.startsWith("test/fixtures/");
}
