import type { World } from "./virtual-engine.ts";

/** Where the playbook below writes. */
export const CONFIG_FILE = "/srv/config";

/** Answers "build.broken" by writing a file; an upstream's health tells whether that helped. It acts without asking. */
export function mending(more: Readonly<Record<string, unknown>> = {}) {
  return {
    id: "mend",
    trigger: { event_type: "build.broken" },
    target: { kind: "file", id: CONFIG_FILE },
    actions: [{ type: "write_file", params: { path: CONFIG_FILE, content: "new" } }],
    validation: {
      check: "http_ok",
      params: { url: "http://upstream/health" },
      settleMs: 1_000,
      intervalMs: 500,
      probes: 3,
      required: 2,
      timeoutMs: 10_000,
    },
    grants: ["fs.write:/srv/**", "http:POST upstream/*", "http:POST other/*"],
    tests: [{ event: { type: "build.broken" }, expect: "match" }],
    ...more,
  };
}

/** The upstream answers its health check with each of these in turn, and with the last one from then on. */
export function healthOf(world: World, ...statuses: readonly [number, ...number[]]): void {
  const rest = [...statuses];
  world.web = ({ method }) => {
    const [status = 200] = method === "GET" ? rest : [];
    if (method === "GET" && rest.length > 1) rest.shift();
    return { status, headers: {}, body: "" };
  };
}

/** Answers a failure that struck three tasks, and no other: what comes later is the lesson's part. */
export const restoring = mending({
  id: "restore",
  trigger: { event_type: "failure.observed", conditions: { tasks: 3 } },
  target: { kind: "file", id: { $ref: "task.input.file" } },
  actions: [{ type: "write_file", params: { path: { $ref: "task.input.file" }, content: "restored" } }],
  cooldownMs: 1_000,
  tests: [
    { event: { type: "failure.observed", data: { tasks: 3 } }, expect: "match" },
    { event: { type: "failure.observed", data: { tasks: 4, level: "verified" } }, expect: "no_match" },
  ],
});
