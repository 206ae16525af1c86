import type { PlaybookFile, Refusal, RuleSet } from "../domain/playbook/rules.ts";

/** What follows from files that changed. */
export type Adoption =
  | {
      readonly kind: "adopt";
      readonly rules: RuleSet;
      /** Files of which the version before stays in force, and why. */
      readonly kept: readonly Refusal[];
    }
  /** Together they cannot be: the whole set before stays in force. */
  | { readonly kind: "keep"; readonly refused: readonly Refusal[] };

type Compile = (files: readonly PlaybookFile[]) => RuleSet;

/**
 * Decides what of changed files is in force: a file that is bad keeps its version before, where that was in force, and the
 * others are adopted. A playbook that was in force is never refused because of somebody else's change; that change waits
 * instead.
 */
export function adoptionOf(files: readonly PlaybookFile[], old: RuleSet, compile: Compile): Adoption {
  const good = inForce(old);
  // Who was there first keeps a name that somebody else's file takes too.
  const ordered = [...files].sort((a, b) => Number(isSame(good, b)) - Number(isSame(good, a)));
  return eachByItself(ordered, good, compile) ?? oneAfterTheOther(ordered, good, compile);
}

type Good = ReadonlyMap<string, PlaybookFile>;

function inForce({ files, refused }: RuleSet): Good {
  const bad = new Set(refused.map(({ file }) => file));
  return new Map(files.flatMap((one) => (bad.has(one.file) ? [] : [[one.file, one]])));
}

function isSame(good: Good, { file, text, tests }: PlaybookFile): boolean {
  const before = good.get(file);
  return before !== undefined && before.text === text && before.tests === tests;
}

/** Bad files in their version before; `undefined` when one that was in force is refused all the same. */
function eachByItself(files: readonly PlaybookFile[], good: Good, compile: Compile): Adoption | undefined {
  const kept: Refusal[] = [];
  let tried = files;
  for (;;) {
    const rules = compile(tried);
    const reverted = rules.refused.filter(({ file }) => good.has(file) && !isSame(good, fileOf(tried, file)));
    if (reverted.length === 0)
      return rules.refused.some(({ file }) => good.has(file)) ? undefined : { kind: "adopt", rules, kept };
    kept.push(...reverted);
    tried = tried.map((one) => (reverted.some(({ file }) => file === one.file) ? (good.get(one.file) ?? one) : one));
  }
}

/** Changes one after the other upon what was in force: each that can be is taken, any other waits. */
function oneAfterTheOther(files: readonly PlaybookFile[], good: Good, compile: Compile): Adoption {
  let taken = files.flatMap(({ file }) => good.get(file) ?? []);
  let rules = compile(taken);
  // Something that others go on with was removed.
  if (rules.refused.length > 0) return { kind: "keep", refused: rules.refused };
  const kept: Refusal[] = [];
  const fresh: Refusal[] = [];
  for (const change of files.filter((one) => !isSame(good, one))) {
    const wanted = [...taken.filter(({ file }) => file !== change.file), change];
    const next = compile(wanted);
    const [against] = next.refused;
    if (against === undefined) {
      taken = wanted;
      rules = next;
    } else (good.has(change.file) ? kept : fresh).push(becauseOf(change.file, against));
  }
  return { kind: "adopt", rules: { ...rules, files: taken, refused: fresh }, kept };
}

/** Why a change waits: what is wrong with it, or what it would do to another file. */
function becauseOf(file: string, against: Refusal): Refusal {
  if (against.file === file) return against;
  const reason = `with it ${against.file} would be refused: ${against.reason}`;
  return { file, faults: [{ path: "", message: reason }], reason };
}

function fileOf(files: readonly PlaybookFile[], wanted: string): PlaybookFile {
  return files.find(({ file }) => file === wanted) ?? { file: wanted, text: "" };
}
