import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { type Job, saySettings } from "./job.ts";
import type { Upstream } from "./upstream.ts";

/** Something that is broken about a job, and the tool that mends it. */
export interface Fault {
  readonly name: string;
  readonly tool: string;
  /** Words of the failure by which a person would know it; the lesson goes by its fingerprint. */
  readonly says: string;
  /** Does it to the job; the answer takes away what of it stands outside the job's folder. */
  readonly inflict: (job: Job, upstream: Upstream) => Promise<() => Promise<void>>;
}

const nothingLeft = async () => undefined;

/** Every fault is there: in the folder, in the environment, on the port or at the server. */
export const faults: readonly Fault[] = [
  {
    name: "broken settings",
    tool: "restore_last_good_settings",
    says: "in JSON at position",
    async inflict({ folder, settings }) {
      await writeFile(path.join(folder, "settings.json"), saySettings(settings).replace(/\n\}/, ",\n}"));
      return nothingLeft;
    },
  },
  {
    name: "missing environment variable",
    tool: "load_variables_file",
    says: "the environment variable",
    inflict: (job) => changed(job, { variable: job.spareVariable }),
  },
  {
    name: "stale lock",
    tool: "remove_stale_lock",
    says: "EEXIST",
    async inflict({ folder, settings }) {
      await writeFile(path.join(folder, settings.lock), "0");
      return nothingLeft;
    },
  },
  {
    name: "missing file",
    tool: "restore_input_from_backup",
    says: "ENOENT",
    async inflict({ folder, settings }) {
      await rm(path.join(folder, settings.input));
      return nothingLeft;
    },
  },
  {
    name: "wrong encoding",
    tool: "convert_names_to_utf8",
    says: "encoded data",
    async inflict({ folder, settings }) {
      await writeFile(path.join(folder, settings.names), Buffer.from("José\nZoë\n", "latin1"));
      return nothingLeft;
    },
  },
  {
    name: "no permission",
    tool: "make_helper_runnable",
    says: "EACCES",
    async inflict({ folder, settings }) {
      await chmod(path.join(folder, settings.helper), 0o644);
      return nothingLeft;
    },
  },
  {
    name: "port in use",
    tool: "take_free_port",
    says: "EADDRINUSE",
    async inflict(job) {
      const squatter = createServer();
      const port = await new Promise<number>((resolve, reject) => {
        squatter.once("error", reject);
        squatter.listen(0, "127.0.0.1", () => {
          const at = squatter.address();
          resolve(typeof at === "object" && at !== null ? at.port : 0);
        });
      });
      await changed(job, { port });
      return () => new Promise((resolve) => squatter.close(() => resolve()));
    },
  },
  {
    name: "too many requests",
    tool: "ask_server_slowly",
    says: "Too Many Requests",
    async inflict({ atServer }, upstream) {
      upstream.throttle(atServer);
      return nothingLeft;
    },
  },
  {
    name: "too short a time limit",
    tool: "wait_longer_for_answer",
    says: "no answer from",
    async inflict(job, upstream) {
      upstream.slow(job.atServer);
      return changed(job, { limitMs: 100 });
    },
  },
  {
    name: "a folder in the way",
    tool: "clear_place_of_result",
    says: "EISDIR",
    async inflict({ folder, settings }) {
      await mkdir(path.join(folder, settings.result, "old"), { recursive: true });
      return nothingLeft;
    },
  },
];

async function changed({ folder, settings }: Job, change: Partial<Job["settings"]>): Promise<() => Promise<void>> {
  await writeFile(path.join(folder, "settings.json"), saySettings({ ...settings, ...change }));
  return nothingLeft;
}
