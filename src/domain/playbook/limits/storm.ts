import type { Group } from "./admit.ts";
import { busiestMinute, perMinute, struckOf } from "./matches.ts";
import type { LimitsSettings } from "./settings.ts";
import type { LimitsState } from "./state.ts";

export type StormChange =
  | { readonly kind: "enter"; readonly reason: string }
  | { readonly kind: "leave"; readonly quietMs: number };

/** Whether a storm begins or ends now. A minute is quiet with less than half of the matches that begin a storm. */
export function stormChange(
  state: LimitsState,
  now: { readonly atMs: number; readonly group?: Group },
  settings: LimitsSettings,
): StormChange | undefined {
  const { atMs, group } = now;
  if (state.stormSinceMs === undefined) {
    const count = perMinute(state.matches, atMs);
    if (count >= settings.stormPerMinute) return { kind: "enter", reason: `${count} matches within a minute` };
    if (group === undefined || group.members.length < settings.groupFrom) return undefined;
    const struck = struckOf(state.matches, group.members, atMs).length;
    if (struck < group.members.length * settings.stormGroupShare) return undefined;
    return {
      kind: "enter",
      reason: `${struck} of the ${group.members.length} agents of group ${group.name} are struck`,
    };
  }
  const quietMs = settings.stormQuietMs;
  if (atMs - state.stormSinceMs < quietMs) return undefined;
  const quiet = busiestMinute(state.matches, atMs - quietMs) < settings.stormPerMinute / 2;
  return quiet ? { kind: "leave", quietMs } : undefined;
}
