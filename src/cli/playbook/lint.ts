import { nodeHash } from "../../platform/hash.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit } from "../exit.ts";
import { fileOperand, readNamed, withFollowers } from "./files.ts";
import { lintReports, sayReport } from "./lint-report.ts";
import { catalogueOf } from "./own-catalogue.ts";

export const lint: Command = {
  name: "lint",
  summary: "Check playbook files as the engine does when it loads them, without an engine",
  operands: [fileOperand],
  notes: [
    "Says what is wrong with its place and what to change, or what the playbook may do and whether it carries tests.",
    "Tests beside a playbook (`ID.tests.json`) are read with it. Exits with 1 when a file is refused.",
  ],
  examples: ["aios playbook lint playbooks", "aios playbook lint my-playbook.json --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const files = await readNamed(call);
  const [catalogue, { compileRules }] = await Promise.all([
    catalogueOf(call),
    import("../../domain/playbook/rules.ts"),
  ]);
  const reports = lintReports(
    files,
    compileRules(await withFollowers(files), { catalogue, hash: nodeHash }),
    catalogue,
  );
  const ok = reports.every((report) => report.ok);
  tell(call, { ok, files: reports }, () => reports.map((report) => sayReport(report, call.terminal.paint)).join("\n"));
  return ok ? exit.done : exit.failed;
}
