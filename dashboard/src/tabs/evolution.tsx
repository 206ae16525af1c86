import { api, type Lesson, read, readAll, type ScorePoint } from "../api.ts";
import { ago, amount, percent, shortIds, words } from "../format.ts";
import { useNow, useResource } from "../hooks.ts";
import { Badge, Bar, Card, Data, Empty, Pending, Time } from "../parts/bits.tsx";
import { Chart } from "../parts/chart.tsx";

export function Evolution() {
  return (
    <div class="stack">
      <Trend />
      <Lessons />
      <Suggestions />
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
  const { value, failure } = useResource(() => read(api.evolution.$get({ query: {} })), {
    families: ["lesson", "agent", "failure", "playbook"],
  });
  return (
    <Card title="Suggestions" aside={<span class="tally">{value?.items.length ?? ""}</span>}>
      {value === undefined ? <Pending failure={failure} /> : null}
      {value?.items.length === 0 ? <Empty>Nothing to improve was found.</Empty> : null}
      <ul class="asks">
        {(value?.items ?? []).map((one) => (
          <li key={one.id} class="ask">
            <p class="ask-head">
              {one.risk === undefined ? null : <Badge word={one.risk} />} <strong>{one.title}</strong>{" "}
              <Badge word={one.state} tone="calm" />
            </p>
            <p>{one.detail}</p>
            {one.patch === undefined ? null : <Data value={one.patch} />}
            <p class="fine">
              {words(one.kind)}
              {one.agent === undefined ? "" : ` · ${one.agent}`} · <Time atMs={one.atMs} text={ago(one.atMs, now)} />
              {one.evidence.length === 0 ? "" : ` · ${one.evidence.slice(0, 5).map(shortIds).join(", ")}`}
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
