import { compileTopic } from "../../events/topic.ts";
import type { Fault } from "../../kernel/errors.ts";
import { canonical, type Hash } from "../../kernel/hash.ts";
import type { Catalogue } from "./catalogue.ts";
import { judgeChains } from "./chain.ts";
import { type Tried, tryExamples } from "./examples.ts";
import type { MatchFacts } from "./facts.ts";
import { withPlaces } from "./grants.ts";
import { judgePlaybook } from "./judge.ts";
import { judgeLoops } from "./loops.ts";
import { compileCondition, sayComparison } from "./match.ts";
import type { Comparison } from "./matcher.ts";
import type { Verdict } from "./operators.ts";
import { parsePlaybookFile } from "./parse.ts";
import { type Indexed, indexRules } from "./rule-index.ts";
import type { Playbook } from "./schema.ts";
import { SharedLeaves } from "./shared-leaves.ts";

/** A playbook's text and, where there is one, its sidecar `ID.tests.json`. */
export interface PlaybookFile {
  readonly file: string;
  readonly text: string;
  readonly tests?: string;
}

/** A playbook that is not used: which file, where in it, what to change. */
export interface Refusal {
  readonly file: string;
  readonly id?: string;
  readonly faults: readonly Fault[];
  /** All faults in one line. */
  readonly reason: string;
}

export interface Rule {
  readonly playbook: Playbook;
  readonly file: string;
  readonly hash: string;
  /** Whether the trigger listens to this event type. */
  listens(type: string): boolean;
  /** True only when type and conditions hold for certain. */
  matches(facts: MatchFacts): boolean;
  explain(facts: MatchFacts): Explanation;
  /** The playbook's own tests, tried on it. */
  tryTests(): readonly Tried[];
}

/** Why a playbook matches or does not, from the very code that matches. */
export interface Explanation {
  readonly playbookId: string;
  readonly matched: boolean;
  /** `null`: a value it asks for was missing. */
  readonly verdict: Verdict;
  readonly comparisons: readonly Comparison[];
  readonly why: readonly string[];
}

/** A rule set is a value: it is swapped whole. */
export interface RuleSet {
  /** The actions and checks in whose light it was judged. */
  readonly catalogue: Catalogue;
  /** What it was compiled from. */
  readonly files: readonly PlaybookFile[];
  readonly rules: readonly Rule[];
  readonly refused: readonly Refusal[];
  /** Read and judged, and not finished: nothing calls them, and no id finds them. */
  readonly drafts: readonly Rule[];
  /**
   * Enabled and disabled rules that may match, in order of their ids: all that do, and few more. See `indexRules`.
   */
  readonly candidates: (event: Indexed) => readonly Rule[];
  readonly find: (id: string) => Rule | undefined;
}

export interface RuleDeps {
  readonly catalogue: Catalogue;
  readonly hash: Hash;
  /** What the grant `VERB:watched` stands for; nothing unless told. */
  readonly places?: Readonly<Record<string, readonly string[]>>;
  /** Whether a playbook whose own tests fail is refused (the usual), or its tests are somebody else's business. */
  readonly tests?: "must pass" | "apart";
}

/** Reads and judges every file by itself: a bad one is refused with its reason, and the others load. */
export function compileRules(files: readonly PlaybookFile[], deps: RuleDeps): RuleSet {
  const byId = new Map<string, Rule>();
  const refused: Refusal[] = [];
  const leaves = new SharedLeaves();
  const drafts: Rule[] = [];
  for (const file of files) {
    const read = readRule(file, deps, leaves);
    if (read.kind === "refused") refused.push(read.refusal);
    else if (read.rule.playbook.draft === true) drafts.push(read.rule);
    else {
      const { rule } = read;
      const { id } = rule.playbook;
      const other = byId.get(id);
      if (other === undefined) byId.set(id, rule);
      else refused.push(refusal(file.file, [{ path: "id", message: `"${id}" is also the id of ${other.file}` }], id));
    }
  }
  const refuse = (id: string, fault: Fault) => {
    refused.push(refusal(byId.get(id)?.file ?? "", [fault], id));
    byId.delete(id);
  };
  for (const [id, fault] of judgeLoops(byId, deps.catalogue)) refuse(id, fault);
  const ids = new Set(refused.flatMap(({ id }) => (id === undefined || byId.has(id) ? [] : [id])));
  for (const [id, fault] of judgeChains(playbooksOf(byId), ids)) refuse(id, fault);
  const rules = [...byId.values()].sort((a, b) => (a.playbook.id < b.playbook.id ? -1 : 1));
  return {
    catalogue: deps.catalogue,
    files,
    rules,
    refused,
    drafts,
    find: (id) => byId.get(id),
    candidates: indexRules(rules),
  };
}

function playbooksOf(rules: ReadonlyMap<string, Rule>): ReadonlyMap<string, Playbook> {
  return new Map([...rules].map(([id, { playbook }]) => [id, playbook]));
}

function readRule(
  file: PlaybookFile,
  deps: RuleDeps,
  leaves: SharedLeaves,
): { readonly kind: "rule"; readonly rule: Rule } | { readonly kind: "refused"; readonly refusal: Refusal } {
  const parsed = parsePlaybookFile(file);
  if (parsed.kind === "bad") return { kind: "refused", refusal: refusal(file.file, parsed.faults) };
  const { places } = deps;
  const playbook =
    places === undefined ? parsed.playbook : { ...parsed.playbook, grants: withPlaces(parsed.playbook.grants, places) };
  const rule = compileRule(playbook, file.file, deps.hash, leaves);
  const faults = [...judgePlaybook(playbook, deps.catalogue), ...(deps.tests === "apart" ? [] : failedExamples(rule))];
  if (faults.length > 0) return { kind: "refused", refusal: refusal(file.file, faults, playbook.id) };
  return { kind: "rule", rule };
}

/** Compiles one playbook that was already judged. */
export function compileRule(playbook: Playbook, file: string, hash: Hash, leaves = new SharedLeaves()): Rule {
  const listens = compileTopic(playbook.trigger.eventType);
  const decide = compileCondition(playbook.trigger.condition, leaves);
  const { tests: _, enabled: __, ...acting } = playbook;
  const rule: Rule = {
    playbook,
    file,
    hash: hash.sha256(canonical(acting)),
    listens,
    matches: (facts) => listens(facts.event.type) && decide(facts) === true,
    explain(facts) {
      if (!listens(facts.event.type)) {
        const why = [`event.type is ${facts.event.type}; it listens to ${playbook.trigger.eventType}`];
        return { playbookId: playbook.id, matched: false, verdict: false, comparisons: [], why };
      }
      const comparisons: Comparison[] = [];
      const verdict = decide(facts, (comparison) => comparisons.push(comparison));
      const matched = verdict === true;
      const telling = comparisons.filter((comparison) => comparison.helps === matched);
      const why = telling.length > 0 ? telling.map(sayComparison) : [`it listens to ${playbook.trigger.eventType}`];
      return { playbookId: playbook.id, matched, verdict, comparisons, why };
    },
    tryTests: () => tryExamples(playbook, (facts) => rule.explain(facts)),
  };
  return rule;
}

/** A playbook's own examples, tried on itself. */
function failedExamples(rule: Rule): readonly Fault[] {
  return rule.tryTests().flatMap(({ ok, says }, index) => (ok ? [] : [{ path: `tests[${index}]`, message: says }]));
}

function refusal(file: string, faults: readonly Fault[], id?: string): Refusal {
  const reason = faults.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ");
  return { file, ...(id === undefined ? {} : { id }), faults, reason };
}
