/** What a remedy works on. Locks, cooldowns and limits are keyed by it. */
export interface Target {
  readonly kind: "agent" | "process" | "file" | "upstream" | "host";
  readonly id: string;
}

export function targetKey(target: Target): string {
  return `${target.kind}:${target.id}`;
}
