import type { Agent } from "../answers.ts";
import { sayDuration } from "../duration.ts";
import { sayAge, sayJson, sayRate, sayWhen } from "../say.ts";
import { type Column, details } from "../table.ts";
import type { Colour, Paint } from "../terminal.ts";

export const states = ["idle", "running", "blocked", "degraded", "archived"] as const;

export const agentColumns = (nowMs: number): readonly Column<Agent>[] => [
  { title: "AGENT", of: ({ id }) => id },
  { title: "KIND", of: ({ kind }) => kind },
  { title: "STATE", of: ({ state }) => state },
  { title: "SINCE", of: ({ sinceMs }) => sayAge(sinceMs, nowMs) },
  { title: "BREAKER", of: ({ breaker }) => breaker },
  { title: "TAKES TASKS", of: ({ accepting }) => (accepting === "yes" ? "yes" : `no, ${accepting}`) },
  { title: "RUNNING", of: ({ running, concurrency }) => `${running.length}/${concurrency}`, right: true },
  { title: "SUCCESS", of: ({ success }) => sayRate(success) },
  { title: "LAST ERROR", of: ({ lastError }) => lastError, most: 50 },
];

/** Everything about one agent. */
export function sayAgent(agent: Agent, nowMs: number, paint: Paint): string {
  const { policy, usage, tasks, supervision } = agent;
  return details(
    [
      ["agent", agent.id],
      ["kind", agent.kind],
      ["state", `${agent.state}, since ${sayWhen(agent.sinceMs, nowMs) ?? ""}`, colours[agent.state]],
      ["breaker", agent.breaker],
      ["takes tasks", agent.accepting === "yes" ? "yes" : `no, ${agent.accepting}`],
      ["running", agent.running.length === 0 ? "nothing" : agent.running.join(", ")],
      ["success", sayRate(agent.success)],
      ["tasks", `${tasks.succeeded} succeeded, ${tasks.failed} failed`],
      ["capabilities", agent.capabilities.length === 0 ? undefined : agent.capabilities.join(", ")],
      ["group", agent.group],
      ["restart", supervision && sayCare(supervision)],
      ["supervisor", supervision && saySupervisor(supervision), supervision && careColours[supervision.state]],
      ["at once", agent.concurrency],
      ["breaker opens", `after ${policy.failureThreshold} failures, for ${sayDuration(policy.openMs)}`],
      ["cooldown", sayDuration(policy.cooldownMs)],
      ["archived", `after ${policy.archiveAfterProbes} failed probes`],
      ["processes", agent.processes.length === 0 ? undefined : agent.processes.map(({ pid }) => pid).join(", ")],
      ["usage", usage === undefined ? undefined : sayUsage(usage, nowMs)],
      ["last error", agent.lastError],
      ["configuration", `version ${agent.configVersion}, ${agent.configHash.slice(0, 12)}`],
      ["", sayJson(agent.config)],
    ],
    paint,
  );
}

const colours: Readonly<Record<Agent["state"], Colour>> = {
  idle: "green",
  running: "green",
  blocked: "yellow",
  degraded: "red",
  archived: "dim",
};

type Supervision = NonNullable<Agent["supervision"]>;

const careColours: Readonly<Record<Supervision["state"], Colour>> = {
  watching: "green",
  waiting: "yellow",
  escalated: "red",
};

function sayCare({ restart, strategy }: Supervision): string {
  return `${restart}, ${strategy.replaceAll("_", " ")}`;
}

function saySupervisor({ supervisor, state, restarts, down }: Supervision): string {
  return [supervisor, state, `${restarts} ${restarts === 1 ? "restart" : "restarts"}`, ...(down ? ["down"] : [])].join(
    ", ",
  );
}

function sayUsage({ cpuPercent, memoryMiB, atMs }: NonNullable<Agent["usage"]>, nowMs: number): string {
  const parts = [
    cpuPercent === undefined ? [] : [`${cpuPercent.toFixed(1)} % of a core`],
    memoryMiB === undefined ? [] : [`${memoryMiB.toFixed(1)} MiB`],
    [sayAge(atMs, nowMs)],
  ];
  return parts.flat().join(", ");
}
