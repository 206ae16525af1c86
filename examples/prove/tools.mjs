// What can be done about a job that does not work. Run as `node tools.mjs TOOL FOLDER` by a playbook, or used by the agent.
import { chmod, copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const settingsOf = async (folder) => JSON.parse(await readFile(join(folder, "settings.json"), "utf8"));

async function set(folder, change) {
  const settings = { ...(await settingsOf(folder)), ...change };
  await writeFile(join(folder, "settings.json"), `${JSON.stringify(settings, null, 2)}\n`);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Each knows one remedy, and nothing of what the job failed with. */
export const tools = {
  async restore_last_good_settings(folder) {
    await copyFile(join(folder, "settings.last-good.json"), join(folder, "settings.json"));
  },
  async load_variables_file(folder) {
    await set(folder, { variables: "variables.env" });
  },
  async remove_stale_lock(folder) {
    const { lock } = await settingsOf(folder);
    const owner = Number(await readFile(join(folder, lock), "utf8"));
    if (owner > 0 && isAlive(owner)) throw new Error(`${lock} is held by process ${owner}`);
    await rm(join(folder, lock));
  },
  async restore_input_from_backup(folder) {
    const { input } = await settingsOf(folder);
    await copyFile(join(folder, "backup", input), join(folder, input));
  },
  async convert_names_to_utf8(folder) {
    const { names } = await settingsOf(folder);
    const text = new TextDecoder("latin1").decode(await readFile(join(folder, names)));
    await writeFile(join(folder, names), text, "utf8");
  },
  async make_helper_runnable(folder) {
    const { helper } = await settingsOf(folder);
    await chmod(join(folder, helper), 0o755);
  },
  async take_free_port(folder) {
    await set(folder, { port: 0 });
  },
  async ask_server_slowly(folder) {
    await set(folder, { paceMs: 400 });
  },
  async wait_longer_for_answer(folder) {
    await set(folder, { limitMs: 10_000 });
  },
  async clear_place_of_result(folder) {
    const { result } = await settingsOf(folder);
    await rm(join(folder, result), { recursive: true });
  },
};

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [, , name, folder] = process.argv;
  if (!Object.hasOwn(tools, name) || folder === undefined) {
    process.stderr.write(`usage: tools.mjs ${Object.keys(tools).join("|")} FOLDER\n`);
    process.exitCode = 2;
  } else await tools[name](folder);
}
