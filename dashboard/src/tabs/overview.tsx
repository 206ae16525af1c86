import type { Overview as View } from "../api.ts";
import { count } from "../format.ts";
import { useLive } from "../hooks.ts";
import { toneOf } from "../parts/bits.tsx";
import { Drafts } from "../parts/drafts.tsx";
import { Issues } from "../parts/issues.tsx";
import { Playbooks } from "../parts/playbooks.tsx";
import { Review } from "../parts/review.tsx";
import { ScoreCard } from "../parts/score-card.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { Waiting } from "../parts/waiting.tsx";

export function Overview() {
  const { overview } = useLive();
  if (overview === undefined) return <p class="empty">…</p>;
  return (
    <div class="overview">
      <div class="area-score">
        <ScoreCard score={overview.score} />
        <Counts overview={overview} />
      </div>
      <div class="area-side">
        <Waiting />
        <Review />
        <Issues issues={overview.issues} />
        <Playbooks />
        <Drafts />
      </div>
      <div class="area-main">
        <Timeline />
      </div>
    </div>
  );
}

const agentStates = ["idle", "running", "blocked", "degraded", "archived"] as const;
const taskStates = ["queued", "running", "waiting", "succeeded", "failed", "dead", "cancelled"];

function Counts({ overview }: { readonly overview: View }) {
  return (
    <dl class="counts">
      <Group name="Agents" states={agentStates} numbers={overview.agents} />
      <Group name="Tasks" states={taskStates} numbers={overview.tasks} />
    </dl>
  );
}

function Group(props: {
  readonly name: string;
  readonly states: readonly string[];
  readonly numbers: Readonly<Record<string, number | undefined>>;
}) {
  const present = props.states.filter((state) => (props.numbers[state] ?? 0) > 0);
  return (
    <div class="count-group">
      <dt>{props.name}</dt>
      <dd>
        {present.length === 0 ? <span class="none">none yet</span> : null}
        {present.map((state) => (
          <span key={state} class="count">
            <span class={`dot ${toneOf(state)}`} aria-hidden="true" />
            <strong>{count(props.numbers[state] ?? 0)}</strong> {state}
          </span>
        ))}
      </dd>
    </div>
  );
}
