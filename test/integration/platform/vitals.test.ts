import { spawn } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createVitals } from "../../../src/platform/vitals.ts";
import { tempDir } from "../../support/temp-dir.ts";

async function fakeGpuTool(script: string): Promise<string> {
  const file = path.join(await tempDir(), "gpu-tool");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

describe("vitals of the machine", () => {
  it("leave out CPU at the first reading, and what has no tool or no path", async () => {
    const vitals = createVitals({ diskPath: "/no/such/place", gpuProgram: "no-such-gpu-tool" });
    expect(Object.keys(await vitals.host())).toEqual(["memory"]);
  });

  it("see a core being burned", async () => {
    const vitals = createVitals({ diskPath: "/", gpuProgram: "no-such-gpu-tool" });
    await vitals.host();
    const burner = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
    onTestFinished(() => {
      burner.kill("SIGKILL");
    });
    let cpu: number | undefined;
    while (cpu === undefined || cpu < 1) {
      await new Promise(setImmediate);
      ({ cpu } = await vitals.host());
    }
    expect(cpu).toBeLessThanOrEqual(100);
  });

  it("read memory and disk as per cent", async () => {
    const reading = await createVitals({ diskPath: "/", gpuProgram: "no-such-gpu-tool" }).host();
    expect(reading.memory).toBeGreaterThan(0);
    expect(reading.memory).toBeLessThanOrEqual(100);
    expect(reading.disk).toBeGreaterThan(0);
    expect(reading.disk).toBeLessThanOrEqual(100);
  });

  it("report the busiest GPU", async () => {
    const gpuProgram = await fakeGpuTool("printf '12\\n97\\n'");
    expect((await createVitals({ diskPath: "/", gpuProgram }).host()).gpu).toBe(97);
  });

  it.each(["exit 9", "echo '[N/A]'"])("leave the GPU out when its tool says: %s", async (script) => {
    const gpuProgram = await fakeGpuTool(script);
    expect(await createVitals({ diskPath: "/", gpuProgram }).host()).not.toHaveProperty("gpu");
  });
});
