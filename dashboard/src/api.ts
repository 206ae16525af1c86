import { type ClientResponse, hc, type InferResponseType } from "hono/client";
import type { AppType } from "../../src/http/app.ts";
import { heldToken } from "./session.ts";

/** The engine's API, with the types of its own routes. */
export const api = hc<AppType>("/", {
  headers: (): Record<string, string> => {
    const token = heldToken();
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  },
}).api.v1;

export type Overview = InferResponseType<typeof api.overview.$get, 200>;
export type EventView = Overview["timeline"][number];
export type Score = Overview["score"];
export type ScorePoint = InferResponseType<typeof api.score.history.$get, 200>["items"][number];
export type Agent = InferResponseType<typeof api.agents.$get, 200>["items"][number];
export type Playbooks = InferResponseType<typeof api.playbooks.$get, 200>;
export type Run = InferResponseType<typeof api.runs.$get, 200>["items"][number];
export type Approval = InferResponseType<typeof api.approvals.$get, 200>["items"][number];
export type Incident = InferResponseType<typeof api.incidents.$get, 200>["items"][number];
export type DeadLetter = InferResponseType<typeof api.deadletters.$get, 200>["items"][number];
export type Lesson = InferResponseType<typeof api.lessons.$get, 200>["items"][number];
export type Improvement = InferResponseType<typeof api.evolution.$get, 200>["items"][number];
export type Performance = InferResponseType<typeof api.performance.$get, 200>;
export type Machine = InferResponseType<typeof api.machines.$get, 200>["items"][number];
export type Actor = InferResponseType<typeof api.actors.$get, 200>["items"][number];
export type LedgerEntry = InferResponseType<typeof api.effects.$get, 200>["items"][number];
export type Self = InferResponseType<typeof api.self.$get, 200>;

/** What the engine answered instead of what was asked for. `status` is 0 when nothing answered. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly advice: string;

  constructor(status: number, detail: string, advice: string) {
    super(detail);
    this.status = status;
    this.advice = advice;
  }
}

/** The body of an answer; a refusal is thrown with the engine's own words. */
export async function read<T>(asked: Promise<ClientResponse<T>>): Promise<T> {
  let response: ClientResponse<T>;
  try {
    response = await asked;
  } catch {
    throw new Refusal(0, "The engine does not answer", "Is it running? `aios status` tells.");
  }
  if (response.ok) return (await response.json()) as T;
  throw await refusalOf(response);
}

async function refusalOf(response: { readonly status: number; text(): Promise<string> }): Promise<Refusal> {
  const text = await response.text();
  const problem = problemIn(text);
  return new Refusal(response.status, problem.detail ?? `The engine answered ${response.status}`, problem.advice ?? "");
}

function problemIn(text: string): { readonly detail?: string; readonly advice?: string } {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/** All pages of a list, up to `most` items. */
export async function readAll<T>(
  ask: (after: string | undefined) => Promise<ClientResponse<{ items: T[]; next: string | null }>>,
  most = 2000,
): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  while (items.length < most) {
    const page = await read(ask(after));
    items.push(...page.items);
    if (page.next === null) break;
    after = page.next;
  }
  return items;
}
