import { defineConfig } from "vitest/config";

/** One entry per folder of test/: how long a test there may take, and how much of src its run must cover. */
/** Pure logic leaves nothing behind: its files share a worker, and read what they test once. */
const unit = { include: ["test/unit/**/*.test.ts"], testTimeout: 30_000, isolate: false };
const architecture = { include: ["test/architecture/**/*.test.ts"], testTimeout: 30_000 };
const globalSetup = ["test/support/built-program.ts"];
const integration = { include: ["test/integration/**/*.test.ts"], testTimeout: 30_000, globalSetup };
const scenario = { include: ["test/scenario/**/*.test.ts"], testTimeout: 300_000, globalSetup };
/** Needs servers that run: `npm run test:services` brings them. One file at a time: each empties them for itself. */
const services = {
  include: ["test/services/**/*.test.ts"],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  fileParallelism: false,
  globalSetup,
};
const durability = { include: ["test/durability/**/*.test.ts"], testTimeout: 600_000, globalSetup };

/** Pure folders: everything in them can be tested without a process, a server or a disk. */
const pureFolders = ["kernel", "events", "domain", "resilience", "machines"].map((folder) => `src/${folder}/**/*.ts`);

const coverageRuns = {
  unit: { include: pureFolders, threshold: 80 },
  integration: { include: ["src/**/*.ts"], threshold: 60 },
};

/** What `vitest run --mode coverage-unit --coverage` measures and demands; the mode is how a script says which run it is. */
function coverageOf(mode: string) {
  const run = mode === "coverage-unit" ? "unit" : mode === "coverage-integration" ? "integration" : undefined;
  if (run === undefined) return { reportsDirectory: "coverage/all" };
  const { include, threshold } = coverageRuns[run];
  return {
    reportsDirectory: `coverage/${run}`,
    include,
    thresholds: { lines: threshold, statements: threshold, functions: threshold },
  };
}

export default defineConfig(({ mode }) => ({
  test: {
    pool: "forks",
    maxWorkers: 2,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    restoreMocks: true,
    unstubEnvs: true,
    coverage: {
      provider: "v8",
      reporter: ["text-summary", "json-summary", "lcovonly"],
      ...coverageOf(mode),
    },
    projects: [
      { extends: true, test: { name: "unit", ...unit } },
      { extends: true, test: { name: "architecture", ...architecture } },
      { extends: true, test: { name: "integration", ...integration } },
      { extends: true, test: { name: "scenario", ...scenario, maxWorkers: 1 } },
      { extends: true, test: { name: "services", ...services, maxWorkers: 1 } },
      { extends: true, test: { name: "durability", ...durability, maxWorkers: 1 } },
    ],
  },
}));
