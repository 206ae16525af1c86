/*
 * What a run must come to in each mode. The demo ends with a failure when one of these does not hold: it is a check of the
 * engine, not a film.
 */

/**
 * @param {import("./summary.mjs").Summary} summary
 * @param {{paused: boolean, sabotage: readonly string[]}} mode
 * @returns {{ok: boolean, text: string}[]}
 */
export function judge(summary, { paused, sabotage }) {
  return summary.faults.flatMap((fault) => {
    const all = demands(fault, paused ? "paused" : sabotage.includes(fault.name) ? "sabotaged" : "mended");
    return all.map(([text, ok]) => ({ ok, text: `${fault.name}: ${text}` }));
  });
}

/**
 * @param {import("./summary.mjs").FaultSummary} fault
 * @returns {[string, boolean][]}
 */
function demands(fault, mode) {
  const seen = /** @type {[string, boolean]} */ (["is detected", fault.detectMs !== null]);
  if (fault.name === "hang") return [seen, ...demandsOfHang(fault, mode)];
  if (mode === "paused") return [seen, ["nothing acts while the reactor is paused", actingRuns(fault).length === 0]];
  if (fault.name === "upstream" || mode === "sabotaged") return [seen, ...demandsOfNotFixed(fault)];
  if (fault.name === "missing") return [seen, ...demandsOfMissing(fault)];
  return [seen, ["is fixed, and the fix is verified", fault.outcome === "fixed"]];
}

function demandsOfHang(fault, mode) {
  return [
    ["is only contained: no playbook claims a fix", fault.outcome === "contained"],
    ["three hangs open the breaker", fault.breaker.opened > 0],
    mode === "sabotaged"
      ? ["the breaker stays open while the cause lasts", !fault.breaker.closedAgain]
      : ["a probe that succeeds closes the breaker", fault.breaker.closedAgain],
  ];
}

function demandsOfMissing(fault) {
  return [
    ["is fixed, and the fix is verified", fault.outcome === "fixed"],
    ["five verified fixes on five files", fault.counts.fixed === 5 && fault.lesson?.targets === 5],
    ["the lesson chose the remedy for the later ones", fault.byLesson >= 3],
    ["the lesson is hardened", fault.lesson?.level === "hardened"],
    ["the verified remedy closed the breaker", fault.breaker.opened > 0 && fault.breaker.closedAgain],
  ];
}

function demandsOfNotFixed(fault) {
  const runs = actingRuns(fault);
  const undoable = fault.name !== "runaway";
  return [
    ["a remedy was tried", runs.length > 0],
    ["no run ends fixed", runs.every((run) => run.outcome === "not_fixed")],
    ["no lesson is promoted", (fault.lesson?.levels ?? []).every((level) => level === "draft")],
    ...(undoable ? [["what was changed is rolled back", runs.every((run) => run.rollback === "rolled_back")]] : []),
    ["an incident goes to a person", fault.incidents.some((incident) => incident.needsPerson)],
    ["the score does not rise", runs.every((run) => !isHigher(run.scoreAtSettled, run.scoreAtTrigger))],
  ];
}

function actingRuns(fault) {
  return fault.runs.filter((run) => ["fixed", "not_fixed", "unverified", "relapsed"].includes(run.outcome));
}

/** A score that is not known yet is not higher. */
function isHigher(after, before) {
  return after !== null && before !== null && after > before;
}
