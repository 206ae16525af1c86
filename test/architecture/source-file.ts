import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

export interface Import {
  /** As written: `../kernel/clock.ts`, `zod`, `node:fs`; `undefined` when it is computed. */
  readonly specifier: string | undefined;
  /** True when the compiler erases it: `import type`, `export type … from`, `import("…").T` in a type. */
  readonly typeOnly: boolean;
  /** True for `export … from`. */
  readonly reExport: boolean;
  /** True for `export * from`. */
  readonly star: boolean;
}

export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** Free names of values: `Date`, `setTimeout`; of `Math` and `AbortSignal` with the member: `Math.random`. */
  readonly names: ReadonlySet<string>;
  /** Specifiers of imported names that the file exports again under `export { … }`. */
  readonly passedOn: readonly string[];
  /** True when every statement is an import or hands on what other files export. */
  readonly onlyReExports: boolean;
  readonly hasDefaultExport: boolean;
  readonly hasEnum: boolean;
  /** Dangerous forms found by shape: `shell: true`, `new Function`, `eval`. */
  readonly dangers: readonly string[];
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

export const repositoryRoot = fileURLToPath(new URL("../../", import.meta.url));

/** Every source file below `folder` (from the root of the repository), parsed; none when there is no such folder. */
export function readSources(folder: string, extensions = [".ts", ".tsx", ".mjs", ".js"]): SourceFile[] {
  return listFiles(folder)
    .filter((file) => extensions.some((extension) => file.endsWith(extension)) && !file.endsWith(".d.ts"))
    .map((file) => parseSource(file, readFileSync(path.join(repositoryRoot, file), "utf8")));
}

