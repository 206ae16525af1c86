import type { Catalogue } from "../../domain/playbook/catalogue.ts";
import { effectiveGrants } from "../../domain/playbook/plan.ts";
import { rank } from "../../domain/playbook/risk.ts";
import type { PlaybookFile, Refusal, Rule, RuleSet } from "../../domain/playbook/rules.ts";
import { NO_CHECK, type Playbook } from "../../domain/playbook/schema.ts";
import { unfinished } from "../../domain/playbook/unfinished.ts";
import type { Risk } from "../../events/vocabulary.ts";
import type { Fault } from "../../kernel/errors.ts";
import { type Place, readJsonText } from "../json-text.ts";
import { bullets, details, section } from "../table.ts";
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
      /** What a person still has to fill in before it can act; only of a draft. */
      readonly unfinished?: readonly PlacedFault[];
    };

type PlacedFault = Fault & Partial<Place>;

export function lintReports(files: readonly PlaybookFile[], rules: RuleSet, catalogue: Catalogue): LintReport[] {
  return files.map((file) => {
    const refusal = rules.refused.find((one) => one.file === file.file);
    if (refusal !== undefined) return refused(file, refusal);
    const rule = ruleOf(rules, file.file);
    if (rule === undefined) return refused(file, { file: file.file, faults: [], reason: "" });
    const report = accepted(rule, catalogue);
    const left = unfinished(rule.playbook, catalogue);
    return left.length === 0 ? report : { ...report, unfinished: placed(readJsonText(file.text), left) };
  });
}

/** The playbook of a file, finished or not. */
export function ruleOf({ rules, drafts }: RuleSet, file: string): Rule | undefined {
  return [...rules, ...drafts].find((one) => one.file === file);
}

function refused({ file, text }: PlaybookFile, { id, faults }: Refusal): LintReport {
  const read = readJsonText(text);
  // What JSON.parse says about broken text depends on Node; the place is ours.
  if (read.kind === "broken" && !faults.some(({ message }) => message.includes("byte order mark")))
    return { file, ok: false, faults: [{ path: "", message: `not JSON: ${read.expected}`, ...read.place }] };
  return { file, ok: false, ...(id === undefined ? {} : { id }), faults: placed(read, faults) };
}

function placed(read: ReturnType<typeof readJsonText>, faults: readonly Fault[]): readonly PlacedFault[] {
  return faults.map((fault) => ({ ...fault, ...placeOf(read, fault.path) }));
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

function accepted({ playbook, file }: Rule, catalogue: Catalogue): Extract<LintReport, { ok: true }> {
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
    notes: notesOn(playbook, risk),
  };
}

function notesOn({ tests, validation, enabled, draft }: Playbook, risk: Risk): readonly string[] {
  // Of a draft is said what is missing.
  if (draft === true) return [];
  return [
    ...(tests.length === 0 ? ["It carries no tests: each run asks a person."] : []),
    ...(risk === "low"
      ? []
      : [`Its risk is ${risk}: ${risk === "forbidden" ? "it never runs" : "each run asks a person"}.`]),
    ...(validation.check === NO_CHECK
      ? ["It checks nothing afterwards: its runs stay unverified and teach nothing."]
      : []),
    ...(enabled ? [] : ["It is disabled until `aios playbook enable` enables it."]),
  ];
}

export function sayReport(report: LintReport, paint: Paint): string {
  const verdict = report.ok ? sayValid(report, paint) : paint("red", "refused");
  const head = `${plain(report.file)}: ${verdict}\n`;
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
  const { unfinished: left = [] } = report;
  return `${head}${says}${bullets(report.notes)}${section("Fill in", bullets(left.map(sayFault)), paint)}`;
}

function sayValid({ unfinished: left = [] }: Extract<LintReport, { ok: true }>, paint: Paint): string {
  return left.length === 0 ? paint("green", "valid") : paint("yellow", "a draft, which never acts");
}

function sayAction({ type, risk, reversible }: { type: string; risk: Risk; reversible: boolean }): string {
  return `${type} (${risk}${reversible ? ", can be undone" : ""})`;
}

function sayFault({ path, message, line, column }: PlacedFault): string {
  const place = line === undefined || column === undefined ? "" : `${line}:${column} `;
  return `${place}${path === "" ? message : `${path}: ${message}`}`;
}
