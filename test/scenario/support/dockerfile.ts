import { execFile } from "node:child_process";
import { cp, mkdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { type Program, startProgram } from "./program.ts";

const run = promisify(execFile);

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** One stage of the build: a folder that stands for the image's root. */
interface Stage {
  readonly root: string;
  workdir: string;
  readonly env: Record<string, string>;
}

/** What the image would start, with every path of the image turned into one of this machine. */
export interface Image {
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly start: readonly string[];
  readonly healthcheck: readonly string[];
}

const isRoot = process.getuid?.() === 0;

/**
 * Does what a Dockerfile says, in folders below `scratch` instead of images: the base image is this machine, so it must
 * bring what the base image brings, a Node. Knows the instructions that our own Dockerfile uses and refuses all others.
 */
export async function buildImage(context: string, scratch: string): Promise<Image> {
  const allowed = await allowedSources(context);
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  let user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  let entrypoint: readonly string[] = [];
  let command: readonly string[] = [];
  let healthcheck: readonly string[] = [];
  for (const { name, rest } of parse(await readFile(path.join(context, "Dockerfile"), "utf8"))) {
    if (name === "ARG") continue;
    if (name === "FROM") {
      const named = /^\S+(?: AS (\S+))?$/i.exec(rest)?.[1] ?? String(stages.size);
      stage = { root: path.join(scratch, named), workdir: "/", env: {} };
      await mkdir(stage.root, { recursive: true });
      stages.set(named, stage);
      continue;
    }
    if (stage === undefined) throw new Error(`${name} stands before FROM`);
    const here = stage;
    switch (name) {
      case "WORKDIR":
        here.workdir = path.posix.resolve(here.workdir, rest);
        await mkdir(inImage(here, "."), { recursive: true });
        break;
      case "COPY":
        await copy(rest, here, (from) => (from === undefined ? { root: context, allowed } : stageOf(stages, from)));
        break;
      case "RUN":
        await shell(here, rest);
        break;
      case "ENV":
        for (const [, key = "", value = ""] of rest.matchAll(/(\w+)=(\S+)/g)) here.env[key] = moved(here, value);
        break;
      case "USER": {
        const [, uid, gid] = /^(\d+):(\d+)$/.exec(rest) ?? [];
        if (uid === undefined || gid === undefined)
          throw new Error(`USER ${rest}: two numbers, or Kubernetes cannot tell`);
        if (isRoot) user = { uid: Number(uid), gid: Number(gid) };
        break;
      }
      case "HEALTHCHECK":
        healthcheck = words(here, rest.slice(rest.indexOf("CMD ") + 4));
        break;
      case "ENTRYPOINT":
        entrypoint = words(here, rest);
        break;
      case "CMD":
        command = words(here, rest);
        break;
      case "VOLUME":
      case "EXPOSE":
      case "STOPSIGNAL":
        break;
      default:
        throw new Error(`the instruction ${name} is not known here`);
    }
  }
  if (stage === undefined) throw new Error("the Dockerfile has no FROM");
  const { root, env } = stage;
  return { root, workdir: inImage(stage, "."), env, user, start: [...entrypoint, ...command], healthcheck };
}

function parse(text: string): readonly Instruction[] {
  const joined = text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "");
  return joined
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
      return { name: name.toUpperCase(), rest };
    });
}

/** The build context: our .dockerignore shuts everything out and names what comes in. */
async function allowedSources(context: string): Promise<readonly string[]> {
  const lines = (await readFile(path.join(context, ".dockerignore"), "utf8"))
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const [first, ...rest] = lines;
  const others = rest.filter((line) => !line.startsWith("!"));
  if (first !== "*" || others.length > 0)
    throw new Error(`.dockerignore must begin with * and then name exceptions only`);
  return rest.map((line) => line.slice(1));
}

interface Source {
  readonly root: string;
  /** What may be taken; everything when it is absent. */
  readonly allowed?: readonly string[];
}

function stageOf(stages: ReadonlyMap<string, Stage>, name: string): Source {
  const stage = stages.get(name);
  if (stage === undefined) throw new Error(`COPY --from=${name}: there is no such stage`);
  return { root: stage.root };
}

async function copy(rest: string, stage: Stage, source: (from: string | undefined) => Source): Promise<void> {
  const parts = rest.split(/\s+/);
  const from = parts.find((part) => part.startsWith("--from="))?.slice("--from=".length);
  const paths = parts.filter((part) => !part.startsWith("--"));
  const target = paths.pop() ?? "";
  const { root, allowed } = source(from);
  for (const one of paths) {
    const inside = allowed === undefined || allowed.some((name) => one === name || one.startsWith(`${name}/`));
    if (!inside) throw new Error(`COPY ${one}: .dockerignore keeps it out of the build`);
    const place = path.join(root, one);
    const isFolder = (await stat(place)).isDirectory();
    const below = !isFolder && (target.endsWith("/") || paths.length > 1);
    // A folder is copied as its content, a file keeps its name below a target that ends in a slash.
    await cp(place, inImage(stage, below ? path.posix.join(target, path.basename(one)) : target), { recursive: true });
  }
}

async function shell(stage: Stage, command: string): Promise<void> {
  const written = command.replaceAll(/(?<=\s)\/(?=\w)/g, `${stage.root}/`);
  // Giving a folder away takes root; whoever runs this without it owns the folder already.
  const possible = isRoot ? written : written.replaceAll(/ -[og] \d+/g, "");
  try {
    await run("sh", ["-c", possible], {
      cwd: inImage(stage, "."),
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...stage.env },
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (cause) {
    const said = cause instanceof Error && "stdout" in cause ? String(cause.stdout) : "";
    throw new Error(`RUN ${command} failed\n${said}`, { cause });
  }
}

function inImage(stage: Stage, place: string): string {
  return path.join(stage.root, path.posix.resolve(stage.workdir, place));
}

function moved(stage: Stage, word: string): string {
  return word.startsWith("/") ? path.join(stage.root, word) : word;
}

function words(stage: Stage, list: string): readonly string[] {
  const parsed: unknown = JSON.parse(list);
  if (!Array.isArray(parsed)) throw new Error(`${list} is no list of words`);
  return parsed.map((word) => moved(stage, String(word)));
}

/** Starts a command in the image: as its user, in its folder, with its environment and nothing else of ours. */
export function startIn(image: Image, argv: readonly string[], env: Record<string, string>): Program {
  return startProgram(argv, { cwd: image.workdir, env: { ...image.env, ...env }, user: image.user });
}
