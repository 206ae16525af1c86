import { api, type EventView, type Overview, Refusal, read, type Self } from "../api.ts";
import { heldToken } from "../session.ts";
import { type LiveMessage, readMessage } from "./message.ts";
import { catchUp, KEPT, merged, noTimeline, stamped, type Timeline } from "./timeline.ts";
import { waitBeforeTry } from "./wait.ts";

export type Connection = "connecting" | "live" | "polling" | "offline";

export interface Live {
  readonly access: "asking" | "in" | "out";
  readonly self: Self | undefined;
  readonly connection: Connection;
  readonly version: string | undefined;
  readonly overview: Overview | undefined;
  readonly timeline: Timeline;
  /** The newest sequence of each family of events. */
  readonly stamps: Readonly<Record<string, number>>;
}

const POLL_MS = 2000;
const PING_MS = 15_000;
const TELL_MS = 50;
const PAGE = 1000;

/**
 * What this page knows of the engine. News come over the socket; while there is none they are fetched every two
 * seconds, and the socket is tried again and again. Events are folded by their sequence, so that whatever arrives twice,
 * late or by both ways stands in the timeline once.
 */
export class LiveStore {
  #state: Live = {
    access: "asking",
    self: undefined,
    connection: "connecting",
    version: undefined,
    overview: undefined,
    timeline: noTimeline,
    stamps: {},
  };
  readonly #listeners = new Set<() => void>();
  #telling: ReturnType<typeof setTimeout> | undefined;
  #socket: WebSocket | undefined;
  #polling: ReturnType<typeof setTimeout> | undefined;
  #trying: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #heard = false;

  get state(): Live {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Asks who we are and begins. Call again after a token was pasted. */
  async start(): Promise<void> {
    try {
      const self = await read(api.self.$get());
      this.#set({ access: "in", self });
    } catch (failure) {
      if (this.#isOut(failure)) return;
      this.#set({ access: "in", connection: "offline" });
    }
    await this.#poll();
    this.#connect();
  }

  /** Fetches at once what is news, for instance after the page changed something. */
  async refresh(): Promise<void> {
    await this.#fetchNews().catch(() => undefined);
  }

  #connect(): void {
    // A browser cannot send a token with a socket: without the cookie there is only polling.
    if (this.#state.access !== "in" || heldToken() !== undefined) return;
    const { host, protocol } = location;
    const after = this.#state.timeline.lastSequence;
    const socket = new WebSocket(`${protocol === "https:" ? "wss" : "ws"}://${host}/ws?state=overview&after=${after}`);
    this.#socket = socket;
    this.#heard = true;
    const beat = setInterval(() => {
      if (!this.#heard) socket.close();
      this.#heard = false;
      if (socket.readyState === WebSocket.OPEN) socket.send('{"kind":"ping"}');
    }, PING_MS);
    socket.onmessage = ({ data }) => {
      this.#heard = true;
      const message = typeof data === "string" ? readMessage(data) : undefined;
      if (message !== undefined && socket === this.#socket) this.#hear(message);
    };
    socket.onclose = () => {
      clearInterval(beat);
      if (socket === this.#socket) this.#lose();
    };
  }

  #hear(message: LiveMessage): void {
    switch (message.kind) {
      case "hello":
        this.#set({ version: message.version });
        if (catchUp(this.#state.timeline, message.lastSequence) === "afresh") this.#restart();
        break;
      case "event":
        this.#take([message.event]);
        break;
      case "live":
        this.#attempt = 0;
        clearTimeout(this.#polling);
        this.#polling = undefined;
        this.#set({ connection: "live" });
        break;
      case "state":
        this.#set({ overview: message.value });
        break;
      case "dropped":
        // Said before the event behind the gap: what we hold still ends right before it.
        void this.#fetchAfter(this.#state.timeline.lastSequence).catch(() => this.#socket?.close());
        break;
      case "pong":
        break;
    }
  }

  #lose(): void {
    this.#socket = undefined;
    if (this.#state.access !== "in") return;
    clearTimeout(this.#trying);
    this.#trying = setTimeout(() => this.#connect(), waitBeforeTry(this.#attempt++, Math.random()));
    if (this.#polling === undefined) void this.#poll();
  }

  async #poll(): Promise<void> {
    clearTimeout(this.#polling);
    this.#polling = setTimeout(() => void this.#poll(), POLL_MS);
    try {
      await this.#fetchNews();
      if (this.#polling !== undefined) this.#set({ connection: "polling" });
    } catch (failure) {
      if (!this.#isOut(failure) && this.#polling !== undefined) this.#set({ connection: "offline" });
    }
  }

  async #fetchNews(): Promise<void> {
    const overview = await read(api.overview.$get());
    const how = catchUp(this.#state.timeline, overview.lastSequence);
    if (how === "afresh") this.#set({ timeline: noTimeline, stamps: {} });
    this.#set({ overview, access: "in" });
    if (how === "resume") await this.#fetchAfter(this.#state.timeline.lastSequence);
    else this.#take((await read(api.events.$get({ query: { order: "newest", limit: String(KEPT) } }))).items);
  }

  async #fetchAfter(after: number): Promise<void> {
    let position: number | null = after;
    while (position !== null) {
      const page: { items: EventView[]; next: number | null } = await read(
        api.events.$get({ query: { after: String(position), limit: String(PAGE) } }),
      );
      this.#take(page.items);
      position = page.next;
    }
  }

  #take(events: readonly EventView[]): void {
    const { timeline, stamps } = this.#state;
    this.#set({ timeline: merged(timeline, events), stamps: stamped(stamps, events) });
  }

  /** The engine has another journal than the one this page began with. */
  #restart(): void {
    this.#set({ timeline: noTimeline, stamps: {}, overview: undefined });
    this.#socket?.close();
  }

  #isOut(failure: unknown): boolean {
    if (!(failure instanceof Refusal) || failure.status !== 401) return false;
    clearTimeout(this.#polling);
    clearTimeout(this.#trying);
    this.#polling = undefined;
    this.#set({ access: "out", self: undefined });
    this.#socket?.close();
    return true;
  }

  #set(change: Partial<Live>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#telling !== undefined) return;
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      for (const listener of this.#listeners) listener();
    }, TELL_MS);
  }
}
