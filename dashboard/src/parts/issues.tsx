import type { Overview } from "../api.ts";
import { ago, amount } from "../format.ts";
import { useNow } from "../hooks.ts";
import { Badge, Card, Empty, Time } from "./bits.tsx";

/** What is wrong now, worst first as the engine ordered it. */
export function Issues({ issues }: { readonly issues: Overview["issues"] }) {
  const now = useNow();
  return (
    <Card title="Top issues" aside={<span class="tally">{issues.length}</span>}>
      {issues.length === 0 ? <Empty>Nothing is wrong that the engine knows of.</Empty> : null}
      <ul class="issues">
        {issues.map((issue) => (
          <li key={`${issue.kind} ${issue.id}`} class="issue">
            <Badge word={issue.severity} />
            <span class="issue-title clamp">{issue.title}</span>
            <span class="fine nowrap">
              {issue.kind} · {amount(issue.count, "time")} ·{" "}
              <Time atMs={issue.lastAtMs} text={ago(issue.lastAtMs, now)} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
