import { table } from "./print.mjs";

const NONE = "—";
const titles = { runaway: "runaway", missing: "missing input", hang: "hang", upstream: "upstream" };

const seconds = (ms) => (ms === null ? NONE : `${(ms / 1_000).toFixed(1)} s`);

/** The summary as people read it; every value is the folded journal's. */
export function summaryLines(summary) {
  const headings = ["fault", "outcome", "seen", "fixed", "playbook", "lesson", "score"];
  const rows = summary.faults.map((fault) => [
    titles[fault.name] ?? fault.name,
    outcomeOf(fault),
    seconds(fault.detectMs),
    seconds(fault.fixMs),
    fault.playbook ?? NONE,
    fault.lesson?.level ?? NONE,
    `${known(fault.scoreBefore)} → ${known(fault.scoreAfter)}`,
  ]);
  const legend = "seen, fixed: from the fault's beginning to its detection, and to the first verified fix";
  return [...table(headings, rows), legend, "", ...summary.faults.flatMap(notesOf), ...wholeOf(summary)];
}

function outcomeOf({ outcome, counts, contained, rollback, suppressed }) {
  if (outcome === "contained") return `contained ×${contained}`;
  if (outcome === "suppressed") return `nothing done: ${Object.keys(suppressed).join(", ")}`;
  if (outcome === "not_mended" || outcome === "not_seen") return outcome.replace("_", " ");
  const times = counts[outcome] > 1 ? ` ×${counts[outcome]}` : "";
  return `${outcome}${times}${rollback === null || rollback === "none" ? "" : `, ${rollback}`}`;
}

/** A score that cannot be known yet is said so, in the notes below the table. */
function known(score) {
  return score === null || score.score === null ? NONE : score.score.toFixed(2);
}

function notesOf(fault) {
  const notes = [];
  if (fault.byLesson > 0) {
    notes.push(
      `${fault.byLesson} of ${fault.counts.fixed} fixes were chosen by the lesson, ` +
        `${seconds(fault.byLessonMs)} each from failure to verified fix (median)`,
    );
  }
  if (fault.lesson !== null) {
    const { levels, fixes, targets } = fault.lesson;
    const proof = fixes === 0 ? "no verified fix" : `${fixes} verified fixes on ${targets} targets`;
    notes.push(`lesson: ${levels.join(" → ")}; ${proof}`);
  }
  if (fault.breaker.opened > 0) {
    const now = fault.breaker.closedAgain ? "closed again" : `still ${fault.breaker.breaker.replace("_", "-")}`;
    notes.push(`breaker of ${fault.agentId}: opened ${fault.breaker.opened} ×, ${now}`);
  }
  const forPerson = fault.incidents.filter((incident) => incident.needsPerson).length;
  if (forPerson > 0) notes.push(`${forPerson} ${forPerson === 1 ? "incident waits" : "incidents wait"} for a person`);
  return notes.length === 0 ? [] : [titles[fault.name] ?? fault.name, ...notes.map((note) => `  ${note}`), ""];
}

function wholeOf({ score, tasks, paused, lastSequence, durationMs }) {
  const counts = Object.entries(tasks).map(([state, count]) => `${count} ${state}`);
  return [
    `tasks: ${counts.join(", ")}; ${lastSequence} events in ${seconds(durationMs)}`,
    ...(score === null ? ["score: not enough data"] : sayScore(score)),
    ...(paused ? ["The reactor is paused: nothing was mended, a hang was only contained."] : []),
  ];
}

/** The score, and each of its terms with what it was computed from, in the engine's own words. */
function sayScore({ score, grade, why }) {
  return [
    `score: ${score === null ? "not enough data" : `${score.toFixed(3)}, ${grade}`}`,
    ...why.map((text) => `  ${text}`),
  ];
}
