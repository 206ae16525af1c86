import { code, table, withTables } from "./markdown.ts";

/** docs/reference/metrics.md: `prose` with its table written from what `/metrics` answered. */
export function metricReference(prose: string, exposition: string): string {
  const rows = [...exposition.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)].map(
    ([, name = "", help = "", kind = ""]) => [code(name), kind, help],
  );
  return withTables(prose, "docs/reference/metrics.md", {
    metrics: () =>
      table(
        ["metric", "kind", "meaning"],
        rows.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
      ),
  });
}
