import { mkdir, symlink, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { directoryPages, plainPath } from "../../../src/http/pages.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { testDoors } from "../../support/http-deps.ts";
import { tempDir } from "../../support/temp-dir.ts";

async function site() {
  const outside = await tempDir();
  const root = `${outside}/dashboard`;
  await mkdir(`${root}/assets`, { recursive: true });
  await writeFile(`${root}/index.html`, "<h1>front</h1>");
  await writeFile(`${root}/assets/app-1a2b.js`, "run()");
  await writeFile(`${root}/.env`, "SECRET");
  await writeFile(`${outside}/operator.token`, "SECRET");
  await symlink(`${outside}/operator.token`, `${root}/link.txt`);
  await mkdir(`${outside}/dashboard-old`);
  await writeFile(`${outside}/dashboard-old/index.html`, "SECRET");
  return directoryPages(nodeFiles, root);
}

describe("the dashboard's files", () => {
  it("are served with their type; built ones are kept by the browser, the document is not", async () => {
    const doors = await testDoors({ pages: await site() });
    const front = await doors.ask("GET", "/", { as: "nobody" });
    expect([front.status, front.text, front.headers.get("cache-control")]).toEqual([200, "<h1>front</h1>", "no-cache"]);
    const script = await doors.ask("GET", "/assets/app-1a2b.js", { as: "nobody" });
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(script.headers.get("cache-control")).toContain("immutable");
    expect((await doors.ask("GET", "/inspect", { as: "nobody" })).text).toBe("<h1>front</h1>");
  });

  it.each([
    "/../operator.token",
    "/..%2foperator.token",
    "/%2e%2e/operator.token",
    "/assets/..%2f..%2foperator.token",
    "/..%5coperator.token",
    "/../dashboard-old/index.html",
    "/link.txt",
    "/.env",
    "/%00",
    "/%zz",
    "/assets",
    "/assets/",
    "//operator.token",
  ])("never answer %s", async (path) => {
    const pages = await site();
    const doors = await testDoors({ pages });
    expect(await pages.read(path)).toBeUndefined();
    const answer = await doors.ask("GET", path, { as: "nobody" });
    expect([path, answer.status, answer.text.includes("SECRET")]).toEqual([path, 404, false]);
  });

  it("say how to build them when they are not there", async () => {
    const doors = await testDoors();
    const answer = await doors.ask("GET", "/", { as: "nobody" });
    expect([answer.status, answer.text]).toEqual([404, expect.stringContaining("npm run build")]);
  });

  it("are named by plain paths", () => {
    expect(plainPath("/assets/a%20b.js")).toBe("assets/a b.js");
    expect(plainPath("/a/./b")).toBeUndefined();
  });
});
