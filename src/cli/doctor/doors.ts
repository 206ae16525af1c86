import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "../../kernel/errors.ts";
import { livingHolder } from "../../platform/file-lock.ts";
import { nodeFiles } from "../../platform/files.ts";
import { nodeHash } from "../../platform/hash.ts";
import { loadRules } from "../../runtime/playbook-files.ts";
import { configuredFolders } from "../playbook/folders.ts";
import { catalogueFor } from "../playbook/own-catalogue.ts";
import { readRunningFile } from "../running-file.ts";
import type { Settings } from "../settings.ts";
import { type Check, type Finding, fail, ok, warn } from "./check.ts";

const packageRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

const port: Check = {
  name: "port",
  look: async (settings) => {
    const { host, port: wanted } = settings.config.http;
    const running = await runningUrl(settings);
    if (running !== undefined) return ok(`the engine of this directory listens on ${running}`);
    return triedPort(host, wanted);
  },
};

async function runningUrl({ dataDir }: Settings): Promise<string | undefined> {
  const [running, holder] = await Promise.all([
    readRunningFile(dataDir),
    livingHolder(path.join(dataDir, "engine.lock")),
  ]);
  return running !== undefined && running.pid === holder?.pid ? running.url : undefined;
}

function triedPort(host: string, wanted: number): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (failure: NodeJS.ErrnoException) => {
      const advice = "Stop the program that listens there, or choose another with AIOS_PORT.";
      if (failure.code === "EADDRINUSE") resolve(fail(`something else listens on ${host}:${wanted}`, advice));
      else
        resolve(fail(`cannot listen on ${host}:${wanted}: ${failure.message}`, "Change `http.host` or `http.port`."));
    });
    server.listen({ host, port: wanted }, () =>
      server.close(() => resolve(ok(wanted === 0 ? "any free port" : `${host}:${wanted} is free`))),
    );
  });
}

const playbooks: Check = {
  name: "playbooks",
  look: async ({ config, directory }) => {
    const catalogue = await catalogueFor({ config, directory }).catch(messageOf);
    if (typeof catalogue === "string")
      return fail(catalogue, "Mend the file, or take it out of `reactor.actions`; docs/guides/own-action.md says how.");
    const folders = configuredFolders({ config, directory });
    const { rules, refused } = await loadRules({ files: nodeFiles, hash: nodeHash, catalogue }, folders);
    if (refused.length > 0) {
      const [first] = refused;
      return fail(
        `${refused.length} of ${rules.length + refused.length} are refused, first ${first?.file ?? ""}: ${first?.reason ?? ""}`,
        "`aios playbook lint` names every mistake with its place.",
      );
    }
    if (rules.length === 0)
      return warn("there is none, so nothing is ever mended", "Name a folder in `reactor.playbooks`.");
    return ok(`${rules.length} are valid`);
  },
};

const page: Check = {
  name: "dashboard",
  look: async () =>
    (await nodeFiles.exists(path.join(packageRoot, "dist", "dashboard", "index.html")))
      ? ok("is built")
      : warn("is not built; everything else works without it", "Run `npm run build`."),
};

export const doorChecks: readonly Check[] = [port, playbooks, page];
