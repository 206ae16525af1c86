import { act } from "../act.ts";
import { api, type Improvement, type Lesson, read, readAll, type ScorePoint } from "../api.ts";
import { ago, amount, percent, shortIds, words } from "../format.ts";
import { useMayAct, useNow, useResource } from "../hooks.ts";
import { Badge, Bar, Card, Data, Empty, Pending, Time } from "../parts/bits.tsx";
import { Chart } from "../parts/chart.tsx";
import { sayTrend } from "../parts/score-card.tsx";

export function Evolution() {
  return (
    <div class="stack">
      <Trend />
      <Standings />
      <Lessons />
      <Suggestions />
      <Forecasts />
    </div>
  );
}

function Trend() {
  const { value, failure } = useResource(
    () =>
      readAll((after) =>
        api.score.history.$get({ query: { limit: "1000", ...(after === undefined ? {} : { after }) } }),
      ),
    { families: ["score"] },
  );
  const points = [...(value ?? [])].reverse();
  const line = (name: string, color: string, of: (point: ScorePoint) => number | null) => ({
    name,
    color,
    values: points.map(of),
  });
  const known = points.some((point) => point.score !== null);
  return (
    <Card title="Score trend" aside={value === undefined ? "" : amount(points.length, "change")}>
      {value === undefined ? <Pending failure={failure} /> : null}
      {value !== undefined && !known ? <Empty>not enough data: the score has no value yet.</Empty> : null}
      {known ? (
        <Chart
          label="Evolution score"
          atMs={points.map(({ atMs }) => atMs)}
          range={[0, 1]}
          height={220}
          format={(value) => (value === null ? "–" : value.toFixed(2))}
          lines={[
            line("score", "--series-1", (point) => point.score),
            line("task success", "--series-2", ({ terms }) => terms.tsr),
            line("correction", "--series-3", ({ terms }) => terms.cr),
            line("uptime", "--series-4", ({ terms }) => terms.uptime),
            line("learning", "--series-5", ({ terms }) => terms.learning),
          ]}
        />
      ) : null}
    </Card>
  );
}

/** Which agents are likely to fail next; while that is not proven, why it is not. */
function Forecasts() {
  const { value, failure } = useResource(() => read(api.predictions.$get()), { families: ["task", "agent"] });
  return (
    <Card title="Next failures" aside={value === undefined ? "" : <Badge word={words(value.state)} />}>
      {value === undefined ? <Pending failure={failure} /> : <p class="fine">{value.why}</p>}
      {value?.state === "proven" && value.items.length === 0 ? <Empty>no agent has done anything lately.</Empty> : null}
      {(value?.items ?? []).map((one) => (
        <p key={one.agent}>
          {one.agent}: {percent(one.failing, 0)} for its next task, {percent(one.base, 0)} so far
          {one.why.length === 0 ? "" : ` · ${one.why.join(", ")}`}
        </p>
      ))}
    </Card>
  );
}

