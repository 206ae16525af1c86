// Stores memories named after WRITER in the memory at PATH until it is killed, and says what was confirmed, a line each.
// Every now and then one is forgotten, for which all files are written anew.
import { pathToFileURL } from "node:url";

const [built = "", path = "", writer = ""] = process.argv.slice(2);
const from = (file) => import(new URL(file, pathToFileURL(built)).href);
// The memory alone: loading the whole library would take longer than the life of a writer.
const [{ openPalace }, { systemClock: clock }, { nodeFiles: files }, { nodeFileLocks }, { silentLog: log }] =
  await Promise.all(
    ["memory/open.js", "platform/clock.js", "platform/files.js", "platform/file-lock.js", "kernel/log.js"].map(from),
  );
const palace = await openPalace({ backend: "json", path }, { clock, files, locks: nodeFileLocks(clock), log });

for (let round = 0; ; round += 1) {
  const keys = Array.from({ length: 5 }, (_, n) => `${writer}-${round}-${n}`);
  await Promise.all(
    keys.map(async (key) => {
      await palace.store(key, `said by ${key}`);
      process.stdout.write(`stored ${key}\n`);
    }),
  );
  if (round % 4 !== 3) continue;
  const [key = ""] = keys;
  process.stdout.write(`forgetting ${key}\n`);
  await palace.forget(key);
  process.stdout.write(`forgot ${key}\n`);
}
