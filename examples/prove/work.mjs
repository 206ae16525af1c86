// The work of `aios prove`'s agent: the same ten steps for every job. Whichever of them is broken, the work fails there.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

/** Does the job in this folder and answers with what it wrote; throws what stood in the way, as Node says it. */
export async function work(folder) {
  const settings = JSON.parse(await readFile(join(folder, "settings.json"), "utf8"));
  const key = await variable(folder, settings);
  const lock = join(folder, settings.lock);
  const held = await open(lock, "wx");
  try {
    await held.writeFile(String(process.pid));
    const rows = (await readFile(join(folder, settings.input), "utf8")).trim().split("\n");
    const names = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(join(folder, settings.names)));
    const digest = await runHelper(join(folder, settings.helper), rows.join("\n"));
    await borrowPort(settings.port);
    const pages = await fetchPages(settings);
    const result = `${key} ${rows.length} rows, ${names.trim().split("\n").length} names, ${digest}, ${pages.join(" ")}\n`;
    await writeFile(join(folder, settings.result), result);
    return result;
  } finally {
    await held.close();
    await rm(lock, { force: true });
  }
}

/** A variable of the environment, or of the file that the settings name. */
async function variable(folder, { variable: name, variables }) {
  const own = variables === undefined ? "" : await readFile(join(folder, variables), "utf8");
  const value = process.env[name] ?? new RegExp(`^${name}=(.*)$`, "m").exec(own)?.[1];
  if (value === undefined) throw new Error(`the environment variable ${name} is not set`);
  return value;
}

async function runHelper(program, text) {
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => undefined);
  child.stdin.end(text);
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  await once(child, "close");
  return said.trim();
}

/** Listens for a moment, as a tool does that is called back. */
async function borrowPort(port) {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  await new Promise((resolve) => server.close(resolve));
}

const PAGES = 2;

async function fetchPages({ server, limitMs, paceMs }) {
  const pages = [];
  for (let page = 1; page <= PAGES; page++) {
    if (paceMs > 0) await new Promise((resolve) => setTimeout(resolve, paceMs));
    pages.push(await fetchPage(`${server}/${page}`, limitMs));
  }
  return pages;
}

async function fetchPage(url, limitMs) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(limitMs) }).catch((cause) => {
    if (cause.name !== "TimeoutError") throw cause;
    throw new Error(`no answer from ${url} within ${limitMs} ms`, { cause });
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText} from ${url}: ${text}`);
  return text;
}
