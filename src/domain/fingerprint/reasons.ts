import { STAR } from "./points.ts";
import type { Column, Opening } from "./slots.ts";
import type { Beside, Standing } from "./standing.ts";

/** Values that a sentence names at one place, and columns of the screen that one may take. */
const MOST_NAMED = 12;
const LONGEST = 48;

/** A word as it may be shown: it is a part of somebody's message, and may be as long as that. */
export function shortened(word: string): string {
  return word.length > LONGEST ? `${word.slice(0, LONGEST)}…` : word;
}

/** In sentences: why a failure is one although its words differ, and why it is one of its own beside others that are near. */
export function reasonsOf(standing: Standing | undefined, openings: readonly Opening[]): readonly string[] {
  return [...openings.map(joinedBecause), ...(standing === undefined ? [] : ownBecause(standing, openings.length > 0))];
}

function joinedBecause({ template, need, columns }: Opening): string {
  const places = columns.map(({ position, values, evidence }) => {
    const these = values.length === 1 ? "this word" : `these ${values.length}`;
    return `at word ${position + 1} ${these} stood: ${named(values)} (evidence ${evidence}, needed ${need})`;
  });
  return `"${template.map(shortened).join(" ")}" is one failure: ${places.join("; ")}`;
}

function ownBecause({ beside, isComparable, isSeen }: Standing, isJoined: boolean): readonly string[] {
  if (!isComparable) return ["So short or long a message is one failure only with messages of the very same words"];
  const joins = beside.filter(({ varies }) => varies);
  const apart = beside.filter(({ varies }) => !varies);
  if (joins.length > 0 && !isSeen) {
    const [first] = joins;
    return [`These words were not seen yet; they would join "${first?.template.map(shortened).join(" ")}"`];
  }
  if (apart.length > 0) return apart.map(apartBecause);
  if (isJoined || joins.length > 0) return [];
  return ["No other message is equal to it but for one place, so nothing says that any of its words varies"];
}

/** Every place has to vary: those that do not are why; where all do, too few messages say so. */
function apartBecause({ template, need, columns }: Beside): string {
  const short = columns.filter(({ evidence }) => evidence < need);
  const places = (short.length === 0 ? columns : short).map(({ position, values, evidence }) => {
    const verb = evidence === 0 ? ", where what could not be done tells failures apart" : "";
    return `at word ${position + 1} stood ${named(values)}${verb} (evidence ${evidence}, needed ${need})`;
  });
  const why = Number.isFinite(need) ? places.join("; ") : "nothing would be left to say which failure it is";
  return `Kept apart from what is equal to it otherwise, "${template.map(shortened).join(" ")}": ${why}`;
}

function named(values: Column["values"]): string {
  const some = values.slice(0, MOST_NAMED).map(({ word }) => (word === STAR ? "a masked value" : shortened(word)));
  const more = values.length - some.length;
  return some.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
