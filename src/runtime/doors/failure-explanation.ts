import type { FailureRow } from "../../actors/views/failures.ts";
import { RULE_VERSION } from "../../domain/fingerprint/fingerprint.ts";
import { reasonsOf, shortened } from "../../domain/fingerprint/reasons.ts";
import type { Column, Opening } from "../../domain/fingerprint/slots.ts";
import type { Beside, Standing } from "../../domain/fingerprint/standing.ts";
import type { FailureExplanation } from "../../http/shapes/failure-explanation.ts";
import type { Runtime } from "../../runtime.ts";

/** Masked values of a message that are listed. */
const MOST_VALUES = 100;

/** Why a failure that was recognised is the failure that it is; `undefined` when there is none of that fingerprint. */
export function explainFailure({ views, identity }: Runtime, fingerprint: string): FailureExplanation | undefined {
  const row = views.failures.get(fingerprint);
  if (row === undefined) return undefined;
  const id = row.fingerprint;
  const standing = identity.standing(id);
  return {
    ...knownOf(row),
    fingerprint: id,
    seen: true,
    template: identity.shown(id) ?? row.template,
    rules: RULE_VERSION,
    ...evidenceOf(standing, identity.openings(id)),
    frames: [...new Set((row.places ?? []).flatMap(({ frames }) => frames))],
  };
}

/** Which failure a message is, or would be, and why. Nothing is learned from it. */
export function explainMessage({ views, identity }: Runtime, message: string): FailureExplanation {
  const { template, words, values, frames, ...standing } = identity.explain(message);
  const id = identity.resolve(standing.id);
  const row = views.failures.get(id);
  return {
    ...knownOf(row),
    fingerprint: id,
    seen: standing.isSeen,
    template: identity.shown(id) ?? template,
    rules: RULE_VERSION,
    ...evidenceOf(standing, identity.openings(id)),
    frames: [...frames],
    message: {
      template,
      words: words.map(shortened),
      values: values.slice(0, MOST_VALUES).map(({ as, text }) => ({ as, text: shortened(text) })),
    },
  };
}

function knownOf(row: FailureRow | undefined) {
  return {
    tasks: row?.tasks ?? 0,
    attempts: row?.attempts ?? 0,
    aliases: [...(row?.aliases ?? [])],
    lesson: row?.lesson,
    remedy: row?.remedy,
  };
}

function evidenceOf(standing: Standing | undefined, openings: readonly Opening[]) {
  const beside = standing?.beside ?? [];
  return {
    joined: openings.map((opening) => ({ ...placesOf(opening), fingerprints: [] })),
    apart: beside.filter(({ varies }) => !varies).map((one) => ({ ...placesOf(one), fingerprints: [...one.others] })),
    why: [...reasonsOf(standing, openings)],
  };
}

function placesOf({ template, need, columns }: Pick<Beside, "template" | "need" | "columns">) {
  return {
    template: template.map(shortened).join(" "),
    need: Number.isFinite(need) ? need : null,
    places: columns.map(placeOf),
  };
}

function placeOf({ position, values, evidence }: Column) {
  return {
    word: position + 1,
    evidence,
    values: values.map(({ word, points }) => ({ text: shortened(word), points })),
  };
}
