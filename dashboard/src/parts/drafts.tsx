import { useState } from "hono/jsx/dom";
import { api, read } from "../api.ts";
import { useResource } from "../hooks.ts";
import { Card } from "./bits.tsx";

/** Playbooks that were drafted for failures that none answers; nothing is shown while there are none. */
export function Drafts() {
  const { value } = useResource(() => read(api.playbooks.drafts.$get({ query: { limit: "100" } })), {
    families: ["playbook"],
  });
  if (value === undefined || value.items.length === 0) return null;
  return (
    <Card title="Drafted playbooks" aside="no playbook answers these failures">
      <ul class="list">
        {value.items.map(({ id, fingerprint, template, tasks, unfinished, file }) => (
          <li key={id} data-testid={`draft-${id}`}>
            <span class="name">{id}</span>
            <span class="fine block">
              {template} · struck {tasks} tasks
            </span>
            <span class="fine block">
              To fill in: {unfinished.map(({ path }) => path).join(", ")}
              {file === undefined ? " · aios playbook drafts adopt" : ` · ${file}`}
            </span>
            <Similar failure={fingerprint} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

type Similarity = Awaited<ReturnType<typeof similarTo>>;

const similarTo = (failure: string) => read(api.playbooks.suggest.$post({ json: { failure } }));

/** Asked for, not fetched with the page: each answer ranks every playbook. What it names does nothing by itself. */
function Similar({ failure }: { readonly failure: string }) {
  const [found, setFound] = useState<Similarity | undefined>(undefined);
  const [problem, setProblem] = useState("");
  const ask = () => {
    similarTo(failure).then(setFound, (refusal: unknown) =>
      setProblem(refusal instanceof Error ? refusal.message : String(refusal)),
    );
  };
  if (problem !== "") return <span class="fine block">{problem}</span>;
  if (found === undefined)
    return (
      <button type="button" class="button" onClick={ask} data-testid={`similar-to-${failure}`}>
        Similar playbooks
      </button>
    );
  if (found.items.length === 0) return <span class="fine block">No playbook is as like it as {found.leastScore}.</span>;
  return (
    <ul class="list" data-testid={`similar-${failure}`}>
      {found.items.map(({ playbook, title, score, reason }) => (
        <li key={playbook} class="fine">
          <span class="name">{playbook}</span> {score.toFixed(2)} · {title}: {reason}
        </li>
      ))}
    </ul>
  );
}
