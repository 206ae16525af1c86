import path from "node:path";
import { pathToFileURL } from "node:url";
import { actions as builtIn } from "../../../src/actions/index.ts";
import { withOwnActions } from "../../../src/actions/own/load.ts";
import { nodeModules } from "../../../src/platform/modules.ts";
import type { Case } from "./cases.ts";
import { holdsTheContract } from "./contract-suite.ts";
import type { World } from "./world.ts";

const root = path.resolve(import.meta.dirname, "../../..");
// Relative to where the suite is called; the example unless told.
const file = process.env["AIOS_OWN_ACTION"] ?? path.join(root, "examples/actions/set-json-value.mjs");
const caseFile = process.env["AIOS_OWN_ACTION_CASE"] ?? file.replace(/\.m?js$/, ".case.mjs");

const absolute = path.resolve(file);
const { actions } = await withOwnActions({ actions: [absolute], actionMs: 60_000 }, nodeModules(process.cwd()));
const own = [...actions.values()].filter(({ name }) => !builtIn.has(name));
const { open } = (await import(pathToFileURL(path.resolve(caseFile)).href)) as {
  readonly open: (world: World) => Promise<Case>;
};
const cases = Object.fromEntries(own.map(({ name }) => [name, open] as const));

holdsTheContract(own, cases, caseFile);
