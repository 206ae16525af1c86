import type { Tried } from "../../domain/playbook/examples.ts";
import { nodeHash } from "../../platform/hash.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit } from "../exit.ts";
import { type Paint, plain } from "../terminal.ts";
import { fileOperand, readNamed, withFollowers } from "./files.ts";
import { type LintReport, lintReports, ruleOf, sayReport } from "./lint-report.ts";
import { catalogueOf } from "./own-catalogue.ts";

export const test: Command = {
  name: "test",
  summary: "Try the tests that playbooks carry, without an engine",
  operands: [fileOperand],
  notes: [
    "Each test is an event that must match or must not, with the facts and the events before it that it names.",
    "Exits with 1 when a test fails, a file is refused, or a playbook carries no tests.",
  ],
  examples: ["aios playbook test playbooks", "aios playbook test my-playbook.json --json"],
  run,
};

type Report =
  | Extract<LintReport, { ok: false }>
  | { readonly file: string; readonly ok: boolean; readonly id: string; readonly tests: readonly Tried[] };

async function run(call: Call): Promise<number> {
  const files = await readNamed(call);
  const [catalogue, { compileRules }] = await Promise.all([
    catalogueOf(call),
    import("../../domain/playbook/rules.ts"),
  ]);
  const rules = compileRules(await withFollowers(files), { catalogue, hash: nodeHash, tests: "apart" });
  const reports = lintReports(files, rules, catalogue).map((report): Report => {
    const rule = ruleOf(rules, report.file);
    if (!report.ok || rule === undefined) return report as Extract<LintReport, { ok: false }>;
    const tests = rule.tryTests();
    return { file: report.file, ok: tests.length > 0 && tests.every(({ ok }) => ok), id: report.id, tests };
  });
  const tried = reports.flatMap((report) => ("tests" in report ? report.tests : []));
  const passed = tried.filter(({ ok }) => ok).length;
  const ok = reports.every((report) => report.ok);
  tell(call, { ok, passed, failed: tried.length - passed, files: reports }, () => {
    const said = reports.map((report) => sayTests(report, call.terminal.paint)).join("\n");
    return `${said}\n${passed} passed, ${tried.length - passed} failed\n`;
  });
  return ok ? exit.done : exit.failed;
}

function sayTests(report: Report, paint: Paint): string {
  if (!("tests" in report)) return sayReport(report, paint);
  const head = paint("bold", plain(report.id));
  if (report.tests.length === 0)
    return `${head}\n  ${paint("yellow", "carries no tests: every run waits for a person")}\n`;
  const lines = report.tests.map(({ ok, name, expected, says }) =>
    ok
      ? `  ${paint("green", "passed")}  ${plain(name)} (${expected.replace("_", " ")})`
      : `  ${paint("red", "failed")}  ${plain(says)}`,
  );
  return `${head}\n${lines.join("\n")}\n`;
}
