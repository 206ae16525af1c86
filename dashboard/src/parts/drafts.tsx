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
        {value.items.map(({ id, template, tasks, unfinished, file }) => (
          <li key={id} data-testid={`draft-${id}`}>
            <span class="name">{id}</span>
            <span class="fine block">
              {template} · struck {tasks} tasks
            </span>
            <span class="fine block">
              To fill in: {unfinished.map(({ path }) => path).join(", ")}
              {file === undefined ? " · aios playbook drafts adopt" : ` · ${file}`}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
