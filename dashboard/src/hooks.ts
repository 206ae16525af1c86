import { useEffect, useRef, useState } from "hono/jsx/dom";
import { Refusal } from "./api.ts";
import { live } from "./live/instance.ts";
import type { Live } from "./live/store.ts";

export function useLive(): Live {
  const [state, setState] = useState(live.state);
  useEffect(() => {
    setState(live.state);
    return live.subscribe(() => setState(live.state));
  }, []);
  return state;
}

/** True when this person may change things; what they may not do is not offered. */
export function useMayAct(): boolean {
  return useLive().self?.role === "operator";
}

/** The time, again every `everyMs`, for ages and countdowns. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export interface Place {
  readonly tab: string;
  readonly id: string | undefined;
}

/** Where in the page we are: `#agents/coder` is the tab `agents` and in it `coder`. */
export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const moved = () => setHash(location.hash);
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return placeOf(hash);
}

export function placeOf(hash: string): Place {
  const [tab = "", ...rest] = hash.replace(/^#/, "").split("/");
  return { tab: tab || "overview", id: rest.length === 0 ? undefined : decodeURIComponent(rest.join("/")) };
}

export interface Resource<T> {
  readonly value: T | undefined;
  readonly failure: string | undefined;
}

const LEAST_GAP_MS = 1000;

/**
 * Something fetched: at once, whenever events of the families arrive (but not more often than once a second), and every
 * `everyMs` where that is given. What was fetched last stays while the next is on its way.
 */
export function useResource<T>(
  load: () => Promise<T>,
  options: { readonly key?: string; readonly families: readonly string[]; readonly everyMs?: number },
): Resource<T> {
  const { key = "", families, everyMs } = options;
  const { stamps } = useLive();
  const stamp = Math.max(0, ...families.map((family) => stamps[family] ?? 0));
  const [resource, setResource] = useState<Resource<T> & { readonly key: string }>({
    key,
    value: undefined,
    failure: undefined,
  });
  const asking = useRef({ key, lastMs: 0, asked: 0, shown: 0 });
  const tick = useNow(everyMs ?? 3_600_000);
  const period = everyMs === undefined ? 0 : Math.floor(tick / everyMs);

  useEffect(() => {
    if (asking.current?.key !== key) asking.current = { key, lastMs: 0, asked: 0, shown: 0 };
    const mine = asking.current;
    const show = (turn: number, change: (before: T | undefined) => Resource<T>) => {
      // An answer that a later one has overtaken, or that is about something else by now, is not shown.
      if (asking.current !== mine || turn < mine.shown) return;
      mine.shown = turn;
      setResource((before) => ({ key, ...change(before.key === key ? before.value : undefined) }));
    };
    const fetchNow = () => {
      mine.lastMs = Date.now();
      const turn = ++mine.asked;
      load().then(
        (value) => show(turn, () => ({ value, failure: undefined })),
        (failure: unknown) =>
          show(turn, (value) => ({ value, failure: failure instanceof Refusal ? failure.message : String(failure) })),
      );
    };
    const timer = setTimeout(fetchNow, Math.max(0, mine.lastMs + LEAST_GAP_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [key, stamp, period]);
  useEffect(
    () => () => {
      asking.current = { key, lastMs: 0, asked: 0, shown: 0 };
    },
    [],
  );

  return resource.key === key ? resource : { value: undefined, failure: undefined };
}
