import { readdir } from "node:fs/promises";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import type { MemoryBackend } from "../../../src/memory/backend.ts";
import { backends } from "../../../src/memory/backends/index.ts";
import { sumOf } from "../../../src/memory/migration/sum.ts";
import { SwitchingBackend } from "../../../src/memory/migration/switching.ts";
import { MemoryPalace } from "../../../src/memory/palace.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { type ServerName, signalServer, startServer } from "../support/outage.ts";
import { chromaUrl, neo4jUrl } from "../support/servers.ts";
import { dropCollections, emptyNeo4j } from "../support/stores.ts";

const urls: Record<ServerName, () => string> = { neo4j: neo4jUrl, chroma: chromaUrl };
/** A server that is held up is given up after three times as long; one that was just started is slow. */
const PATIENT_MS = 15_000;
const HASTY_MS = 4_000;
const BEFORE = 40;
const DURING = 400;
const LANES = 16;
const CALM_MS = 90_000;

type Trace = (request: string) => void;

/** An empty memory on the server; `open` opens it with its outbox in `directory`. */
async function memoryOn(name: ServerName) {
  const directory = await tempDir();
  const collection = `${COLLECTIONS}${String(Date.now())}`;
  if (name === "neo4j") await emptyNeo4j();
  const open = (trace: Trace = () => undefined, timeoutMs = PATIENT_MS): Promise<MemoryBackend> => {
    const options = { url: urls[name](), timeoutMs, path: directory };
    const ports = { ...memoryPorts(), trace };
    if (name === "neo4j") return backends.neo4j.open(options, ports);
    return backends.chroma.open({ ...options, collection }, ports);
  };
  return { directory, open };
}

async function memoryInFiles(): Promise<MemoryBackend> {
  return backends.json.open({ path: await tempDir() }, memoryPorts());
}

/** Time stands still in both, so that two memories that were told the same are the same to the byte. */
const palaceOver = (backend: MemoryBackend) => MemoryPalace.over(backend, new VirtualClock());

/** To start Neo4j again takes longest; away from a server is the same work for each. */
const ways: Record<ServerName, readonly ("to" | "from")[]> = { chroma: ["to", "from"], neo4j: ["to"] };

const COLLECTIONS = `held-${String(process.pid)}-`;
// Not after each test: a memory that was cut off from its server may make its collections once more when it is back.
afterAll(() => dropCollections(COLLECTIONS));

const keyOf = (n: number) => `k${String(n)}`;

async function settleIn(palace: MemoryPalace): Promise<void> {
  for (let n = 0; n < BEFORE; n += 1) await palace.store(keyOf(n), `before ${String(n)}: the disk of runner is full`);
}

