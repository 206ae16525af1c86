import { z } from "zod";
import type { Fault } from "../../kernel/errors.ts";
import { jsonPath, type ReadResult, readPlaybook } from "./read.ts";
import { exampleSource } from "./source.ts";

const BYTE_ORDER_MARK = "\uFEFF";
const sidecar = z.union([z.array(exampleSource), z.strictObject({ tests: z.array(exampleSource) })]);

/** A playbook from its text; a sidecar's tests count as its own. Never throws. */
export function parsePlaybookFile(file: { readonly text: string; readonly tests?: string }): ReadResult {
  const json = parse(file.text);
  if (json.kind === "bad") return json;
  const read = readPlaybook(json.value);
  if (read.kind === "bad" || file.tests === undefined) return read;
  const beside = parse(file.tests);
  if (beside.kind === "bad") return { kind: "bad", faults: prefixed(beside.faults) };
  const parsed = sidecar.safeParse(beside.value);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => ({ path: jsonPath(path), message }));
    return { kind: "bad", faults: prefixed(faults) };
  }
  const tests = "tests" in parsed.data ? parsed.data.tests : parsed.data;
  return { kind: "ok", playbook: { ...read.playbook, tests: [...read.playbook.tests, ...tests] } };
}

function parse(
  text: string,
): { readonly kind: "ok"; readonly value: unknown } | { readonly kind: "bad"; readonly faults: readonly Fault[] } {
  if (text.startsWith(BYTE_ORDER_MARK))
    return bad("the file begins with a byte order mark: save it as UTF-8 without one");
  try {
    const value: unknown = JSON.parse(text);
    return { kind: "ok", value };
  } catch (failure) {
    return bad(`not JSON: ${failure instanceof Error ? failure.message : String(failure)}`);
  }
}

function bad(message: string): { readonly kind: "bad"; readonly faults: readonly Fault[] } {
  return { kind: "bad", faults: [{ path: "", message }] };
}

function prefixed(faults: readonly Fault[]): readonly Fault[] {
  return faults.map(({ path, message }) => ({ path: `(sidecar tests)${path}`, message }));
}
