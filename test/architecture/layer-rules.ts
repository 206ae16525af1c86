import path from "node:path";
import { dashboardRule, impureNames, type LayerRule, layerTable, portedNames } from "./layer-table.ts";
import type { Import, SourceFile } from "./source-file.ts";

/** `src/kernel/clock.ts` is of `kernel`; `src/runtime.ts` and everything in `src/runtime/` of `runtime`. */
export function layerOf(file: string): string | undefined {
  const [root, first] = file.split("/");
  return root === "src" && first !== undefined ? first.replace(/\.ts$/, "") : undefined;
}

/** Path of the file that a relative import names, from the root of the repository; `undefined` for a package. */
export function targetOf(file: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? path.posix.join(path.posix.dirname(file), specifier) : undefined;
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? specifier);
}

function allows(packages: readonly string[], specifier: string): boolean {
  return packages.some((allowed) =>
    allowed.endsWith("*") ? specifier.startsWith(allowed.slice(0, -1)) : packageOf(specifier) === allowed,
  );
}

/** What is wrong with the imports of one file of src, one sentence for each fault. */
export function importFaults(file: SourceFile): string[] {
  const layer = layerOf(file.path);
  const rule = layer === undefined ? undefined : layerTable[layer];
  if (layer === undefined || rule === undefined) return [`${file.path}: "${layer ?? "?"}" is not in the layer table`];
  return file.imports.flatMap((entry) => {
    if (entry.specifier === undefined)
      return rule.computed?.includes(file.path) === true ? [] : [`${file.path}: imports a computed path`];
    const target = targetOf(file.path, entry.specifier);
    const reason =
      target === undefined ? packageFault(rule, file.path, entry.specifier) : layerFault(rule, layer, target, entry);
    return reason === undefined ? [] : [`${file.path}: ${reason} (${entry.specifier})`];
  });
}

function packageFault(rule: LayerRule, file: string, specifier: string): string | undefined {
  if (allows(rule.packages, specifier)) return undefined;
  const leaves = Object.entries(rule.leaves ?? {});
  if (leaves.some(([leaf, packages]) => file.startsWith(`src/${leaf}`) && allows(packages, specifier)))
    return undefined;
  return "may not import this package";
}

function layerFault(rule: LayerRule, layer: string, target: string, entry: Import): string | undefined {
  const other = layerOf(target);
  if (other === undefined) return "leaves src";
  if (layerTable[other] === undefined) return `imports the unknown layer ${other}`;
  if (other === layer || rule.imports === "everything" || rule.imports.includes(other)) return undefined;
  if (rule.typesOf?.includes(other) === true) {
    return entry.typeOnly ? undefined : `may import only types of ${other}`;
  }
  return `${layer} may not import ${other}`;
}

/** Names of the machine in a file whose layer must not see them. */
export function nameFaults(file: SourceFile): string[] {
  const rule = layerTable[layerOf(file.path) ?? ""];
  const forbidden = rule?.pure === true ? impureNames : rule?.ported === true ? portedNames : undefined;
  if (forbidden === undefined) return [];
  const found = [...file.names].filter((name) => forbidden.has(name) || isHidden(name, forbidden));
  return found.map((name) => `${file.path}: uses ${name}; take it through a port`);
}

/** `Math[member]` and `const { random } = Math` hide which member is used. */
function isHidden(name: string, forbidden: ReadonlySet<string>): boolean {
  const object = name.replace(/\.\*$/, "");
  return [...forbidden].some((other) => other.startsWith(`${object}.`));
}

/** Files that only hand on what others export, and exports that carry a name from one layer through another. */
export function barrelFaults(file: SourceFile): string[] {
  if (file.path === "src/index.ts") return [];
  const layer = layerOf(file.path);
  const through = file.imports.flatMap((entry) => (entry.reExport ? (entry.specifier ?? []) : []));
  const foreign = [...through, ...file.passedOn].filter((specifier) => {
    const target = targetOf(file.path, specifier);
    return target === undefined || layerOf(target) !== layer;
  });
  return [
    ...foreign.map((specifier) => `${file.path}: hands on what belongs to ${specifier}`),
    ...(file.imports.some((entry) => entry.star) ? [`${file.path}: exports * from another file`] : []),
    ...(file.onlyReExports ? [`${file.path}: is a barrel; import the file that has the name`] : []),
  ];
}

/** Groups of files that import one another in a circle, types included; each group sorted by path. */
export function importCycles(files: readonly SourceFile[]): string[][] {
  const edges = new Map<string, string[]>();
  for (const file of files) {
    edges.set(
      file.path,
      file.imports.flatMap(({ specifier }) => targetOf(file.path, specifier ?? "") ?? []),
    );
  }
  const reachable = (from: string): Set<string> => {
    const seen = new Set<string>();
    const open = [...(edges.get(from) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(edges.get(next) ?? []));
    }
    return seen;
  };
  const reach = new Map([...edges.keys()].map((file) => [file, reachable(file)]));
  const inCycle = [...edges.keys()].filter((file) => reach.get(file)?.has(file) === true);
  const groups = new Map<string, string[]>();
  for (const file of inCycle) {
    const group = inCycle.filter(
      (other) => reach.get(file)?.has(other) === true && reach.get(other)?.has(file) === true,
    );
    groups.set(group.sort().join(" "), group);
  }
  return [...groups.values()];
}

/** Relative imports that point at no file. */
export function danglingFaults(file: SourceFile, known: ReadonlySet<string>): string[] {
  return file.imports.flatMap(({ specifier }) => {
    const target = specifier === undefined ? undefined : targetOf(file.path, specifier);
    if (target === undefined || known.has(target) || target.endsWith(".json")) return [];
    return [`${file.path}: imports ${specifier ?? ""}, which does not exist`];
  });
}

/** What the dashboard may not import. */
export function dashboardFaults(file: SourceFile): string[] {
  return file.imports.flatMap(({ specifier, typeOnly }) => {
    if (specifier === undefined) return [`${file.path}: imports a computed path`];
    const target = targetOf(file.path, specifier);
    if (target === undefined) {
      return allows(dashboardRule.packages, specifier) ? [] : [`${file.path}: may not import ${specifier}`];
    }
    if (target.startsWith("dashboard/")) return [];
    const allowed = typeOnly && dashboardRule.typesFrom.includes(target);
    return allowed ? [] : [`${file.path}: may know only the type of the HTTP app (${specifier})`];
  });
}

/** Examples are programs of somebody else: they speak through the doors and import nothing of ours. */
export function exampleFaults(file: SourceFile): string[] {
  return file.imports.flatMap(({ specifier }) => {
    const target = targetOf(file.path, specifier ?? "");
    return target === undefined || target.startsWith("examples/") ? [] : [`${file.path}: reaches into ${target}`];
  });
}

/** Ways to run text as code or as a command line. */
export function dangerFaults(file: SourceFile): string[] {
  const modules = file.imports.filter(({ specifier }) => /^(node:)?vm$/.test(specifier ?? ""));
  return [
    ...file.dangers.map((danger) => `${file.path}: ${danger} runs text`),
    ...modules.map(() => `${file.path}: node:vm runs text`),
  ];
}