/** Writes of each kind, a few at a time: new items, other words for known ones, links. `confirmed` hears of each. */
async function work(palace: MemoryPalace, confirmed: () => void = () => undefined): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < DURING; n = next++) {
      // Each item is one lane's alone: what becomes of it does not hang on who is first.
      if (n % 4 === 0) await palace.store(keyOf(n % BEFORE), `during ${String(n % BEFORE)}: the proxy timed out`);
      else if (n % 4 === 1) await palace.link(keyOf(n % BEFORE), keyOf((n + 7) % BEFORE), "causes");
      else await palace.store(keyOf(BEFORE + n), { content: `new ${String(n)}: a certificate expired`, tags: ["new"] });
      confirmed();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Calls `then` when it was called itself so many times. */
function atCount(count: number, then: () => void): () => void {
  let calls = 0;
  return () => {
    calls += 1;
    if (calls === count) then();
  };
}

function nextOf(opened: MemoryBackend[]): Promise<MemoryBackend> {
  const next = opened.shift();
  return next === undefined ? Promise.reject(new Error("nothing more is opened")) : Promise.resolve(next);
}

const stateOf = (backend: MemoryBackend) => backend.health?.().state;
async function untilReady(backend: MemoryBackend): Promise<void> {
  await expect.poll(() => stateOf(backend), { timeout: CALM_MS, interval: 100 }).toBe("ready");
}

describe.each<ServerName>(["chroma", "neo4j"])("a memory on %s that is held up in the middle of its work", (name) => {
  it.each(["SIGSTOP", "SIGKILL"] as const)(
    "by %s holds in the end what files hold, each write once",
    async (signal) => {
      const url = urls[name]();
      await using files = await memoryInFiles();
      await settleIn(palaceOver(files));
      await work(palaceOver(files));
      const expected = await sumOf(files, nodeHash);

      const { directory, open } = await memoryOn(name);
      const again = async () => {
        if (signal === "SIGKILL") await startServer(name, url);
        else signalServer(name, "SIGCONT");
      };
      onTestFinished(again);
      await using first = await open();
      await settleIn(palaceOver(first));
      const backend = await open(undefined, signal === "SIGSTOP" ? HASTY_MS : PATIENT_MS);
      const palace = palaceOver(backend);
      await palace.query("disk");
      let asked: ReturnType<MemoryPalace["query"]> | undefined;
      const holdUp = atCount(DURING / 4, () => {
        signalServer(name, signal);
        asked = palace.query("proxy timed out, certificate expired");
      });
      await work(palace, holdUp);
      const answer = await asked;
      expect(answer?.items.length).toBeGreaterThan(0);
      expect(answer?.note).toContain("is away");
      const health = backend.health?.();
      expect(health?.state === "degraded" ? health.waiting : 0).toBeGreaterThan(0);

      await again();
      await untilReady(backend);
      expect(await sumOf(first, nodeHash)).toEqual(expected);
      expect(await readdir(directory)).toEqual([]);
      expect((await palace.query("certificate expired", { topK: 5 })).note).toBeUndefined();
      await backend.close();
      await using next = await open();
      expect(await sumOf(next, nodeHash)).toEqual(expected);
    },
    240_000,
  );

  it("by SIGSTOP while everything is read for the first question answers from what is known", async () => {
    const { open } = await memoryOn(name);
    await using first = await open();
    await settleIn(palaceOver(first));
    const isScan = (request: string) => request === "get" || request.includes("i.id > $after");
    let isHeld = false;
    onTestFinished(() => signalServer(name, "SIGCONT"));
    const backend = await open((request) => {
      if (isHeld || !isScan(request)) return;
      isHeld = true;
      signalServer(name, "SIGSTOP");
    }, HASTY_MS);
    const palace = palaceOver(backend);
    const { items, note } = await palace.query("disk");
    expect([isHeld, items, note]).toEqual([true, [], expect.stringContaining("is away")]);
    signalServer(name, "SIGCONT");
    await untilReady(backend);
    expect((await palace.query("disk")).items.length).toBeGreaterThan(0);
    await backend.close();
  }, 120_000);

  it.each<"to" | "from">(ways[name])(
    "by SIGKILL while a memory moves %s it can be moved again, and nothing is lost",
    async (way) => {
      const url = urls[name]();
      onTestFinished(() => startServer(name, url));
      const { directory, open } = await memoryOn(name);
      const files = await memoryInFiles();
      let requests = (): void => undefined;
      const server = await open(() => requests());
      const [source, target] = way === "to" ? [files, server] : [server, files];
      const palace = palaceOver(source);
      await settleIn(palace);
      await work(palace);
      const expected = await sumOf(source, nodeHash);
      const opened = [target];
      const moving = new SwitchingBackend(source, {
        hash: nodeHash,
        open: () => nextOf(opened),
        settle: () => Promise.resolve(),
        forgetBehind: () => Promise.resolve(),
      });
      let isKilled = false;
      // In the middle: the first requests look what is there, the others carry items.
      requests = atCount(way === "to" ? 4 : 3, () => {
        signalServer(name, "SIGKILL");
        isKilled = true;
      });
      await expect(moving.moveTo(target.name)).rejects.toMatchObject({ code: "memory.unavailable" });
      expect([isKilled, moving.name]).toEqual([true, source.name]);
      // A copy that breaks off is begun again: nothing of it waits to be delivered behind somebody's back.
      expect(await readdir(directory)).toEqual([]);

      await startServer(name, url);
      const next = way === "to" ? await open() : await memoryInFiles();
      await untilReady(way === "to" ? next : source);
      opened.push(next);
      expect(await moving.moveTo(target.name)).toMatchObject({ to: target.name, ...expected });
      expect(await sumOf(moving, nodeHash)).toEqual(expected);
      await moving.close();
    },
    240_000,
  );
});
