/**
 * What the reactor makes of a fault: the run that it settles, or, while it is paused, the event that says why nothing was
 * done. `undefined` when a paused reactor says nothing.
 *
 * @param {import("../run.mjs").Stage} stage @param {(data: any) => boolean} about
 */
export function reactorsAnswer({ watch, paused }, what, about, after) {
  const type = paused ? "playbook.suppressed" : "playbook.settled";
  const wanted = (event) => event.type === type && about(event.data);
  const timeoutMs = paused ? 4_000 : 30_000;
  return watch.until(`the reactor's answer to ${what}`, wanted, { after, timeoutMs, optional: paused });
}
