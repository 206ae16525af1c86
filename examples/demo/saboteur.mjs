// An outside hand that keeps faults alive, in a process of its own: it shares nothing with the engine but the disk.
//   node saboteur.mjs '{"deleteFiles": ["/…/a.csv"], "keepFiles": ["/…/keep-burning"], "log": "/…/saboteur.jsonl"}'
// Files to delete are deleted whenever they appear; files to keep are written whenever they are gone.
// Each deed is a line in its log. It ends when its stdin does.
import { appendFileSync, existsSync, rmSync, watch, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const LOOK_EVERY_MS = 10;
const { deleteFiles = [], keepFiles = [], log } = JSON.parse(process.argv[2] ?? "{}");

function note(deed, path) {
  appendFileSync(log, `${JSON.stringify({ at: new Date().toISOString(), deed, path })}\n`);
}

function look() {
  for (const path of deleteFiles) {
    if (!existsSync(path)) continue;
    rmSync(path, { force: true });
    note("deleted", path);
  }
  for (const path of keepFiles) {
    if (existsSync(path)) continue;
    writeFileSync(path, "");
    note("written", path);
  }
}

// Being told is quicker than looking, and looking is surer than being told.
for (const folder of new Set([...deleteFiles, ...keepFiles].map((path) => dirname(path)))) watch(folder, look);
const looking = setInterval(look, LOOK_EVERY_MS);
look();
console.log(JSON.stringify({ ready: true }));

function leave() {
  clearInterval(looking);
  process.exit(0);
}
process.stdin.resume();
process.stdin.on("end", leave);
process.on("SIGTERM", leave);
