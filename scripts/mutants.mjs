// Breaks the runtime on purpose, in a copy, and says which breaks the tests notice: node scripts/mutants.mjs
//
// Exit code 0 when all are caught. A break whose text is not found, or tests that do not even pass without it, are errors:
// they would prove nothing.
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { mutants } from "./mutants/mutants.mjs";

const root = path.resolve(import.meta.dirname, "..");
const copy = mkdtempSync(path.join(realpathSync(tmpdir()), "aios-mutants-"));
const LIMIT_MS = 240_000;

const config = `export default {
  test: { include: ["test/**/*.test.ts"], pool: "forks", maxWorkers: 2, testTimeout: 30_000, hookTimeout: 30_000 },
};
`;

/** What the tests of these files say; with `only`, those whose names match. */
function run(tests, only) {
  const report = path.join(copy, "report.json");
  rmSync(report, { force: true });
  const vitest = path.join(copy, "node_modules", "vitest", "vitest.mjs");
  const how = ["run", "--config", "mutants.config.mjs", "--bail", "1", "--reporter=json", `--outputFile=${report}`];
  const named = only === undefined ? [] : ["-t", only];
  const { error, stderr } = spawnSync(process.execPath, [vitest, ...how, ...named, ...tests], {
    cwd: copy,
    encoding: "utf8",
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
    env: { ...process.env, CI: "true" },
  });
  if (error !== undefined) return { passed: 0, failed: 0, first: `no verdict: ${error.message}` };
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
    const all = testResults.flatMap(({ assertionResults }) => assertionResults);
    const first = all.find(({ status }) => status === "failed")?.fullName ?? "";
    return { passed: numPassedTests, failed: numFailedTests, first };
  } catch {
    return { passed: 0, failed: 0, first: `no verdict: ${stderr.slice(-400)}` };
  }
}

function mutated({ name, file, find, replace }) {
  const whole = readFileSync(path.join(copy, file), "utf8");
  const parts = whole.split(find);
  if (parts.length !== 2)
    throw new Error(`"${name}": its text stands ${parts.length - 1} times in ${file}; write the patch anew`);
  return { whole, broken: parts.join(replace) };
}

function main() {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root })
    .toString("utf8")
    .split("\0")
    .filter((file) => /^(src|test|playbooks|examples)\/|^(package|tsconfig)[^/]*\.json$/.test(file));
  for (const file of files) {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    cpSync(path.join(root, file), path.join(copy, file));
  }
  symlinkSync(realpathSync(path.join(root, "node_modules")), path.join(copy, "node_modules"));
  writeFileSync(path.join(copy, "mutants.config.mjs"), config);

  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
  const sound = run(tests);
  process.stdout.write(`without a break: ${sound.passed} tests pass, ${sound.failed} fail\n`);
  if (sound.failed > 0 || sound.passed === 0) throw new Error(`the tests fail without a break: ${sound.first}`);

  let caught = 0;
  const rows = [];
  for (const mutant of mutants) {
    const { whole, broken } = mutated(mutant);
    writeFileSync(path.join(copy, mutant.file), broken);
    const began = performance.now();
    const { failed, first } = run(mutant.tests, mutant.only);
    writeFileSync(path.join(copy, mutant.file), whole);
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    caught += failed > 0 ? 1 : 0;
    rows.push(`${failed > 0 ? "caught  " : "SURVIVED"}  ${mutant.name.padEnd(26)} ${seconds.padStart(6)} s  ${first}`);
    process.stdout.write(`${rows.at(-1)}\n`);
  }
  process.stdout.write(`\n${rows.join("\n")}\n${caught} of ${mutants.length} caught\n`);
  return caught === mutants.length ? 0 : 1;
}

try {
  process.exitCode = main();
} finally {
  rmSync(copy, { recursive: true, force: true });
}
