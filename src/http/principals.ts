/** Who may do what through the doors: fixed until roles arrive. docs/reference/principals.md is compared with this table. */
export type Role = "operator" | "viewer" | "agent";

/** Somebody whose token was verified. `id` is the token's own id and is what approvals and audits name. */
export type Principal =
  | { readonly role: "operator"; readonly id: string }
  | { readonly role: "viewer"; readonly id: string }
  | { readonly role: "agent"; readonly id: string; readonly agentId: string };

/** `all` reaches everything of that sort; `own` only what belongs to, or is about, the agent itself. */
export type Reach = "all" | "own";

const operatorOnly = { operator: "all" } as const;
const readers = { operator: "all", viewer: "all" } as const;

export const rights = {
  "events.read": readers,
  "events.publish": { operator: "all", agent: "own" },
  "tasks.read": { operator: "all", viewer: "all", agent: "own" },
  "tasks.change": { operator: "all", agent: "own" },
  "agents.read": { operator: "all", viewer: "all", agent: "own" },
  "agents.change": operatorOnly,
  "playbooks.read": readers,
  "playbooks.change": operatorOnly,
  "runs.read": readers,
  "approvals.read": readers,
  "approvals.decide": operatorOnly,
  "incidents.read": readers,
  "incidents.change": operatorOnly,
  "deadletters.read": readers,
  "deadletters.replay": operatorOnly,
  "score.read": readers,
  "memory.read": { operator: "all", viewer: "all", agent: "own" },
  "memory.change": { operator: "all", agent: "own" },
  "memory.move": operatorOnly,
  "knowledge.read": readers,
  "evolution.change": operatorOnly,
  "engine.read": readers,
  "engine.pause": operatorOnly,
  "engine.backup": operatorOnly,
  "engine.restart": operatorOnly,
  "tokens.change": operatorOnly,
  "self.read": { operator: "all", viewer: "all", agent: "own" },
} as const satisfies Record<string, Partial<Record<Role, Reach>>>;

export type Right = keyof typeof rights;

/** How far a principal's right reaches, or `undefined` when it has none. */
export function reachOf(principal: Principal, right: Right): Reach | undefined {
  return granted(principal.role, right);
}

/** Whether a role has a right at all, however far it reaches. */
export function mayUse(role: Role, right: Right): boolean {
  return granted(role, right) !== undefined;
}

function granted(role: Role, right: Right): Reach | undefined {
  const reaches: Partial<Record<Role, Reach>> = rights[right];
  return reaches[role];
}

/** The name under which a principal stands in events: `operator:TOKEN`, `agent:coder`. */
export function principalName(principal: Principal): string {
  return principal.role === "agent" ? `agent:${principal.agentId}` : `${principal.role}:${principal.id}`;
}

/** True for what an agent may see or touch under an `own` reach: its own, by agent id or by who submitted it. */
export function isOwn(
  principal: Principal,
  of: { readonly agentId?: string | undefined; readonly by?: string },
): boolean {
  if (principal.role !== "agent") return true;
  return of.agentId === principal.agentId || of.by === principalName(principal);
}
