/** How a run ends whose fault is kept alive from outside, and what becomes of its changes. */
export interface Twin {
  readonly outcome: "not_fixed";
  readonly rollback: "rolled_back" | "residue" | "none";
}

const nothingToTakeBack: Twin = { outcome: "not_fixed", rollback: "none" };
const takenBack: Twin = { outcome: "not_fixed", rollback: "rolled_back" };
const leftBehind: Twin = { outcome: "not_fixed", rollback: "residue" };

/**
 * The negative twin of each playbook that ships: what the tests of the library expect, and what its page in
 * docs/reference says.
 */
const twins: ReadonlyMap<string, Twin> = new Map([
  ["agent_flooding_restart", nothingToTakeBack],
  ["agent_runaway_quarantine", takenBack],
  ["agent_runaway_restart", nothingToTakeBack],
  ["agent_stalled_quarantine", takenBack],
  ["agent_stalled_restart", nothingToTakeBack],
  ["backlog_scale", takenBack],
  ["clock_skewed_sync", leftBehind],
  ["context_too_long_trim", takenBack],
  ["cpu_high_kill_idle", nothingToTakeBack],
  ["crash_loop_restore_configuration", takenBack],
  ["credential_expired_renew", leftBehind],
  ["dependency_missing_install", leftBehind],
  ["disk_full_clear_scratch", leftBehind],
  ["file_denied_allow", takenBack],
  ["file_missing_restore", takenBack],
  ["hung_task_time_limit", takenBack],
  ["lock_stale_remove", takenBack],
  ["log_large_rotate", takenBack],
  ["memory_high_end_idle", nothingToTakeBack],
  ["network_failure_retry", nothingToTakeBack],
  ["provider_outage_fallback_model", takenBack],
  ["quota_fallback_model", takenBack],
  ["rate_limit_slow_down", takenBack],
  ["score_low_pause", takenBack],
  ["slow_agent_fallback_model", takenBack],
  ["tool_loop_advise", takenBack],
  ["tool_output_malformed_advise", takenBack],
  ["zombies_restart", nothingToTakeBack],
]);

export function twinOf(playbook: string): Twin {
  const twin = twins.get(playbook);
  if (twin === undefined) throw new Error(`${playbook} has no negative twin`);
  return twin;
}
