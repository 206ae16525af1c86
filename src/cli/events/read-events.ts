import type { EventItem } from "../answers.ts";
import { type Api, read } from "../client.ts";

export interface EventQuery {
  readonly type?: string | undefined;
  readonly severity?: "debug" | "info" | "warning" | "error" | "critical" | undefined;
  readonly subject?: string | undefined;
}

/** The engine answers with at most so many at once. */
export const PAGE = 1000;

/** All events behind a sequence, oldest first, page by page. */
export async function* eventPages(api: Api, query: EventQuery, after: number): AsyncGenerator<readonly EventItem[]> {
  let from: number | null = after;
  while (from !== null) {
    const page: { items: EventItem[]; next: number | null } = await read(
      api.events.$get({ query: { ...query, after: String(from), limit: String(PAGE), order: "oldest" } }),
    );
    yield page.items;
    from = page.next;
  }
}

/** The newest events, newest first; at most a thousand. */
export async function newestEvents(api: Api, query: EventQuery, limit: number): Promise<readonly EventItem[]> {
  const wish = { ...query, limit: String(Math.min(limit, PAGE)), order: "newest" } as const;
  return (await read(api.events.$get({ query: wish }))).items;
}
