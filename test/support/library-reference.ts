import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { checks } from "../../src/actions/checks/index.ts";
import { actions, catalogue } from "../../src/actions/index.ts";
import { followersOf } from "../../src/domain/playbook/chain.ts";
import { rank } from "../../src/domain/playbook/risk.ts";
import { compileRules, type RuleSet } from "../../src/domain/playbook/rules.ts";
import type { Playbook } from "../../src/domain/playbook/schema.ts";
import type { Risk } from "../../src/events/vocabulary.ts";
import { nodeHash } from "../../src/platform/hash.ts";
import { twinOf } from "./library-twins.ts";
import { code, table, withTables } from "./markdown.ts";

const folder = path.resolve(import.meta.dirname, "../../playbooks");

/** What people who run agents meet, and the playbooks that answer it. */
export const kinds: readonly (readonly [string, readonly string[]])[] = [
  [
    "runaway CPU or memory",
    ["agent_runaway_restart", "agent_runaway_quarantine", "cpu_high_kill_idle", "memory_high_end_idle"],
  ],
  ["hung task", ["hung_task_time_limit", "agent_stalled_restart", "agent_stalled_quarantine"]],
  ["crash loop", ["crash_loop_restore_configuration"]],
  ["rate limit and quota", ["rate_limit_slow_down", "quota_fallback_model"]],
  ["provider outage", ["provider_outage_fallback_model"]],
  ["context too long", ["context_too_long_trim"]],
  ["malformed tool output", ["tool_output_malformed_advise"]],
  ["repeated identical tool calls", ["tool_loop_advise"]],
  ["missing file or permission", ["file_missing_restore", "file_denied_allow"]],
  ["disk full", ["disk_full_clear_scratch"]],
  ["expired credential", ["credential_expired_renew"]],
  ["dependency missing", ["dependency_missing_install"]],
  ["flaky network", ["network_failure_retry"]],
  ["slow agent", ["slow_agent_fallback_model"]],
  ["queue backlog", ["backlog_scale"]],
  ["stale lock file", ["lock_stale_remove"]],
  ["log growth", ["log_large_rotate", "agent_flooding_restart"]],
  ["zombie processes", ["zombies_restart"]],
  ["clock skew", ["clock_skewed_sync"]],
  ["degraded score", ["score_low_pause"]],
];

/** Who tells an event type, by how it begins. */
const sensors: readonly (readonly [string, string])[] = [
  ["resource.", "the system and agent sensors (`sensors`)"],
  ["watch.dependency_missing", "the reader of failures that name a module, program or library"],
  ["watch.", "a watch (`sensors.watch`)"],
  ["agent.", "a symptom detector (`detectors`)"],
  ["task.", "the end of a task, with the failure that its agent or program gave"],
];

/** The playbooks that ship, as the engine loads them. */
export async function shippedRules(): Promise<RuleSet> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json") && !name.endsWith(".tests.json"));
  const files = await Promise.all(
    names.sort().map(async (file) => ({ file, text: await readFile(path.join(folder, file), "utf8") })),
  );
  return compileRules(files, { catalogue, hash: nodeHash });
}

/** docs/reference/library.md: `prose` with its tables written from the playbooks that ship. */
export function libraryReference(prose: string, { rules, find }: Pick<RuleSet, "rules" | "find">): string {
  return withTables(prose, "docs/reference/library.md", {
    kinds: () =>
      table(
        ["problem", "playbooks"],
        kinds.map(([problem, ids]) => [problem, ids.map((id) => `[${code(id)}](#${id})`).join(", ")]),
      ),
    playbooks: () => rules.map(({ playbook }) => sectionOf(playbook, followersOf(playbook.id, find))).join("\n\n"),
  });
}

function sectionOf(playbook: Playbook, followers: readonly string[]): string {
  const { id, title, description, trigger, validation } = playbook;
  const about = description === "" ? `${title}.` : description;
  const check = checks.get(validation.check);
  const rows = [
    ["sensor", `${sensorOf(trigger.eventType)}: ${code(trigger.eventType)}`],
    ["does", playbook.actions.map(({ type }) => code(type)).join(", ")],
    ["risk", riskOf(playbook)],
    ["asks", asksOf(playbook)],
    [
      "fixed when",
      `${code(validation.check)}, ${validation.required} of ${validation.probes}: ${check?.summary ?? ""}`,
    ],
    ["taken back", takenBackOf(playbook)],
    ["fault kept alive", twinText(id)],
    ["then", [...followers.map((one) => `[${code(one)}](#${one})`), "a person"].join(", then ")],
  ];
  return `### ${id}\n\n${title === about ? "" : `**${title}.** `}${about}\n\n${table(["", ""], rows)}`;
}

function sensorOf(eventType: string): string {
  const found = sensors.find(([begins]) => eventType.startsWith(begins));
  if (found === undefined) throw new Error(`nobody is known to tell ${eventType}`);
  return found[1];
}

function riskOf({ risk, actions: calls }: Playbook): Risk {
  const all: readonly Risk[] = [risk, ...calls.flatMap(({ type }) => actions.get(type)?.risk ?? [])];
  return all.reduce((worst, one) => (rank(one) > rank(worst) ? one : worst));
}

function asksOf(playbook: Playbook): string {
  const risk = riskOf(playbook);
  if (rank(risk) > rank("low")) return `yes, each time: its risk is ${risk}`;
  return playbook.tests.length === 0
    ? "yes, each time: it carries no tests"
    : "no, while what it touches is of low risk";
}

function takenBackOf({ rollback, actions: calls }: Playbook): string {
  const types = [...new Set(calls.map(({ type }) => type))];
  const undone = rollback ? types.filter((type) => actions.get(type)?.reversible === true) : [];
  const kept = types.filter((type) => !undone.includes(type));
  const parts = [
    ...(undone.length === 0 ? [] : [`${undone.map(code).join(", ")}, compared with before`]),
    ...(kept.length === 0 ? [] : [`${kept.map(code).join(", ")} cannot be`]),
  ];
  return parts.join("; ");
}

function twinText(id: string): string {
  const { outcome, rollback } = twinOf(id);
  const says = { none: "nothing to take back", rolled_back: "taken back", residue: "what is left is named as residue" };
  return `${code(outcome)}, ${says[rollback]}`;
}
