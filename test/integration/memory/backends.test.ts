import { rm } from "node:fs/promises";
import { backends } from "../../../src/memory/backends/index.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { backendContract } from "./backend-contract.ts";

backendContract("volatile", async () => {
  const backend = await backends.volatile.open({}, memoryPorts());
  return { open: () => Promise.resolve(backend), dispose: () => backend.close() };
});

backendContract("json", async () => {
  const path = await tempDir();
  return {
    open: () => backends.json.open({ path }, memoryPorts()),
    dispose: () => rm(path, { recursive: true, force: true }),
  };
});
