import type { Child, FC } from "hono/jsx";
import { dateTime, NOT_ENOUGH, words } from "../format.ts";

const tones: Readonly<Record<string, string>> = {
  excellent: "good",
  good: "fair",
  degraded: "poor",
  critical: "bad",
  idle: "calm",
  running: "good",
  blocked: "fair",
  archived: "muted",
  closed: "good",
  half_open: "fair",
  open: "bad",
  succeeded: "good",
  failed: "bad",
  dead: "bad",
  cancelled: "muted",
  queued: "calm",
  waiting: "fair",
  fixed: "good",
  not_fixed: "bad",
  unverified: "poor",
  relapsed: "bad",
  refused: "muted",
  suppressed: "muted",
  expired: "muted",
  low: "good",
  medium: "fair",
  high: "poor",
  dangerous: "bad",
  forbidden: "bad",
  draft: "calm",
  verified: "good",
  hardened: "good",
  retired: "muted",
  warning: "fair",
  error: "bad",
  info: "calm",
  debug: "muted",
  acknowledged: "fair",
  reopened: "bad",
  resolved: "good",
  asking: "fair",
  trying: "fair",
  keeping: "good",
  kept: "good",
  undoing: "poor",
  rolled_back: "muted",
  rejected: "muted",
  abandoned: "muted",
};

/** The colour of a word; the word itself always stands beside it. */
export function toneOf(word: string): string {
  return tones[word] ?? "calm";
}

export const Badge: FC<{ word: string; tone?: string | undefined }> = ({ word, tone }) => (
  <span class={`badge ${tone ?? toneOf(word)}`}>{words(word)}</span>
);

/** A section of a tab with its heading. */
export const Card: FC<{ title: string; aside?: Child; children?: Child; class?: string; id?: string }> = (props) => (
  <section class={`card ${props.class ?? ""}`} aria-label={props.title} id={props.id}>
    <header class="card-head">
      <h2>{props.title}</h2>
      <div class="aside">{props.aside ?? null}</div>
    </header>
    {props.children}
  </section>
);

export const Empty: FC<{ children?: Child }> = ({ children }) => <p class="empty">{children}</p>;

/** What a list shows while it is fetched, or when that failed. */
export const Pending: FC<{ failure: string | undefined }> = ({ failure }) =>
  failure === undefined ? <p class="empty">…</p> : <p class="empty bad-text">{failure}</p>;

export const Time: FC<{ atMs: number; text: string }> = ({ atMs, text }) => (
  <time datetime={new Date(atMs).toISOString()} title={dateTime(atMs)}>
    {text}
  </time>
);

/** A number with its name and what it rests on. */
export const Figure: FC<{ name: string; value: string; note?: string | undefined; testid?: string }> = (props) => (
  <div class="figure">
    <span class="figure-name">{props.name}</span>
    <span class={props.value === NOT_ENOUGH ? "figure-value none" : "figure-value"} data-testid={props.testid}>
      {props.value}
    </span>
    <span class="figure-note">{props.note ?? ""}</span>
  </div>
);

/** A share of one as a bar; its number stands beside it, so that it is left out for screen readers. */
export const Bar: FC<{ share: number | null; tone?: string }> = ({ share, tone }) => (
  <span class={`bar ${share === null ? "none" : (tone ?? "")}`} aria-hidden="true">
    <span class="bar-fill" style={{ width: `${Math.round((share ?? 0) * 100)}%` }} />
  </span>
);

/** Any JSON, as a person reads it. */
export const Data: FC<{ value: unknown }> = ({ value }) => <pre class="data">{JSON.stringify(value, null, 2)}</pre>;
