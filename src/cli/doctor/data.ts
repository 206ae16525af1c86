import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import path from "node:path";
import { failures, messageOf } from "../../kernel/errors.ts";
import { insistOnKnownLayout } from "../../platform/data-format.ts";
import { livingHolder } from "../../platform/file-lock.ts";
import { nodeFiles } from "../../platform/files.ts";
import { verifyJournal, type Whole } from "../../platform/journal/verify.ts";
import type { CheckpointStore } from "../../runtime/checkpoints/store.ts";
import { operatorTokenFile } from "../engine-address.ts";
import { checkpointsOf, ofDirectory } from "../journal/source.ts";
import { type Check, fail, ok, warn } from "./check.ts";

const MIB = 1024 * 1024;
const LITTLE_MIB = 1024;
const TOO_LITTLE_MIB = 100;

/** The directory itself, or the nearest one above it that is there. */
async function standing(directory: string): Promise<string> {
  let at = directory;
  while (!(await nodeFiles.exists(at)) && path.dirname(at) !== at) at = path.dirname(at);
  return at;
}

const directory: Check = {
  name: "data directory",
  look: async ({ dataDir }) => {
    const at = await standing(dataDir);
    const facts = await nodeFiles.stat(at);
    if (facts?.kind !== "directory") return fail(`${at} is no directory`, "Choose another with AIOS_DATA_DIR.");
    try {
      await access(at, constants.W_OK | constants.X_OK);
    } catch {
      return fail(`${at} cannot be written`, "Give this user write permission, or choose another with AIOS_DATA_DIR.");
    }
    try {
      await insistOnKnownLayout(nodeFiles, dataDir);
    } catch (failure) {
      return fail(messageOf(failure), failures["data.format"].advice);
    }
    return ok(at === dataDir ? `${dataDir} can be written` : `${dataDir} will be made at the first start`);
  },
};

const disk: Check = {
  name: "disk space",
  look: async ({ dataDir }) => {
    const { bavail, bsize } = await statfs(await standing(dataDir));
    const freeMib = Math.floor((bavail * bsize) / MIB);
    const says = `${freeMib} MiB are free`;
    const advice = "Free some space: when the disk is full, nothing more is accepted.";
    if (freeMib < TOO_LITTLE_MIB) return fail(says, advice);
    return freeMib < LITTLE_MIB ? warn(says, advice) : ok(says);
  },
};

const engine: Check = {
  name: "engine",
  look: async ({ dataDir }) => {
    const holder = await livingHolder(path.join(dataDir, "engine.lock"));
    return ok(holder === undefined ? "none runs on this directory" : `process ${holder.pid} runs on this directory`);
  },
};

/** Whether a checkpoint can be read that holds what a journal no longer does. */
async function standsFor(checkpoints: CheckpointStore, { firstSequence, lastSequence }: Whole): Promise<boolean> {
  for (const sequence of await checkpoints.sequences()) {
    if (sequence < firstSequence - 1 || sequence > lastSequence) continue;
    if (await checkpoints.read(sequence).catch(() => undefined)) return true;
  }
  return false;
}

const journal: Check = {
  name: "journal",
  look: async ({ dataDir, config }) => {
    const { journal: found } = ofDirectory(dataDir, config);
    if ((await found.list()).length === 0) return ok("there is none yet");
    const verdict = await verifyJournal(found);
    if (verdict.ok) {
      const { lines, firstSequence } = verdict;
      if (firstSequence === 1 || (await standsFor(checkpointsOf(dataDir, config), verdict)))
        return ok(`all ${lines} lines fit`);
      return fail(
        `it begins with event ${firstSequence}, and no checkpoint stands for what came before: no engine starts on it`,
        failures["checkpoint.missing"].advice,
      );
    }
    const says = `${verdict.file}, line ${verdict.line}: ${verdict.reason}`;
    // An engine that is just writing, or one that was cut off: the next start sets the torn bytes aside.
    if (verdict.torn) return warn(says, "The engine sets the torn bytes aside at its next start and goes on.");
    return fail(says, `${failures[verdict.code].advice} No engine starts on it as it is.`);
  },
};

const token: Check = {
  name: "operator token",
  look: async ({ dataDir }) => {
    const file = operatorTokenFile(dataDir);
    const facts = await nodeFiles.stat(file);
    if (facts === undefined) return ok("is made at the first start");
    if ((facts.mode & 0o077) === 0 || process.platform === "win32") return ok("can be read by this user alone");
    return fail(
      `${file} can be read by others`,
      `chmod 600 ${file}, and \`aios token revoke first\` if somebody may have read it.`,
    );
  },
};

export const dataChecks: readonly Check[] = [directory, disk, engine, journal, token];
