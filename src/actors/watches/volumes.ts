import type { Vitals } from "../../kernel/vitals.ts";
import type { Sight, Watch } from "./watch.ts";

export interface WatchedVolume {
  readonly path: string;
  /** Per cent. */
  readonly fire: number;
  readonly clear: number;
  readonly scratch?: { readonly directory: string; readonly name: string; readonly olderThanMs: number } | undefined;
}

/** Volumes by a path on them. */
export function fullVolumes(watched: readonly WatchedVolume[], { volume }: Pick<Vitals, "volume">): Watch {
  const name = "volume_full";
  return {
    name,
    async look() {
      const sights = await Promise.all(watched.map(look));
      return sights.filter((sight) => sight !== undefined);
    },
  };

  async function look({ path, fire, clear, scratch }: WatchedVolume): Promise<Sight | undefined> {
    const reading = await volume(path);
    if (reading === undefined) return undefined;
    const key = `${name} ${path}`;
    const { usedPercent, freeBytes } = reading;
    const says = `the volume of ${path} is ${Math.round(usedPercent)} % full, ${freeBytes} bytes are free`;
    if (usedPercent < fire) return { key, stands: usedPercent > clear ? "between" : "well", says };
    const data = { path, usedPercent, freeBytes, threshold: fire, ...(scratch === undefined ? {} : { scratch }) };
    const finding = { type: "watch.volume_full", data } as const;
    return { key, stands: "bad", says, finding, subject: `volume${path}` };
  }
}
