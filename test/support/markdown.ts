/** A Markdown table; bars inside cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function code(text: string): string {
  return `\`${text}\``;
}

/**
 * A page of prose with its tables written anew: what stands between `<!-- table: NAME -->` and `<!-- end -->` is
 * replaced by what `tables[NAME]` makes.
 */
export function withTables(prose: string, page: string, tables: Readonly<Record<string, () => string>>): string {
  return prose.replaceAll(/<!-- table: (\w+) -->\n(?:[\s\S]*?<!-- end -->\n)?/g, (_, name: string) => {
    const write = tables[name];
    if (write === undefined) throw new Error(`${page} asks for an unknown table "${name}"`);
    return `<!-- table: ${name} -->\n\n${write()}\n\n<!-- end -->\n`;
  });
}
