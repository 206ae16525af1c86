import type { AnyEvent } from "../../events/envelope.ts";
import { AgentsView } from "./agents.ts";
import { RunsView } from "./runs.ts";
import { TasksView } from "./tasks.ts";

/** All read models, fed together: each is folded from the journal and from nothing else. */
export class Views {
  readonly tasks = new TasksView();
  readonly agents = new AgentsView();
  readonly runs = new RunsView();

  apply(event: AnyEvent): void {
    this.tasks.apply(event);
    this.agents.apply(event);
    this.runs.apply(event);
  }
}
