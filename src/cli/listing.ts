import type { Page } from "./client.ts";
import { type Call, tell } from "./command.ts";
import type { Option } from "./shape.ts";
import { type Column, table } from "./table.ts";

const USUAL_LIMIT = 50;

export const limitOption = {
  type: "string",
  value: "N",
  says: `at most so many (${USUAL_LIMIT})`,
} as const satisfies Option;

/** What `--limit` says. */
export function limitOf({ given }: Pick<Call, "given">): number {
  return given.count("limit", 1) ?? USUAL_LIMIT;
}

/** Prints a list as `{items, next}` or as a table; answers with the exit code of what is done. */
export function tellList<T>(
  call: Pick<Call, "json" | "terminal">,
  page: Page<T>,
  columns: readonly Column<T>[],
  none: string,
): number {
  const { items, next } = page;
  const done = tell(call, page, () => (items.length === 0 ? none : table(items, columns, call.terminal.paint)));
  if (!call.json && next !== null) call.terminal.err("There are more: --limit N shows more of them.\n");
  return done;
}
