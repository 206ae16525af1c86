import { act } from "../act.ts";
import { type Approval, api, type DeadLetter, type Incident, read } from "../api.ts";
import { ago, amount, shortIds, until, words } from "../format.ts";
import { useMayAct, useNow, useResource } from "../hooks.ts";
import { Badge, Card, Empty, Time } from "./bits.tsx";
import { ask } from "./dialog.tsx";
import { checkOf, stepsOf } from "./plan.ts";

/** What a person is asked for: plans to approve, incidents to look at, dead letters to queue again. */
export function Waiting() {
  const approvals = useResource(() => read(api.approvals.$get({ query: { state: "waiting" } })), {
    families: ["approval", "playbook"],
  });
  const incidents = useResource(() => read(api.incidents.$get({ query: {} })), { families: ["incident"] });
  const letters = useResource(() => read(api.deadletters.$get({ query: {} })), { families: ["task"] });
  const now = useNow();
  const failure = approvals.failure ?? incidents.failure ?? letters.failure;
  const plans = approvals.value?.items ?? [];
  const open = (incidents.value?.items ?? []).filter(({ state, needsPerson }) => state !== "resolved" && needsPerson);
  const dead = (letters.value?.items ?? []).filter(({ kind, replayed }) => kind === "task" && !replayed);
  const total = plans.length + open.length + dead.length;
  return (
    <Card
      title="Waiting for me"
      class="waiting-card"
      aside={
        <span class="tally" data-testid="waiting-count">
          {total}
        </span>
      }
    >
      {failure === undefined ? null : <p class="empty bad-text">{failure}</p>}
      {total === 0 && failure === undefined ? <Empty>Nothing needs you.</Empty> : null}
      <ul class="asks">
        {plans.map((approval) => (
          <ApprovalRow key={approval.id} approval={approval} now={now} />
        ))}
        {open.map((incident) => (
          <IncidentRow key={incident.id} incident={incident} now={now} />
        ))}
        {dead.map((letter) => (
          <LetterRow key={letter.id} letter={letter} now={now} />
        ))}
      </ul>
    </Card>
  );
}

function ApprovalRow({ approval, now }: { readonly approval: Approval; readonly now: number }) {
  const mayAct = useMayAct();
  const steps = stepsOf(approval.plan);
  const decide = async (decision: "approve" | "reject") => {
    const title = decision === "approve" ? "Let it act?" : "Reject the plan?";
    const reason = await ask({
      title,
      text: `${approval.playbook} on ${approval.target.kind} ${approval.target.id}, ${approval.risk} risk. The answer holds for exactly this plan, once.`,
      action: decision === "approve" ? "Approve" : "Reject",
      reason: "Reason (optional)",
      ...(approval.risk === "dangerous" || decision === "reject" ? { tone: "danger" as const } : {}),
    });
    if (reason === undefined) return;
    await act(`${approval.playbook} ${decision === "approve" ? "approved" : "rejected"}`, () =>
      read(
        api.approvals[":id"][":decision"].$post({
          param: { id: approval.id, decision },
          json: { planHash: approval.planHash, ...(reason === "" ? {} : { reason }) },
        }),
      ),
    );
  };
  return (
    <li class="ask" data-testid={`approval-${approval.id}`}>
      <p class="ask-head">
        <Badge word={approval.risk} /> <strong>{approval.playbook}</strong> wants to act on {approval.target.kind}{" "}
        {approval.target.id}
      </p>
      <p class="fine">
        asked <Time atMs={approval.requestedAtMs} text={ago(approval.requestedAtMs, now)} /> · counts as no{" "}
        <Time atMs={approval.expiresAtMs} text={until(approval.expiresAtMs, now)} /> · plan{" "}
        {approval.planHash.slice(0, 12)}
      </p>
      {steps.length === 0 ? null : (
        <ol class="steps">
          {steps.map(({ says, risk, reversible }, index) => (
            <li key={index}>
              {says}{" "}
              <span class="fine">
                {risk === "" ? "" : `${risk} risk, `}
                {reversible ? "can be undone" : "cannot be undone"}
              </span>
            </li>
          ))}
          {checkOf(approval.plan) === "" ? null : (
            <li class="check">then checked by {words(checkOf(approval.plan))}</li>
          )}
        </ol>
      )}
      {approval.why.length === 0 ? null : <p class="fine">because {approval.why.join("; ")}</p>}
      {mayAct ? (
        <p class="ask-actions">
          <button type="button" class="button primary" onClick={() => void decide("approve")}>
            Approve
          </button>
          <button type="button" class="button" onClick={() => void decide("reject")}>
            Reject
          </button>
        </p>
      ) : null}
    </li>
  );
}

function IncidentRow({ incident, now }: { readonly incident: Incident; readonly now: number }) {
  const mayAct = useMayAct();
  const { id } = incident;
  const resolve = async () => {
    const reason = await ask({
      title: "Is it over?",
      text: incident.title,
      action: "Resolve",
      reason: "What ended it (optional)",
    });
    if (reason === undefined) return;
    await act("Incident resolved", () =>
      read(api.incidents[":id"].resolve.$post({ param: { id }, json: reason === "" ? {} : { reason } })),
    );
  };
  return (
    <li class="ask" data-testid={`incident-${id}`}>
      <p class="ask-head">
        <Badge word={incident.severity} /> <strong>{incident.title}</strong>
      </p>
      <p class="fine">
        {words(incident.state)} · {incident.target.kind} {incident.target.id} · since{" "}
        <Time atMs={incident.openedAtMs} text={ago(incident.openedAtMs, now)} />
        {incident.runs.length === 0 ? "" : ` · ${amount(incident.runs.length, "run")}`}
      </p>
      {incident.notes.slice(-2).map(({ text, atMs }) => (
        <p key={atMs} class="fine">
          {text}
        </p>
      ))}
      {mayAct ? (
        <p class="ask-actions">
          {incident.state === "acknowledged" ? null : (
            <button
              type="button"
              class="button"
              onClick={() =>
                void act("Incident acknowledged", () => read(api.incidents[":id"].acknowledge.$post({ param: { id } })))
              }
            >
              Acknowledge
            </button>
          )}
          <button type="button" class="button" onClick={() => void resolve()}>
            Resolve
          </button>
        </p>
      ) : null}
    </li>
  );
}

function LetterRow({ letter, now }: { readonly letter: DeadLetter; readonly now: number }) {
  const mayAct = useMayAct();
  const replay = () =>
    act(`Task ${letter.task ?? letter.id} is queued again`, () =>
      read(api.deadletters[":id"].replay.$post({ param: { id: letter.id } })),
    );
  return (
    <li class="ask" data-testid={`deadletter-${letter.id}`}>
      <p class="ask-head">
        <Badge word="dead letter" tone="poor" />{" "}
        <strong title={letter.task}>{shortIds(letter.task ?? letter.id)}</strong>
        {letter.agent === undefined ? "" : ` on ${letter.agent}`}
      </p>
      <p class="fine">
        {words(letter.reason)} after {amount(letter.attempts, "attempt")} ·{" "}
        <Time atMs={letter.atMs} text={ago(letter.atMs, now)} />
      </p>
      <p class="fine clamp">{letter.message}</p>
      {mayAct ? (
        <p class="ask-actions">
          <button type="button" class="button" onClick={() => void replay()}>
            Queue again
          </button>
        </p>
      ) : null}
    </li>
  );
}
