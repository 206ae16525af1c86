import { isKnown } from "../../events/catalog.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import { AgentsView } from "./agents.ts";
import { ApprovalsView } from "./approvals.ts";
import { DeadLettersView } from "./dead-letters.ts";
import { DraftsView } from "./drafts.ts";
import { EngineView } from "./engine.ts";
import { EvolutionView } from "./evolution.ts";
import { FailuresView } from "./failures.ts";
import { IncidentsView } from "./incidents.ts";
import { LessonsView } from "./lessons.ts";
import { NotificationsView } from "./notifications.ts";
import { type PerformanceSettings, PerformanceView } from "./performance.ts";
import { PlaybooksView } from "./playbooks.ts";
import { PredictionsView } from "./predictions.ts";
import { RecentEventsView } from "./recent-events.ts";
import { ResourcesView } from "./resources.ts";
import { RestartsView } from "./restarts.ts";
import { RetriesView } from "./retries.ts";
import { type RunsSettings, RunsView } from "./runs.ts";
import { type TasksSettings, TasksView } from "./tasks.ts";
import type { View } from "./view.ts";
import { WorkView } from "./work.ts";

export interface ViewsSettings {
  readonly tasks?: TasksSettings;
  readonly runs?: RunsSettings;
  readonly failures?: { readonly remembered: number };
  readonly performance?: PerformanceSettings;
}

/** All read models. Folding a journal from its first event gives the same answers as having lived through it. */
export class Views {
  readonly engine = new EngineView();
  readonly tasks: TasksView;
  readonly agents = new AgentsView();
  readonly runs: RunsView;
  readonly approvals = new ApprovalsView();
  readonly incidents = new IncidentsView();
  readonly deadLetters = new DeadLettersView();
  readonly playbooks = new PlaybooksView();
  readonly drafts = new DraftsView();
  readonly failures: FailuresView;
  readonly lessons = new LessonsView();
  readonly evolution = new EvolutionView();
  readonly predictions = new PredictionsView();
  readonly notifications = new NotificationsView();
  readonly restarts = new RestartsView();
  readonly retries = new RetriesView();
  readonly resources = new ResourcesView();
  readonly recent = new RecentEventsView();
  readonly performance: PerformanceView;
  readonly work = new WorkView();
  /** In the order in which they hear. */
  readonly all: readonly View[];
  readonly #byType = new Map<string, readonly View[]>();

  constructor(settings: ViewsSettings = {}) {
    this.tasks = new TasksView(settings.tasks);
    this.runs = new RunsView(settings.runs);
    this.failures = new FailuresView(settings.failures?.remembered);
    this.performance = new PerformanceView(settings.performance);
    this.all = [
      this.engine,
      this.tasks,
      this.agents,
      this.runs,
      this.approvals,
      this.incidents,
      this.deadLetters,
      this.playbooks,
      this.drafts,
      this.failures,
      this.lessons,
      this.evolution,
      this.predictions,
      this.notifications,
      this.restarts,
      this.retries,
      this.resources,
      this.recent,
      this.performance,
      this.work,
    ];
  }

  apply(event: AnyEvent): void {
    for (const view of this.#hearing(event.type)) view.apply(event);
  }

  /** Those that mind events of a type; looked up once for each type of the catalogue, of which users' own are none. */
  #hearing(type: string): readonly View[] {
    const name = isKnown(type) ? type : "";
    const known = this.#byType.get(name);
    if (known !== undefined) return known;
    const hearing = this.all.filter(({ apply }) => apply.types?.has(name) ?? true);
    this.#byType.set(name, hearing);
    return hearing;
  }
}
