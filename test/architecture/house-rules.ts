import path from "node:path";
import type { SourceFile } from "./source-file.ts";

export interface HouseText {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

export const maxLines = 400;

const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const postponed = /\b(TODO|FIXME|XXX|HACK)\b/;
/** Homes and work folders of one machine; paths every Linux has (/tmp, /proc, /usr) are fine. */
const machinePath = /(?<![\w.$}@-])(\/(home|Users|root|work|mnt|workspace)\/[\w.-]+|[A-Z]:\\\\?Users\\)/;
const focused = /\b(it|test|describe|suite|bench)(\.[a-z]+)*\.(only|skip|todo)\b|\b(xit|xdescribe|fit|fdescribe)\s*\(/;

function linesWith(file: HouseText, pattern: RegExp, what: string): string[] {
  return file.text
    .split("\n")
    .flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1}: ${what}: ${line.trim()}`] : []));
}

export function lengthFaults(file: HouseText): string[] {
  const lines = file.text.replace(/\n$/, "").split("\n").length;
  return lines > maxLines ? [`${file.path}: ${lines} lines; more than ${maxLines} are more than one idea`] : [];
}

/** Folders and files alike: `virtual-clock.test.ts` is kebab-case, `VirtualClock.ts` and `virtual_clock.ts` are not. */
export function nameFaults(file: { readonly path: string }): string[] {
  const wrong = file.path.split(path.posix.sep).filter((part) => !kebab.test(part));
  return wrong.map((part) => `${file.path}: "${part}" is not kebab-case`);
}

export function postponedFaults(file: HouseText): string[] {
  return linesWith(file, postponed, "work put off");
}

export function machinePathFaults(file: HouseText): string[] {
  return linesWith(file, machinePath, "path of one machine");
}

/** Programs among real kills and browsers wait for the machine; everybody else waits for a state, an event or the clock. */
const waitsForTheMachine = ["test/scenario/", "test/durability/"];

/** A sleeping test is slow on a good day and wrong on a bad one. */
export function sleepFaults(file: Pick<SourceFile, "path" | "names" | "imports">): string[] {
  if (waitsForTheMachine.some((folder) => file.path.startsWith(folder))) return [];
  const timers = ["setTimeout", "setInterval", "Atomics"].filter((name) => file.names.has(name));
  const modules = file.imports.map(({ specifier }) => specifier ?? "").filter((name) => /^(node:)?timers\b/.test(name));
  return [...timers, ...modules].map((name) => `${file.path}: a test sleeps: ${name}`);
}

/** A test that does not run promises nothing; one that runs alone hides the others. */
export function focusFaults(file: HouseText): string[] {
  return linesWith(file, focused, "test that is skipped or alone");
}
