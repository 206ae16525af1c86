import type { Files } from "../kernel/files.ts";
import type { Pages } from "./deps.ts";

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  woff2: "font/woff2",
  wasm: "application/wasm",
  map: "application/json",
  txt: "text/plain; charset=utf-8",
};

export function contentTypeOf(path: string): string {
  return types[path.slice(path.lastIndexOf(".") + 1).toLowerCase()] ?? "application/octet-stream";
}

/** A path below the directory in plain segments, or `undefined` for anything that could lead elsewhere. */
export function plainPath(pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  const path = decoded.replace(/^\/+/, "");
  const segments = path.split("/");
  // A leading dot covers `..` and hidden files alike.
  if (segments.some((segment) => segment === "" || segment.startsWith("."))) return undefined;
  for (let i = 0; i < path.length; i++) if (path.charCodeAt(i) < 0x20 || path[i] === "\\") return undefined;
  return path;
}

/** The files of a directory; a link that leads out of it is not followed. */
export function directoryPages(files: Files, directory: string): Pages {
  return {
    async read(pathname) {
      const path = plainPath(pathname);
      if (path === undefined) return undefined;
      const root = await files.realPath(directory);
      const real = await files.realPath(`${directory}/${path}`);
      if (!real.startsWith(`${root}/`) || (await files.stat(real))?.kind !== "file") return undefined;
      return files.read(real);
    },
  };
}
