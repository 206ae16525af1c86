import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { cpus, freemem, totalmem } from "node:os";
import type { HostReading, Vitals, VolumeReading } from "../kernel/vitals.ts";
import { errnoOf } from "./errno.ts";
import { defunctProcesses, runningProcess } from "./process-looks.ts";

const GPU_TIMEOUT_MS = 2_000;

export interface VitalsOptions {
  /** Any path on the volume whose fill level is read. */
  readonly diskPath: string;
  /** The program that is asked about GPUs; `nvidia-smi` unless told. */
  readonly gpuProgram?: string;
}

interface CpuTimes {
  readonly busyMs: number;
  readonly allMs: number;
}

/** The machine's vitals through Node. Whatever fails to be measured is left out of the reading. */
export function createVitals({ diskPath, gpuProgram = "nvidia-smi" }: VitalsOptions): Vitals {
  let before: CpuTimes | undefined;
  let lastCpu: number | undefined;
  let hasGpu = true;

  const cpu = (): number | undefined => {
    const now = cpuTimes();
    // Two readings within one tick of the kernel say nothing new: the last one stands.
    if (before !== undefined && now.allMs > before.allMs) {
      lastCpu = share(now.busyMs - before.busyMs, now.allMs - before.allMs);
    }
    before = now;
    return lastCpu;
  };
  const gpu = async (): Promise<number | undefined> => {
    if (!hasGpu) return undefined;
    const reading = await gpuPercent(gpuProgram);
    if (reading === "absent") hasGpu = false;
    return typeof reading === "number" ? reading : undefined;
  };

  return {
    host: async () => {
      const [disk, gpuLoad] = await Promise.all([diskPercent(diskPath), gpu()]);
      return measured({ cpu: cpu(), memory: share(totalmem() - freemem(), totalmem()), disk, gpu: gpuLoad });
    },
    volume: volumeOf,
    process: runningProcess,
    defunct: defunctProcesses,
  };
}

function measured(reading: { readonly [name in keyof HostReading]: number | undefined }): HostReading {
  return Object.fromEntries(Object.entries(reading).filter(([, value]) => value !== undefined));
}

function share(part: number, whole: number): number | undefined {
  return whole > 0 ? Math.min(100, Math.max(0, (100 * part) / whole)) : undefined;
}

function cpuTimes(): CpuTimes {
  let busyMs = 0;
  let allMs = 0;
  for (const { times } of cpus()) {
    const working = times.user + times.nice + times.sys + times.irq;
    busyMs += working;
    allMs += working + times.idle;
  }
  return { busyMs, allMs };
}

async function diskPercent(path: string): Promise<number | undefined> {
  return (await volumeOf(path))?.usedPercent;
}

async function volumeOf(path: string): Promise<VolumeReading | undefined> {
  try {
    const { blocks, bfree, bavail, bsize } = await statfs(path);
    // As df counts: blocks reserved for root are neither used nor free to us.
    const usedPercent = share(blocks - bfree, blocks - bfree + bavail);
    return usedPercent === undefined ? undefined : { usedPercent, freeBytes: bavail * bsize };
  } catch {
    return undefined;
  }
}

function gpuPercent(program: string): Promise<number | "absent" | undefined> {
  const args = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"];
  return new Promise((resolve) => {
    execFile(program, args, { timeout: GPU_TIMEOUT_MS, killSignal: "SIGKILL" }, (failure, stdout) => {
      if (failure !== null) return resolve(errnoOf(failure) === "ENOENT" ? "absent" : undefined);
      const loads = stdout.split("\n").map((line) => Number.parseFloat(line));
      const known = loads.filter((load) => load >= 0 && load <= 100);
      resolve(known.length === 0 ? undefined : Math.max(...known));
    });
  });
}
