import { exitCodeOf } from "../../src/cli/exit.ts";
import { AiosError, type FailureCode, failures } from "../../src/kernel/errors.ts";
import { code, table, withTables } from "./markdown.ts";

/** docs/reference/failures.md: `prose` with the table of failures written from the code. */
export function failureReference(prose: string): string {
  return withTables(prose, "docs/reference/failures.md", { failures: () => table(HEAD, rows()) });
}

const HEAD = ["code", "what it says", "what to do", "HTTP", "again", "exit"];

function rows(): readonly (readonly string[])[] {
  const codes = Object.keys(failures) as FailureCode[];
  return codes.map((name) => {
    const { title, advice, status, retry } = failures[name];
    const exit = exitCodeOf(new AiosError(name, title));
    return [code(name), title, advice, String(status), retry === "later" ? "later" : "no", String(exit)];
  });
}
