import { access, chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { buildImage, type Image, startIn } from "./support/dockerfile.ts";
import { sizeOf } from "./support/folder-size.ts";
import { freePort } from "./support/free-port.ts";
import type { Program } from "./support/program.ts";
import { sharedTemp } from "./support/shared-temp.ts";

const root = path.resolve(import.meta.dirname, "../..");
const MIB = 1024 * 1024;
const TOKEN = "a-token-for-this-test-only";

let scratch: string;
let image: Image;

beforeAll(async () => {
  // The image's user is another one than ours.
  scratch = await mkdtemp(path.join(await sharedTemp(), "aios-image-"));
  await chmod(scratch, 0o755);
  image = await buildImage(root, scratch);
}, 280_000);

afterAll(() => rm(scratch, { recursive: true, force: true, maxRetries: 3 }));

describe("the Dockerfile, carried out step by step in empty folders", () => {
  it("builds an engine without development packages, in less than 80 MB", async () => {
    const modules = path.join(image.root, "opt/aios/node_modules");
    await access(path.join(modules, "hono"));
    await expect(access(path.join(modules, "vitest"))).rejects.toThrow("ENOENT");
    expect((await sizeOf(modules)) / MIB).toBeLessThan(80);
  });

  it("refuses to start without a token, and says which variable to set", async () => {
    const { code, stderr } = await start({}).ended;
    expect(code).toBe(1);
    expect(stderr).toContain("AIOS_TOKEN");
  });

  it("starts as its own user, is healthy, serves dashboard and API, and ends in order", async () => {
    const port = String(await freePort());
    const engine = start({ AIOS_TOKEN: TOKEN, AIOS_PORT: port });
    await engine.until(/listens on/);
    expect(await check(port)).toBe(0);

    const base = `http://127.0.0.1:${port}`;
    const page = await fetch(base);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<!doctype html>")]);
    expect((await fetch(`${base}/api/v1/agents`)).status).toBe(401);
    const self = await fetch(`${base}/api/v1/self`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(await self.json()).toMatchObject({ role: "operator" });

    engine.signal("SIGTERM");
    expect((await engine.ended).code).toBe(0);
    expect(await check(port)).toBe(1);
    const journal = await readFile(path.join(image.root, "var/lib/aios/events.jsonl"), "utf8");
    expect(journal.trimEnd().split("\n").at(-1)).toContain('"type":"engine.stopped"');
  });
});

function start(env: Record<string, string>): Program {
  const engine = startIn(image, image.start, env);
  onTestFinished(() => engine.kill());
  return engine;
}

/** The exit code of the image's health check. */
async function check(port: string): Promise<number | null> {
  return (await startIn(image, image.healthcheck, { AIOS_PORT: port }).ended).code;
}