/** How each agent's tasks and each playbook's runs go. */
function Standings() {
  const { value, failure } = useResource(() => read(api.score.standings.$get({ query: {} })), {
    families: ["task", "playbook", "score"],
  });
  return (
    <Card title="Who gets better or worse">
      {value === undefined ? <Pending failure={failure} /> : null}
      {value?.items.length === 0 ? <Empty>not enough data: no task has ended and no run was settled.</Empty> : null}
      <ul class="issues">
        {(value?.items ?? []).map(({ kind, id, good, n, trend, alerted }) => (
          <li key={`${kind} ${id}`} class="issue">
            {alerted ? <Badge word="alert" tone="bad" /> : <Badge word={kind} tone="muted" />}
            <span class="issue-title clamp">{id}</span>
            <span class="fine nowrap">
              {good} of {n} well · {sayTrend(trend)}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

const ranks: Readonly<Record<Lesson["level"], number>> = { hardened: 0, verified: 1, draft: 2, retired: 3 };

function Lessons() {
  const now = useNow();
  const { value, failure } = useResource(
    () => readAll((after) => api.lessons.$get({ query: { limit: "500", ...(after === undefined ? {} : { after }) } })),
    { families: ["lesson"] },
  );
  const lessons = [...(value ?? [])].sort((a, b) => ranks[a.level] - ranks[b.level] || b.updatedAtMs - a.updatedAtMs);
  return (
    <Card title="Lessons" aside={<span class="tally">{value?.length ?? ""}</span>}>
      {value === undefined ? <Pending failure={failure} /> : null}
      {value?.length === 0 ? (
        <Empty>Nothing was learned yet: the same failure on three tasks makes a lesson.</Empty>
      ) : null}
      {lessons.length === 0 ? null : (
        <div class="table-box">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Lesson</th>
                <th scope="col">Level</th>
                <th scope="col">Confidence</th>
                <th scope="col" class="num">
                  Fixes
                </th>
                <th scope="col" class="wide">
                  Remedy
                </th>
                <th scope="col" class="wide">
                  Changed
                </th>
              </tr>
            </thead>
            <tbody>
              {lessons.map((lesson) => (
                <tr key={lesson.id} data-testid={`lesson-${lesson.id}`}>
                  <td>
                    <span class="name">{lesson.title}</span>
                    <span class="fine block clamp mono">{lesson.content}</span>
                    {lesson.advice === undefined ? null : (
                      <span class="fine block" data-testid={`advice-${lesson.id}`}>
                        Written by {lesson.advice.writtenBy}, not verified: {lesson.advice.text}
                      </span>
                    )}
                  </td>
                  <td>
                    <Badge word={lesson.level} />
                  </td>
                  <td>
                    <Confidence lesson={lesson} />
                  </td>
                  <td class="num">
                    {lesson.fixes}
                    <span class="fine block">
                      {lesson.failures} not, {amount(lesson.targets, "target")}
                    </span>
                  </td>
                  <td class="wide">{lesson.remedy ?? <span class="none">none yet</span>}</td>
                  <td class="wide">
                    <Time atMs={lesson.updatedAtMs} text={ago(lesson.updatedAtMs, now)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

/** Before a remedy was tried the engine's value is what it assumes, not what it saw. */
function Confidence({ lesson }: { readonly lesson: Lesson }) {
  const { confidence, fixes, failures } = lesson;
  if (fixes + failures === 0) return <span class="none">not tried yet</span>;
  return (
    <>
      {percent(confidence, 0)}
      <Bar share={confidence} tone={confidence >= 0.8 ? "good" : "fair"} />
    </>
  );
}

function Suggestions() {
  const now = useNow();
  const { value, failure } = useResource(
    () =>
      readAll((after) => api.evolution.$get({ query: { limit: "500", ...(after === undefined ? {} : { after }) } })),
    { families: ["lesson", "agent", "failure", "playbook", "evolution", "approval"] },
  );
  return (
    <Card title="Improvements" aside={<span class="tally">{value?.length ?? ""}</span>}>
      {value === undefined ? <Pending failure={failure} /> : null}
      {value?.length === 0 ? <Empty>Nothing to improve was found.</Empty> : null}
      <ul class="asks">
        {(value ?? []).map((one) => (
          <ImprovementRow key={one.id} one={one} now={now} />
        ))}
      </ul>
    </Card>
  );
}

function ImprovementRow({ one, now }: { readonly one: Improvement; readonly now: number }) {
  const mayAct = useMayAct();
  const order = (wish: "approve" | "reject" | "rollback", done: string) =>
    act(done, () => read(api.evolution[":id"][":order"].$post({ param: { id: one.id, order: wish }, json: {} })));
  return (
    <li class="ask" data-testid={`improvement-${one.id}`}>
      <p class="ask-head">
        {one.risk === undefined ? null : <Badge word={one.risk} />} <strong>{one.title}</strong>{" "}
        <Badge word={one.state} />
      </p>
      <p>{one.detail}</p>
      {one.shadow === undefined ? null : (
        <p class="fine" data-testid={`shadow-${one.id}`}>
          In shadow: {one.shadow.pairs} of {one.shadow.most} tasks copied; {one.shadow.control} succeeded, of the copies{" "}
          {one.shadow.candidate}. Copies count nowhere.
        </p>
      )}
      {one.trial === undefined ? null : <TrialLine trial={one.trial} />}
      {one.outcome === undefined ? null : (
        <p class="fine">
          ended: {words(one.outcome)}
          {one.restored === undefined
            ? ""
            : one.restored
              ? " · what held before holds again, byte for byte"
              : " · it was changed by somebody else since"}
        </p>
      )}
      {one.patch === undefined ? null : <Data value={one.patch} />}
      <p class="fine">
        {words(one.kind)}
        {one.agent === undefined ? "" : ` · ${one.agent}`} · <Time atMs={one.atMs} text={ago(one.atMs, now)} />
        {one.evidence.length === 0 ? "" : ` · ${one.evidence.slice(0, 5).map(shortIds).join(", ")}`}
      </p>
      {mayAct && one.state === "asking" ? (
        <p class="ask-actions">
          <button type="button" class="button primary" onClick={() => void order("approve", "Improvement approved")}>
            Try it
          </button>
          <button type="button" class="button" onClick={() => void order("reject", "Improvement rejected")}>
            Reject
          </button>
        </p>
      ) : null}
      {mayAct && (one.state === "shadowing" || one.state === "trying" || one.state === "kept") ? (
        <p class="ask-actions">
          <button type="button" class="button" onClick={() => void order("rollback", "Improvement taken back")}>
            Take back
          </button>
        </p>
      ) : null}
    </li>
  );
}

function TrialLine({ trial }: { readonly trial: NonNullable<Improvement["trial"]> }) {
  const { blocks, most, control, candidate, difference } = trial;
  if (control === null || candidate === null) return <p class="fine">no pair of tasks has ended yet</p>;
  return (
    <>
      <p>
        {blocks} of at most {amount(most, "pair")}: {percent(control, 0)} before, {percent(candidate, 0)} with it
        <Bar share={blocks / most} />
      </p>
      {difference === null ? null : (
        <p class="fine">
          difference {points(difference.mean)}, 95 % interval {points(difference.low)} to {points(difference.high)}
        </p>
      )}
    </>
  );
}

function points(share: number): string {
  return `${share < 0 ? "−" : "+"}${Math.abs(Math.round(share * 100))} points`;
}