/** Paths of all files below `folder`, from the root of the repository, sorted. */
export function listFiles(folder: string): string[] {
  const entries = (() => {
    try {
      return readdirSync(path.join(repositoryRoot, folder), { withFileTypes: true });
    } catch (failure) {
      if (failure instanceof Error && "code" in failure && failure.code === "ENOENT") return [];
      throw failure;
    }
  })();
  return entries
    .filter((entry) => entry.name !== "node_modules" && entry.name !== "dist")
    .flatMap((entry) => (entry.isDirectory() ? listFiles(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
    .sort();
}

/** Parses one file. Throws when it is not valid TypeScript: a file that cannot be read cannot be trusted. */
export function parseSource(file: string, text: string): SourceFile {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message ?? "unknown error"}`);

  const imports: Import[] = [];
  const names = new Set<string>();
  const dangers: string[] = [];
  let hasDefaultExport = false;
  let hasEnum = false;

  const visit = (node: Node, inType: boolean): void => {
    const found = importOf(node);
    if (found !== undefined) imports.push(found);
    if (node.type === "ExportDefaultDeclaration" || exportsDefaultByName(node)) hasDefaultExport = true;
    if (node.type === "TSEnumDeclaration") hasEnum = true;
    const danger = dangerOf(node);
    if (danger !== undefined) dangers.push(danger);
    if (!inType) for (const name of nameOf(node)) names.add(name);

    const typeBelow = inType || isTypeNode(node.type);
    for (const key of Object.keys(node)) {
      if (isNameOfProperty(node, key)) continue;
      for (const child of nodesIn(node[key])) visit(child, typeBelow);
    }
  };
  const statements = nodesIn(Reflect.get(program, "body"));
  for (const statement of statements) visit(statement, false);

  return {
    path: file,
    text,
    imports,
    names,
    passedOn: passedOn(statements),
    onlyReExports: statements.length > 0 && statements.every(isHandingOn) && statements.some(isExport),
    hasDefaultExport,
    hasEnum,
    dangers,
  };
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function nodesIn(value: unknown): Node[] {
  if (Array.isArray(value)) return value.filter(isNode);
  return isNode(value) ? [value] : [];
}

function textOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === "Literal" && typeof value["value"] === "string") return value["value"];
  const quasis = value.type === "TemplateLiteral" ? nodesIn(value["quasis"]) : [];
  if (quasis.length !== 1) return undefined;
  const cooked: unknown = Reflect.get(Object(quasis[0]?.["value"]), "cooked");
  return typeof cooked === "string" ? cooked : undefined;
}

function nameIn(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === "Literal") return textOf(value);
  return value.type === "Identifier" && typeof value["name"] === "string" ? value["name"] : undefined;
}

function importOf(node: Node): Import | undefined {
  const plain = { typeOnly: false, reExport: false, star: false };
  switch (node.type) {
    case "ImportDeclaration":
      return { ...plain, specifier: textOf(node["source"]), typeOnly: node["importKind"] === "type" };
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration": {
      if (!isNode(node["source"])) return undefined;
      const star = node.type === "ExportAllDeclaration";
      return { specifier: textOf(node["source"]), typeOnly: node["exportKind"] === "type", reExport: true, star };
    }
    case "ImportExpression":
      return { ...plain, specifier: textOf(node["source"]) };
    case "TSImportType":
      return { ...plain, specifier: textOf(node["source"]), typeOnly: true };
    case "TSExternalModuleReference":
      return { ...plain, specifier: textOf(node["expression"]) };
    case "CallExpression":
      if (nameIn(node["callee"]) !== "require") return undefined;
      return { ...plain, specifier: textOf(nodesIn(node["arguments"])[0]) };
    default:
      return undefined;
  }
}

function exportsDefaultByName(node: Node): boolean {
  return node.type === "ExportSpecifier" && nameIn(node["exported"]) === "default";
}

function dangerOf(node: Node): string | undefined {
  if (node.type === "Property" && nameIn(node["key"]) === "shell") {
    const value = node["value"];
    return isNode(value) && value.type === "Literal" && value["value"] === false ? undefined : "shell: …";
  }
  if (node.type !== "CallExpression" && node.type !== "NewExpression") return undefined;
  const callee = nameIn(node["callee"]);
  return callee === "eval" || callee === "Function" ? `${callee}(…)` : undefined;
}

const objectsWithForbiddenMembers: ReadonlySet<string> = new Set(["Math", "AbortSignal"]);

/** The free name that a node uses as a value. The object of `Math.floor` is named with its member, not by itself. */
function nameOf(node: Node): string[] {
  if (node.type === "Identifier" && typeof node["name"] === "string") return [node["name"]];
  if (node.type !== "MemberExpression") return [];
  const object = nameIn(node["object"]);
  if (object === undefined || !objectsWithForbiddenMembers.has(object)) return [];
  const computed = node["computed"] === true;
  const member = computed ? textOf(node["property"]) : nameIn(node["property"]);
  return [`${object}.${member ?? "*"}`];
}

/** `x` in `a.x`, `{ x: 1 }`, `import { x as y }` is a label and no reference. */
function isNameOfProperty(node: Node, key: string): boolean {
  switch (node.type) {
    case "MemberExpression":
      if (key === "object") return objectsWithForbiddenMembers.has(nameIn(node["object"]) ?? "");
      return key === "property" && node["computed"] !== true;
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
    case "AccessorProperty":
      return key === "key" && node["computed"] !== true;
    case "ImportSpecifier":
      return key === "imported";
    case "ExportSpecifier":
      return key === "exported";
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return key === "label";
    default:
      return false;
  }
}

const valueNodesOfTypeScript: ReadonlySet<string> = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
  "TSParameterProperty",
  "TSEnumDeclaration",
  "TSEnumBody",
  "TSEnumMember",
  "TSModuleDeclaration",
  "TSModuleBlock",
  "TSExportAssignment",
  "TSImportEqualsDeclaration",
]);

function isTypeNode(type: string): boolean {
  return type.startsWith("TS") && !valueNodesOfTypeScript.has(type);
}

function isExport(statement: Node): boolean {
  return statement.type === "ExportNamedDeclaration" || statement.type === "ExportAllDeclaration";
}

function isHandingOn(statement: Node): boolean {
  if (statement.type === "ImportDeclaration" || statement.type === "ExportAllDeclaration") return true;
  return statement.type === "ExportNamedDeclaration" && !isNode(statement["declaration"]);
}

function passedOn(statements: readonly Node[]): string[] {
  const origin = new Map<string, string>();
  for (const statement of statements) {
    const specifier = statement.type === "ImportDeclaration" ? textOf(statement["source"]) : undefined;
    if (specifier === undefined) continue;
    for (const entry of nodesIn(statement["specifiers"])) origin.set(nameIn(entry["local"]) ?? "", specifier);
  }
  return statements
    .filter((statement) => statement.type === "ExportNamedDeclaration" && !isNode(statement["source"]))
    .flatMap((statement) => nodesIn(statement["specifiers"]))
    .flatMap((entry) => origin.get(nameIn(entry["local"]) ?? "") ?? []);
}
