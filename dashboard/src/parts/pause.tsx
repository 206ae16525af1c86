import { act } from "../act.ts";
import { api, type Overview, read } from "../api.ts";
import { useMayAct } from "../hooks.ts";
import { ask } from "./dialog.tsx";

/** The kill switch: pausing is one question away, and so is going on. */
export function Pause({ pause }: { readonly pause: Overview["pause"] }) {
  const mayAct = useMayAct();
  const stop = async () => {
    const reason = await ask({
      title: "Pause the reactor?",
      text: "No remedy begins and none goes on to its next step until you resume. Agents, tasks, time-outs and retries run on.",
      action: "Pause",
      tone: "danger",
      reason: "Reason",
    });
    if (reason === undefined) return;
    await act("The reactor is paused", () => read(api.pause.$post({ json: reason === "" ? {} : { reason } })));
  };
  const resume = async () => {
    const question = { title: "Resume the reactor?", text: "Remedies may act again.", action: "Resume" };
    if ((await ask(question)) === undefined) return;
    await act("The reactor acts again", () => read(api.pause.$delete()));
  };
  return (
    <div class="pause">
      <span class={pause.paused ? "state-word bad" : "state-word"} data-testid="reactor" title={pause.reason ?? ""}>
        {pause.paused ? "reactor paused" : `reactor ${pause.mode}`}
      </span>
      {mayAct ? (
        <button
          type="button"
          class={pause.paused ? "button primary" : "button"}
          data-testid="pause"
          onClick={() => void (pause.paused ? resume() : stop())}
        >
          {pause.paused ? "Resume" : "Pause"}
        </button>
      ) : null}
    </div>
  );
}
