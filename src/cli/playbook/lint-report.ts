import type { Catalogue } from "../../domain/playbook/catalogue.ts";
import { effectiveGrants } from "../../domain/playbook/plan.ts";
import { rank } from "../../domain/playbook/risk.ts";
import type { PlaybookFile, Refusal, Rule, RuleSet } from "../../domain/playbook/rules.ts";
import { NO_CHECK } from "../../domain/playbook/schema.ts";
import type { Risk } from "../../events/vocabulary.ts";
import type { Fault } from "../../kernel/errors.ts";
import { type Place, readJsonText } from "../json-text.ts";
import { bullets, details } from "../table.ts";
import { type Paint, plain } from "../terminal.ts";

/** What was found about one file. */
export type LintReport =
  | { readonly file: string; readonly ok: false; readonly id?: string; readonly faults: readonly PlacedFault[] }
  | {
      readonly file: string;
      readonly ok: true;
      readonly id: string;
      readonly listensTo: string;
      readonly actions: readonly { readonly type: string; readonly risk: Risk; readonly reversible: boolean }[];
      /** The worst of its own and its actions'; a plan can only raise it. */
      readonly risk: Risk;
      readonly grants: readonly string[];
      readonly check: string;
      readonly next?: string;
      readonly tests: number;
      readonly notes: readonly string[];
    };

type PlacedFault = Fault & Partial<Place>;

export function lintReports(files: readonly PlaybookFile[], rules: RuleSet, catalogue: Catalogue): LintReport[] {
  return files.map((file) => {
    const refusal = rules.refused.find((one) => one.file === file.file);
    if (refusal !== undefined) return refused(file, refusal);
    const rule = rules.rules.find((one) => one.file === file.file);
    return rule === undefined ? refused(file, { file: file.file, faults: [], reason: "" }) : accepted(rule, catalogue);
  });
}

function refused({ file, text }: PlaybookFile, { id, faults }: Refusal): LintReport {
  const read = readJsonText(text);
  // What JSON.parse says about broken text depends on Node; the place is ours.
  if (read.kind === "broken" && !faults.some(({ message }) => message.includes("byte order mark")))
    return { file, ok: false, faults: [{ path: "", message: `not JSON: ${read.expected}`, ...read.place }] };
  const placed = faults.map((fault): PlacedFault => ({ ...fault, ...placeOf(read, fault.path) }));
  return { file, ok: false, ...(id === undefined ? {} : { id }), faults: placed };
}

/** Where a path such as `actions[0].type` stands; of a member that is missing, where its owner stands. */
function placeOf(read: ReturnType<typeof readJsonText>, path: string): Place | undefined {
  if (read.kind === "broken" || path.startsWith("(")) return undefined;
  const parts = path.replaceAll(/\[(\d+)\]/g, ".$1").split(".");
  for (let length = parts.length; length > 0; length--) {
    const place = read.places.get(parts.slice(0, length).join("."));
    if (place !== undefined) return place;
  }
  return undefined;
}

function accepted({ playbook, file }: Rule, catalogue: Catalogue): LintReport {
  const actions = playbook.actions.map(({ type }) => {
    const { risk = "low", reversible = false } = catalogue.actions.get(type) ?? {};
    return { type, risk, reversible };
  });
  const risks: readonly Risk[] = [playbook.risk, ...actions.map(({ risk }) => risk)];
  const risk = risks.reduce((worst, one) => (rank(one) > rank(worst) ? one : worst));
  const tests = playbook.tests.length;
  const check = playbook.validation.check;
  return {
    file,
    ok: true,
    id: playbook.id,
    listensTo: playbook.trigger.eventType,
    actions,
    risk,
    grants: effectiveGrants(playbook, catalogue),
    check,
    ...(playbook.next === undefined ? {} : { next: playbook.next }),
    tests,
    notes: [
      ...(tests === 0 ? ["It carries no tests: each run asks a person."] : []),
      ...(risk === "low"
        ? []
        : [`Its risk is ${risk}: ${risk === "forbidden" ? "it never runs" : "each run asks a person"}.`]),
      ...(check === NO_CHECK ? ["It checks nothing afterwards: its runs stay unverified and teach nothing."] : []),
      ...(playbook.enabled ? [] : ["It is disabled until `aios playbook enable` enables it."]),
    ],
  };
}

export function sayReport(report: LintReport, paint: Paint): string {
  const head = `${plain(report.file)}: ${report.ok ? paint("green", "valid") : paint("red", "refused")}\n`;
  if (!report.ok) return `${head}${bullets(report.faults.map(sayFault))}`;
  const says = details(
    [
      ["  playbook", report.id],
      ["  listens to", report.listensTo],
      ["  may do", report.actions.map(sayAction).join("\n")],
      ["  grants", report.grants.length === 0 ? "none" : report.grants.join(", ")],
      ["  checks", report.check],
      ["  if no help", report.next],
      ["  risk", `${report.risk}; what it touches can raise it`],
      ["  tests", report.tests],
    ],
    paint,
  );
  return `${head}${says}${bullets(report.notes)}`;
}

function sayAction({ type, risk, reversible }: { type: string; risk: Risk; reversible: boolean }): string {
  return `${type} (${risk}${reversible ? ", can be undone" : ""})`;
}

function sayFault({ path, message, line, column }: PlacedFault): string {
  const place = line === undefined || column === undefined ? "" : `${line}:${column} `;
  return `${place}${path === "" ? message : `${path}: ${message}`}`;
}
