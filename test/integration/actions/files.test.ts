import { mkdir, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { actions } from "../../../src/actions/index.ts";
import type { Action } from "../../../src/actions/kind.ts";
import { openWorld } from "./world.ts";

function kind(name: string): Action {
  const found = actions.get(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

async function rooms() {
  const world = await openWorld();
  const inside = path.join(world.directory, "inside");
  const outside = path.join(world.directory, "outside");
  await mkdir(inside);
  await mkdir(outside);
  await writeFile(path.join(outside, "secret.txt"), "secret");
  return { world, inside, outside, context: world.context([`fs.write:${inside}/**`, `fs.read:${inside}/**`]) };
}

it("does not follow a link out of what was granted, be it a directory, a file or a name that dangles", async () => {
  const { inside, outside, context } = await rooms();
  await symlink(outside, path.join(inside, "door"));
  await symlink(path.join(outside, "secret.txt"), path.join(inside, "alias.txt"));
  await symlink(path.join(outside, "new.txt"), path.join(inside, "dangling.txt"));
  for (const name of ["door/secret.txt", "door/new.txt", "alias.txt", "dangling.txt"]) {
    const params = { path: path.join(inside, name), content: "overwritten" };
    await expect(kind("write_file").prepare(params, context)).rejects.toMatchObject({ code: "action.refused" });
    await expect(kind("write_file").run(params, context)).rejects.toMatchObject({ code: "action.refused" });
  }
  expect(await readFile(path.join(outside, "secret.txt"), "utf8")).toBe("secret");
  expect(await context.files.list(outside)).toEqual(["secret.txt"]);
});

it("does not read a source through a link out of what was granted", async () => {
  const { inside, outside, context } = await rooms();
  await symlink(path.join(outside, "secret.txt"), path.join(inside, "alias.txt"));
  const params = { path: path.join(inside, "copy.txt"), source: path.join(inside, "alias.txt") };
  await expect(kind("restore_file").run(params, context)).rejects.toMatchObject({ code: "action.refused" });
  expect(await context.files.exists(params.path)).toBe(false);
});

it("refuses a path with dots or a NUL in it before anything is looked at", async () => {
  const { inside, context } = await rooms();
  for (const name of ["../outside/secret.txt", "./x", "a\0b"]) {
    const params = { path: `${inside}/${name}`, content: "x" };
    await expect(kind("write_file").run(params, context)).rejects.toMatchObject({ code: "action.refused" });
  }
});

it("does not overwrite what undo could not put back: a directory, or a file too large for the journal", async () => {
  const { inside, context } = await rooms();
  const large = path.join(inside, "large.bin");
  await writeFile(large, "");
  await truncate(large, 512 * 1024 + 1);
  for (const file of [inside.concat("/."), large]) {
    const params = { path: file, content: "x" };
    await expect(kind("write_file").prepare(params, context)).rejects.toMatchObject({ code: "action.refused" });
  }
});

it("leaves a file as it is when somebody else changed it after the run, and says that it is not the same", async () => {
  const { inside, context } = await rooms();
  const file = path.join(inside, "a.txt");
  await writeFile(file, "old");
  const params = { path: file, content: "new" };
  const before = await kind("write_file").prepare(params, context);
  await kind("write_file").run(params, context);
  await writeFile(file, "somebody's");
  expect(await kind("write_file").undo(params, before, context)).toMatchObject({ same: false });
  expect(await readFile(file, "utf8")).toBe("somebody's");
});

it("fails when the source of a restore is gone, and leaves the place as it was", async () => {
  const { inside, context } = await rooms();
  const params = { path: path.join(inside, "a.txt"), source: path.join(inside, "gone.txt") };
  await expect(kind("restore_file").run(params, context)).rejects.toMatchObject({ code: "action.failed" });
  expect(await context.files.exists(params.path)).toBe(false);
});

it("leaves a configuration as it is when somebody else configured the agent after the run", async () => {
  const { world } = await rooms();
  await world.engine.addAgent("a", { config: { model: "big" } });
  const context = world.context(["agent.configure:*"]);
  const params = { target: "a", patch: { model: "small" } };
  const before = await kind("configure_agent").prepare(params, context);
  await kind("configure_agent").run(params, context);
  await world.engine.configureAgent("a", { model: "somebody's" });
  expect(await kind("configure_agent").undo(params, before, context)).toMatchObject({ same: false });
  expect(world.engine.agent("a")?.config).toEqual({ model: "somebody's" });
});

it("takes an answer outside 200 to 299 as a failure", async () => {
  const { world } = await rooms();
  world.server.status = 503;
  const params = { url: `http://${world.server.host}/`, body: "x" };
  const run = kind("http_request").run(params, world.context([`http:POST ${world.server.host}/`]));
  await expect(run).rejects.toMatchObject({ code: "action.failed", message: expect.stringContaining("503") });
});

it("deletes no directory, no link, nothing young and nothing at all where more is meant than is allowed", async () => {
  const { world, inside, outside } = await rooms();
  await mkdir(path.join(inside, "sub.tmp"));
  await symlink(path.join(outside, "secret.txt"), path.join(inside, "alias.tmp"));
  await writeFile(path.join(inside, "a.tmp"), "a");
  await writeFile(path.join(inside, "b.tmp"), "b");
  const context = world.context([`fs.delete:${inside}/*`]);
  const given = { directory: inside, name: "*.tmp" };
  const all = ["a.tmp", "alias.tmp", "b.tmp", "sub.tmp"];
  expect(await kind("delete_files").run({ ...given, olderThanMs: 3_600_000 }, context)).toMatchObject({
    evidence: { files: [], bytes: 0 },
  });
  const many = kind("delete_files").prepare({ ...given, maxFiles: 1 }, context);
  await expect(many).rejects.toMatchObject({ code: "action.refused", message: /2 files are meant/ });
  expect(await context.files.list(inside)).toEqual(all);
  await kind("delete_files").run(given, context);
  expect(await context.files.list(inside)).toEqual(["alias.tmp", "sub.tmp"]);
  expect(await readFile(path.join(outside, "secret.txt"), "utf8")).toBe("secret");
});

it("deletes nothing of a directory that leads out of what was granted", async () => {
  const { world, inside, outside } = await rooms();
  await symlink(outside, path.join(inside, "door"));
  const context = world.context([`fs.delete:${inside}/**`]);
  const deleting = kind("delete_files").run({ directory: path.join(inside, "door") }, context);
  await expect(deleting).rejects.toMatchObject({ code: "action.refused", message: /leads to/ });
  expect(await context.files.list(outside)).toEqual(["secret.txt"]);
});

it("does not claim to have taken back a rotation that dropped a log, or whose log was written anew", async () => {
  const { inside, context } = await rooms();
  const log = path.join(inside, "out.log");
  const params = { path: log, keep: 1 };
  await writeFile(log, "new");
  // Of another size: two files of one millisecond and one size look alike.
  await writeFile(`${log}.1`, "older");
  const before = await kind("rotate_log").prepare(params, context);
  await kind("rotate_log").run(params, context);
  await writeFile(log, "written anew");
  expect(await kind("rotate_log").undo(params, before, context)).toMatchObject({ same: false });
  expect(await readFile(log, "utf8")).toBe("written anew");
  await context.files.remove(log);
  expect(await kind("rotate_log").undo(params, before, context)).toMatchObject({
    same: false,
    detail: expect.stringContaining("is gone") as string,
  });
  expect(await readFile(log, "utf8")).toBe("new");
});
