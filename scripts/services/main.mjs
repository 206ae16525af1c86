// Real servers to test and try the memory against, without a container engine:
//   npm run services -- install [servers | model]     what is missing is fetched; nothing twice
//   npm run services -- start [neo4j | chroma] [--neo4j-port N] [--chroma-port N]     on free ports unless named
//   npm run services -- stop [neo4j | chroma]
//   npm run services -- status
//   npm run services -- env                            the same as lines for a shell
//   npm run services -- run COMMAND…                   starts them, runs the command with `env` set, and stops them
// Everything lies in .services, or in AIOS_SERVICES_DIR.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { model } from "./parts.mjs";
import { running, servers, start, stop } from "./servers.mjs";
import { Advice } from "./shell.mjs";

const folder = path.resolve(process.env.AIOS_SERVICES_DIR ?? path.join(import.meta.dirname, "../../.services"));
const names = Object.keys(servers);

const verbs = {
  install(what) {
    const parts = { ...(what === "model" ? {} : servers), ...(what === "servers" ? {} : { model }) };
    if (what !== undefined && what !== "model" && what !== "servers") usage();
    for (const [name, part] of Object.entries(parts)) {
      if (!part.isInstalled(folder)) part.install(folder);
      console.log(`${name} is installed`);
    }
  },
  async start(only, ports) {
    for (const name of chosen(only)) console.log(`${name} ${(await start(folder, name, ports[name])).url}`);
  },
  async stop(only) {
    for (const name of chosen(only))
      console.log(`${name} ${(await stop(folder, name)) === undefined ? "was" : "is"} down`);
  },
  status() {
    for (const name of names) console.log(`${name} ${running(folder, name)?.url ?? "down"}`);
    console.log(`model ${model.isInstalled(folder) ? path.join(folder, "models") : "not installed"}`);
  },
  env() {
    for (const [name, value] of Object.entries(variables())) console.log(`export ${name}=${value}`);
  },
  async run(_only, ports, command) {
    if (command.length === 0) usage();
    const began = names.filter((name) => running(folder, name) === undefined);
    try {
      await Promise.all(names.map((name) => start(folder, name, ports[name])));
      process.exitCode = await outcome(command);
    } finally {
      await Promise.all(began.map((name) => stop(folder, name)));
    }
  },
};

/** Where everything is, for tests and shells. */
function variables() {
  const urls = names.map((name) => [`AIOS_SERVICE_${name.toUpperCase()}`, running(folder, name)?.url]);
  const models = model.isInstalled(folder) ? path.join(folder, "models") : undefined;
  return Object.fromEntries(
    [...urls, ["AIOS_MODEL_DIR", models], ["AIOS_SERVICES_DIR", folder]].filter(([, value]) => value),
  );
}

function outcome([command, ...args]) {
  const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, ...variables() } });
  // Whoever interrupts us interrupts the command; the servers are stopped once it has ended.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

function chosen(only) {
  if (only === undefined) return names;
  return names.includes(only) ? [only] : usage();
}

function usage() {
  const lines = readFileSync(import.meta.filename, "utf8").split("\n");
  throw new Advice(
    lines
      .slice(
        0,
        lines.findIndex((line) => !line.startsWith("//")),
      )
      .join("\n")
      .replaceAll("// ", "")
      .replaceAll("//", ""),
  );
}

function portOf(text) {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Advice(`${text} is no port: 1 to 65535`);
  return port;
}

try {
  const argv = process.argv.slice(2);
  const command = argv[0] === "run" ? argv.splice(1) : [];
  const options = Object.fromEntries(names.map((name) => [`${name}-port`, { type: "string" }]));
  const { positionals, values } = parseArgs({ args: argv, options, allowPositionals: true });
  const [verb, only] = positionals;
  const ports = Object.fromEntries(names.map((name) => [name, portOf(values[`${name}-port`])]));
  if (!Object.hasOwn(verbs, verb ?? "")) usage();
  mkdirSync(folder, { recursive: true });
  await verbs[verb](only, ports, command);
} catch (failure) {
  const isForPeople = failure instanceof Advice || failure?.code?.startsWith("ERR_PARSE_ARGS");
  console.error(isForPeople ? failure.message : failure);
  process.exitCode = 1;
}
