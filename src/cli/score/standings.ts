import type { SubjectStanding } from "../answers.ts";
import { connect, readList } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { sayShare } from "../say.ts";
import type { Column } from "../table.ts";
import { sayTrend } from "./trend-text.ts";

const kinds = ["agent", "playbook"] as const;

export const standings: Command = {
  name: "standings",
  summary: "List how each agent and each playbook does: better, worse or as ever, since when and how sure",
  options: { kind: { type: "string", value: "KIND", says: kinds.join(" or ") }, limit: limitOption },
  examples: ["aios score standings", "aios score standings --kind playbook --json"],
  run: listStandings,
};

const columns = (nowMs: number): readonly Column<SubjectStanding>[] => [
  { title: "KIND", of: ({ kind }) => kind },
  { title: "ID", of: ({ id }) => id },
  { title: "GOOD", of: ({ good, n }) => sayShare(n === 0 ? null : good / n), right: true },
  { title: "OF LAST", of: ({ n }) => n, right: true },
  { title: "ALERT", of: ({ alerted }) => (alerted ? "raised" : undefined) },
  { title: "TREND", of: ({ trend }) => sayTrend(trend, nowMs) },
];

async function listStandings(call: Call): Promise<number> {
  const kind = call.given.oneOf("kind", kinds);
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (wish) => api.score.standings.$get({ query: { ...wish, kind } }));
  return tellList(call, page, columns(Date.now()), "No task has ended and no run was settled: not enough data.");
}
