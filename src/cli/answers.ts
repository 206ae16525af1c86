import type { Api } from "./client.ts";

/** What a route answers with, as it arrives: JSON has no `undefined` and knows no classes. */
type Answer<Ask extends (...args: never[]) => Promise<{ json(): Promise<unknown> }>> = Awaited<
  ReturnType<Awaited<ReturnType<Ask>>["json"]>
>;
type Item<Ask extends (...args: never[]) => Promise<{ json(): Promise<{ items: unknown[] }> }>> =
  Answer<Ask> extends { items: (infer One)[] } ? One : never;

export type Task = Item<Api["tasks"]["$get"]>;
export type Agent = Item<Api["agents"]["$get"]>;
export type ConfigurationVersion = Item<Api["agents"][":id"]["configuration"]["$get"]>;
export type Playbook = Item<Api["playbooks"]["$get"]>;
export type PlaybookDraft = Item<Api["playbooks"]["drafts"]["$get"]>;
export type Explanations = Answer<Api["playbooks"]["explain"]["$post"]>;
export type DryRun = Answer<Api["playbooks"][":id"]["dry-run"]["$post"]>;
export type RefusedFile = Answer<Api["playbooks"]["reload"]["$post"]>["refused"][number];
export type Proposals = Answer<Api["playbooks"]["suggest"]["dry-run"]["$post"]>;
export type Run = Item<Api["runs"]["$get"]>;
export type Approval = Item<Api["approvals"]["$get"]>;
export type Incident = Item<Api["incidents"]["$get"]>;
export type LedgerEntry = Item<Api["effects"]["$get"]>;
export type DeadLetter = Item<Api["deadletters"]["$get"]>;
export type Score = Answer<Api["score"]["$get"]>;
export type SubjectStanding = Item<Api["score"]["standings"]["$get"]>;
export type ScorePoint = Item<Api["score"]["history"]["$get"]>;
export type Machine = Item<Api["machines"]["$get"]>;
export type ActorMove = Item<Api["actors"][":id"]["history"]["$get"]>;
export type MemoryItem = Item<Api["memory"]["items"]["$get"]>;
export type MemoryHits = Answer<Api["memory"]["query"]["$post"]>;
export type MemoryGraph = Answer<Api["memory"]["path"]["$post"]>;
export type MemorySequel = Answer<Api["memory"]["sequel"]["$post"]>;
export type Alike = Answer<Api["memory"]["review"]["$post"]>["items"][number];
export type Archived = Answer<Api["memory"]["sweep"]["$post"]>["items"][number];
export type EmbedderStatus = Answer<Api["memory"]["embedder"]["$get"]>;
export type Lesson = Item<Api["lessons"]["$get"]>;
export type Failure = Item<Api["failures"]["$get"]>;
export type FailureExplanation = Answer<Api["failures"]["explain"]["$post"]>;
export type Suggestion = Item<Api["evolution"]["$get"]>;
export type Predictions = Answer<Api["predictions"]["$get"]>;
export type Token = Item<Api["tokens"]["$get"]>;
export type Overview = Answer<Api["overview"]["$get"]>;
export type Pause = Answer<Api["pause"]["$get"]>;
export type EventItem = Item<Api["events"]["$get"]>;
