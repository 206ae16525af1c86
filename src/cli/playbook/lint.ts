import path from "node:path";
import type { PlaybookFile } from "../../domain/playbook/rules.ts";
import { nodeFiles } from "../../platform/files.ts";
import { nodeHash } from "../../platform/hash.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit, UsageError } from "../exit.ts";
import { readInputFile } from "../input.ts";
import { lintReports, sayReport } from "./lint-report.ts";

export const lint: Command = {
  name: "lint",
  summary: "Check playbook files as the engine does when it loads them, without an engine",
  operands: [{ name: "FILE", says: "a playbook, or a folder of playbooks", many: true }],
  notes: [
    "Says what is wrong with its place and what to change, or what the playbook may do and whether it carries tests.",
    "Tests beside a playbook (`ID.tests.json`) are read with it. Exits with 1 when a file is refused.",
  ],
  examples: ["aios playbook lint playbooks", "aios playbook lint my-playbook.json --json"],
  run,
};

const SIDECAR = ".tests.json";

async function run(call: Call): Promise<number> {
  const named = await Promise.all(call.given.operands("FILE").map((name) => filesOf(path.resolve(call.cwd, name))));
  const files = await Promise.all([...new Set(named.flat())].map(readPlaybook));
  const [{ catalogue }, { compileRules }] = await Promise.all([
    import("../../actions/index.ts"),
    import("../../domain/playbook/rules.ts"),
  ]);
  const reports = lintReports(files, compileRules(files, { catalogue, hash: nodeHash }), catalogue);
  const ok = reports.every((report) => report.ok);
  tell(call, { ok, files: reports }, () => reports.map((report) => sayReport(report, call.terminal.paint)).join("\n"));
  return ok ? exit.done : exit.failed;
}

async function filesOf(file: string): Promise<readonly string[]> {
  const facts = await nodeFiles.stat(file);
  if (facts?.kind !== "directory") return [file];
  const names = (await nodeFiles.list(file)).filter((name) => name.endsWith(".json") && !name.endsWith(SIDECAR));
  if (names.length === 0) throw new UsageError(`there is no playbook in ${file}`);
  return names.sort().map((name) => path.join(file, name));
}

async function readPlaybook(file: string): Promise<PlaybookFile> {
  const text = await readInputFile(file);
  const tests = await nodeFiles.readText(file.replace(/\.json$/, SIDECAR));
  return { file, text, ...(tests === undefined || !file.endsWith(".json") ? {} : { tests }) };
}
