/**
 * Compiles a subscription topic to a test of an event type: `*` stands for one segment, `**` for any number of the rest.
 * `task.*` matches `task.failed`; `agent.**` matches `agent.state_changed` and `agent.a.b`; `**` matches everything.
 */
export function compileTopic(topic: string): (type: string) => boolean {
  if (topic === "**") return () => true;
  if (!topic.includes("*")) return (type) => type === topic;
  const wanted = topic.split(".");
  return (type) => matches(wanted, type.split("."), 0, 0);
}

function matches(wanted: readonly string[], have: readonly string[], i: number, j: number): boolean {
  if (i === wanted.length) return j === have.length;
  if (wanted[i] === "**") return i === wanted.length - 1 || anySplit(wanted, have, i + 1, j);
  if (j === have.length) return false;
  return (wanted[i] === "*" || wanted[i] === have[j]) && matches(wanted, have, i + 1, j + 1);
}

function anySplit(wanted: readonly string[], have: readonly string[], i: number, j: number): boolean {
  for (let k = j; k <= have.length; k++) if (matches(wanted, have, i, k)) return true;
  return false;
}
