import { act } from "../act.ts";
import { api, type Playbooks as Loaded, read } from "../api.ts";
import { NOT_ENOUGH, percent, words } from "../format.ts";
import { useMayAct, useResource } from "../hooks.ts";
import { Badge, Bar, Card, Empty, Pending } from "./bits.tsx";
import { ask } from "./dialog.tsx";

type Playbook = Loaded["items"][number];

/** The remedies: how often each was verified to have helped. */
export function Playbooks() {
  const { value, failure } = useResource(() => read(api.playbooks.$get({ query: { limit: "1000" } })), {
    families: ["playbook"],
  });
  const mayAct = useMayAct();
  return (
    <Card title="Playbooks" aside="verified outcomes only">
      {value === undefined ? <Pending failure={failure} /> : null}
      {value?.items.length === 0 ? <Empty>No playbook is loaded.</Empty> : null}
      {value === undefined || value.items.length === 0 ? null : (
        <div class="table-box">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Playbook</th>
                <th scope="col">Success</th>
                <th scope="col" class="num wide">
                  Runs
                </th>
                <th scope="col" class="wide">
                  Risk
                </th>
                {mayAct ? (
                  <th scope="col">
                    <span class="sr">Actions</span>
                  </th>
                ) : null}
              </tr>
            </thead>
            <tbody>
              {value.items.map((playbook) => (
                <Row key={playbook.id} playbook={playbook} mayAct={mayAct} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {(value?.refused ?? []).map(({ file, reason }) => (
        <p key={file} class="alert">
          <Badge word="refused" tone="bad" /> <strong>{file}</strong> {reason}
        </p>
      ))}
    </Card>
  );
}

function Row({ playbook, mayAct }: { readonly playbook: Playbook; readonly mayAct: boolean }) {
  const { id, enabled, success, runs } = playbook;
  const flip = async () => {
    const command = enabled ? "disable" : "enable";
    const text = enabled ? "It will answer no event until it is switched on." : "It will answer events again.";
    if (
      (await ask({
        title: `${enabled ? "Switch off" : "Switch on"} ${id}?`,
        text,
        action: enabled ? "Switch off" : "Switch on",
      })) === undefined
    )
      return;
    await act(`${id} is ${enabled ? "off" : "on"}`, () =>
      read(api.playbooks[":id"][":command"].$post({ param: { id, command } })),
    );
  };
  return (
    <tr class={enabled ? "" : "off"}>
      <td>
        <span class="name">{id}</span>
        <span class="fine block">
          {playbook.eventType}
          {playbook.tested ? "" : " · without tests, asks each time"}
          {enabled ? "" : " · off"}
        </span>
      </td>
      <td>
        <span
          class={success.value === null ? "none" : ""}
          data-testid={`playbook-success-${id}`}
          data-value={success.value ?? ""}
        >
          {success.value === null ? NOT_ENOUGH : percent(success.value)}
        </span>
        <span class="fine nowrap"> n = {success.n}</span>
        <Bar share={success.value} tone={success.value === null ? "none" : success.value >= 0.8 ? "good" : "poor"} />
      </td>
      <td class="num wide" title="settled: fixed, not fixed">
        {runs.settled}
        <span class="fine block">
          {runs.fixed} fixed, {runs.notFixed} not
        </span>
      </td>
      <td class="wide">
        <Badge word={words(playbook.risk)} />
      </td>
      {mayAct ? (
        <td class="end">
          <button
            type="button"
            class="button small"
            aria-label={`${enabled ? "Switch off" : "Switch on"} ${id}`}
            onClick={() => void flip()}
          >
            {enabled ? "Switch off" : "Switch on"}
          </button>
        </td>
      ) : null}
    </tr>
  );
}
