import type { Entry } from "./command.ts";

/** Where each command is, by its name, in the order of the help. */
export const loaders: Readonly<Record<string, () => Promise<Entry>>> = {
  start: async () => (await import("./start.ts")).start,
  stop: async () => (await import("./stop.ts")).stop,
  status: async () => (await import("./status.ts")).status,
  dashboard: async () => (await import("./dashboard.ts")).dashboard,
  demo: async () => (await import("./demo.ts")).demo,
  doctor: async () => (await import("./doctor.ts")).doctor,
  simulate: async () => (await import("./simulate.ts")).simulate,
  prove: async () => (await import("./prove.ts")).prove,
  run: async () => (await import("./run.ts")).run,
  tasks: async () => (await import("./tasks/tasks.ts")).tasks,
  agents: async () => (await import("./agents/agents.ts")).agents,
  playbook: async () => (await import("./playbook/playbook.ts")).playbook,
  runs: async () => (await import("./runs/runs.ts")).runs,
  approvals: async () => (await import("./approvals/approvals.ts")).approvals,
  incidents: async () => (await import("./incidents/incidents.ts")).incidents,
  deadletters: async () => (await import("./deadletters/deadletters.ts")).deadletters,
  effects: async () => (await import("./effects/effects.ts")).effects,
  lessons: async () => (await import("./knowledge/lessons.ts")).lessons,
  failures: async () => (await import("./knowledge/failures.ts")).failures,
  evolution: async () => (await import("./knowledge/evolution.ts")).evolution,
  predictions: async () => (await import("./knowledge/predictions.ts")).predictions,
  score: async () => (await import("./score/score.ts")).score,
  memory: async () => (await import("./memory/memory.ts")).memory,
  mcp: async () => (await import("./mcp.ts")).mcp,
  journal: async () => (await import("./journal/journal.ts")).journal,
  backup: async () => (await import("./backup/backup.ts")).backup,
  restore: async () => (await import("./backup/restore.ts")).restore,
  config: async () => (await import("./config/config.ts")).config,
  inspect: async () => (await import("./inspect.ts")).inspect,
  actors: async () => (await import("./actors/actors.ts")).actors,
  events: async () => (await import("./events/events.ts")).events,
  audit: async () => (await import("./events/audit.ts")).audit,
  token: async () => (await import("./token/token.ts")).token,
  pause: async () => (await import("./pause.ts")).pause,
  resume: async () => (await import("./pause.ts")).resume,
};

/** The command that a word names, and nothing read but its own files: a start must not wait for those of thirty others. */
export async function loadNamed(word: string | undefined): Promise<Entry | undefined> {
  return word !== undefined && Object.hasOwn(loaders, word) ? loaders[word]?.() : undefined;
}
