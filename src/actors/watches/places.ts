import type { WatchSettings } from "./all.ts";

/** What the grant `VERB:watched` stands for: the places of `sensors.watch`, which the operator named, and no others. */
export type WatchedPlaces = Readonly<Record<"fs.read" | "fs.write" | "fs.delete", readonly string[]>>;

export function watchedPlaces({
  files,
  volumes,
  logs,
  locks,
}: Pick<WatchSettings, "files" | "volumes" | "logs" | "locks">): WatchedPlaces {
  return {
    "fs.read": files.flatMap(({ source }) => source ?? []),
    "fs.write": [
      ...files.map(({ path }) => path),
      ...logs.flatMap(({ path }) => [path, `${path}.*`]),
      ...locks.map(({ path }) => path),
    ],
    "fs.delete": [
      ...locks.map(({ path }) => path),
      ...volumes.flatMap(({ scratch }) => (scratch === undefined ? [] : [`${scratch.directory}/${scratch.name}`])),
    ],
  };
}
