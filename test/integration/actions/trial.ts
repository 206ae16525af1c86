import { existsSync } from "node:fs";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { declaredCommand } from "../../../src/actions/command.ts";
import { catalogue } from "../../../src/actions/index.ts";
import type { Action, ActionContext } from "../../../src/actions/kind.ts";
import type { PlanRefusal } from "../../../src/domain/playbook/catalogue.ts";
import { clockFacts } from "../../../src/domain/playbook/facts.ts";
import { resolvePlan } from "../../../src/domain/playbook/plan.ts";
import { riskSettings } from "../../../src/domain/playbook/risk.ts";
import { compileRules, type RuleSet } from "../../../src/domain/playbook/rules.ts";
import type { Params } from "../../../src/domain/playbook/schema.ts";
import { messageOf } from "../../../src/kernel/errors.ts";
import type { ProcessIdentity } from "../../../src/kernel/processes.ts";
import type { WebRequest } from "../../../src/kernel/web.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { holds, overheard } from "../../support/overheard.ts";
import { payloads } from "../../support/payloads.ts";
import type { StringPlace } from "../../support/string-places.ts";
import { treeOf } from "../../support/tree-of.ts";
import { cases } from "./cases.ts";
import { openWorld, type World } from "./world.ts";

const REFERENCE = { $ref: "event.data.x" };
const WORD = "word";
/** Parameters that reach places which a case leaves out. */
const more: Readonly<Record<string, Params>> = {
  http_request: { headers: { "x-a": "1" }, secretHeaders: { "x-b": { secret: "API_TOKEN", prefix: "" } } },
};
/** Parameters of a case that another one excludes. */
const without: Readonly<Record<string, string>> = { "run_agent capability": "target" };
/** Places at which no text is right: parts of what identifies a process that AIOS started, names that nobody declared. */
const never: ReadonlySet<string> = new Set([
  ...["startTime", "bootId", "ownerToken"].map((part) => `kill_process target.${part}`),
  "run_command arguments.<name>",
]);
/** Places whose text only chooses among what is there. */
const choosing: ReadonlySet<string> = new Set(["delete_files name", "run_command command"]);

/** Places at which each effect starts a program: one text in this many is carried out, a child of its own sees all. */
const dear: Readonly<Record<string, number>> = { "run_command arguments.*": 12 };

type Decision =
  | { readonly kind: "plan"; readonly params: Params; readonly grants: readonly string[] }
  | { readonly kind: "refused"; readonly reason: PlanRefusal | "unreadable"; readonly why: string };

interface End {
  readonly kind: "done" | "refused";
  /** What is wrong with how it came to that. */
  readonly wrong: readonly string[];
}

/**
 * One place of one kind's parameters, to which texts are brought twice: written into a playbook, and taken from an event.
 * A playbook is read, judged and planned as the engine does it; its effect is one on real files, processes and addresses.
 */
export class Trial {
  readonly #kind: Action;
  readonly #place: StringPlace;
  readonly #world: World;
  readonly #sandbox: string;
  readonly #canaries: readonly string[];
  readonly #rules = new Map<string, RuleSet>();
  #base: Params = {};
  #planned = 0;
  #bystanders: readonly ProcessIdentity[] = [];

  private constructor(kind: Action, place: StringPlace, world: World, sandbox: string) {
    this.#kind = kind;
    this.#place = place;
    this.#world = world;
    this.#sandbox = sandbox;
    this.#canaries = [sandbox, world.directory, process.cwd(), path.join(sandbox, "outside")].map((directory) =>
      path.join(directory, "canary"),
    );
  }

  static async open(kind: Action, place: StringPlace): Promise<Trial> {
    const world = await openWorld();
    const sandbox = world.directory;
    const granted = path.join(sandbox, "granted");
    const outside = path.join(sandbox, "outside");
    for (const directory of [granted, outside]) await mkdir(directory);
    await writeFile(path.join(outside, "secret.txt"), "secret");
    await symlink(outside, path.join(granted, "link"));
    const sleeper = { ...world.sleeper, argv: ["sleep", "600"] as const };
    return new Trial(kind, place, { ...world, directory: granted, sleeper }, sandbox);
  }

  /** Every hostile text, as it is and behind what this place asks of a text: a root, an address, a family of events. */
  async texts(): Promise<readonly string[]> {
    const canary = path.join(this.#sandbox, "outside", "canary");
    const raw = payloads({ canary, server: this.#world.server.host });
    const forms = await this.#forms();
    return [...new Set([...raw, ...forms.flatMap((form) => raw.map((text) => form + text))])];
  }

  /** What is wrong with how a text arrives; nothing where it is carried as it is, or refused with a reason. */
  async wrongWith(text: string): Promise<readonly string[]> {
    const { wrong } = await this.#end(text);
    const traces = this.#canaries.filter((file) => existsSync(file)).map((file) => `${file} is there`);
    const about = `${JSON.stringify(text.slice(0, 80))}${text.length > 80 ? ` (${text.length})` : ""}`;
    return [...wrong, ...traces].map((fault) => `${about}: ${fault}`);
  }

  /** All that no grant covers: what lies beside the granted root and where the engine runs, and who else lives. */
  async outside(): Promise<unknown> {
    return {
      beside: await treeOf(path.join(this.#sandbox, "outside")),
      sandbox: await readdir(this.#sandbox),
      here: await readdir(process.cwd()),
      alive: (await Promise.all(this.#bystanders.map(this.#world.lives))).every(Boolean),
    };
  }

  async #forms(): Promise<readonly string[]> {
    const { server, directory } = this.#world;
    if (this.#place.choices !== undefined || never.has(`${this.#kind.name} ${this.#place.path}`)) return [];
    if ((await this.#end(WORD)).kind === "done") return [];
    const found: string[] = [];
    for (const form of [`${directory}/`, `http://${server.host}/hook/`, "my."])
      if ((await this.#end(form + WORD)).kind === "done") found.push(form);
    // A place that takes nothing would prove nothing.
    if (found.length === 0) throw new Error(`${this.#kind.name} took no harmless text at ${this.#place.path}`);
    return found;
  }

  async #end(text: string): Promise<End> {
    const base = await this.#arranged(text);
    const literal = this.#decide(this.#place.put(base, text), text);
    if (this.#place.role === "name") return this.#judged(literal, text, []);
    const decided = this.#decide(this.#place.put(base, REFERENCE), text);
    const same = literal.kind === decided.kind && (literal.kind === "refused" || sameParams(literal, decided));
    return this.#judged(decided, text, same ? [] : [`as a text: ${sayOf(literal)}; from an event: ${sayOf(decided)}`]);
  }

  async #judged(decision: Decision, text: string, wrong: readonly string[]): Promise<End> {
    if (decision.kind === "plan")
      return this.#carryOut(decision, text, [
        ...wrong,
        ...(holds(decision.params, text) ? [] : ["the plan has another text"]),
      ]);
    const isWrong = decision.reason === "params" || decision.reason === "unreadable";
    const says = decision.why.includes(isWrong ? this.#place.member : "actions[0]: ");
    return { kind: "refused", wrong: says ? wrong : [...wrong, `refused without saying where: ${decision.why}`] };
  }

  async #carryOut(
    { params, grants }: Extract<Decision, { kind: "plan" }>,
    text: string,
    wrong: readonly string[],
  ): Promise<End> {
    const every = dear[`${this.#kind.name} ${this.#place.path}`] ?? 1;
    if (this.#planned++ % every !== 0) return { kind: "done", wrong };
    const heard: unknown[] = [];
    const context = this.#listening(grants, heard);
    try {
      await this.#kind.prepare(params, context);
      await this.#kind.run(params, context);
    } catch (failure) {
      const says = /\w{3}/.test(messageOf(failure));
      return { kind: "refused", wrong: says ? wrong : [...wrong, "failed without a reason"] };
    }
    const arrived = choosing.has(`${this.#kind.name} ${this.#place.path}`) || holds(heard, text);
    return { kind: "done", wrong: arrived ? wrong : [...wrong, "it arrived nowhere as it was"] };
  }

  /** The world's ports, heard; only what is declared may be started, and only the world's own server asked. */
  #listening(grants: readonly string[], heard: unknown[]): ActionContext {
    const context = this.#world.context(grants);
    const { server, commands } = this.#world;
    return {
      ...context,
      engine: overheard(context.engine, heard),
      files: overheard(context.files, heard),
      web: {
        request: async (request) => {
          if (new URL(request.url).host !== server.host) throw new Error(`asked ${request.url}`);
          heard.push(request, bodyOf(request));
          return context.web.request(request);
        },
      },
      processes: {
        ...overheard(context.processes, heard),
        start: async (command) => {
          const paths = [...commands.values()].map(({ path: program }) => program);
          if (!paths.includes(command.argv[0])) throw new Error(`started ${command.argv[0]}`);
          heard.push(command);
          return context.processes.start(command);
        },
      },
      secret: (name) => {
        heard.push(name);
        return "";
      },
    };
  }

  #decide(params: Params, text: string): Decision {
    const { rules, refused } = this.#read(params);
    const [rule] = rules;
    if (rule === undefined) return { kind: "refused", reason: "unreadable", why: refused[0]?.reason ?? "" };
    const facts = { event: { id: "e", type: "probe.sent", data: { x: text, other: "another" } }, clock: clockFacts(0) };
    const decided = resolvePlan(rule.playbook, facts, {
      catalogue,
      hash: nodeHash,
      playbookHash: rule.hash,
      idleAgents: () => [],
      risk: riskSettings.parse({}),
      via: "trigger",
    });
    if (decided.kind === "refused") return { ...decided, why: decided.detail };
    const { steps, grants } = decided.plan;
    return { kind: "plan", params: steps[0]?.params ?? {}, grants };
  }

  #read(params: Params): RuleSet {
    const { directory, server } = this.#world;
    const text = JSON.stringify({
      id: "p",
      trigger: { event_type: "probe.sent" },
      actions: [{ type: this.#kind.name, params }],
      validation: { check: "none" },
      grants: [
        "process.signal:own",
        ...["read", "write", "delete"].map((verb) => `fs.${verb}:${directory}/**`),
        `http:* ${server.host}/*`,
        ...["configure", "control", "run"].map((verb) => `agent.${verb}:*`),
        "task.retry:own",
        "event.emit:*",
        "notify:log",
        "notify:webhook",
        "exec:*",
      ],
    });
    const known = this.#rules.get(text);
    if (known !== undefined) return known;
    const read = compileRules([{ file: "p.json", text }], { catalogue, hash: nodeHash });
    if (text.includes("$ref")) this.#rules.set(text, read);
    return read;
  }

  /** The parameters of the kind's case, with a command, a file, an agent, a task and a version of the text's name. */
  async #arranged(text: string): Promise<Params> {
    const { engine, commands } = this.#world;
    // What a case started lives on: nothing may happen to it, so it is not started once more.
    if (this.#bystanders.length === 0) {
      const open = cases[this.#kind.name];
      if (open === undefined) throw new Error(`test/integration/actions/cases.ts has no case for ${this.#kind.name}`);
      const { params } = await open(this.#world);
      const excluded = without[`${this.#kind.name} ${this.#place.path}`];
      const kept = Object.entries({ ...params, ...more[this.#kind.name] }).filter(([name]) => name !== excluded);
      this.#base = Object.fromEntries(kept);
      this.#bystanders = ["a", "b"].flatMap((id) => engine.agent(id)?.processes ?? []);
    }
    const given = { name: "text", flag: true, optional: true, maxLength: 131_072 };
    const program = declaredCommand.parse({ path: "/bin/true", arguments: [given], cwd: this.#world.directory });
    for (const name of ["note", text]) commands.set(name, program);
    // A link in the granted root leads out of it: nothing is made there.
    if (path.dirname(text) === this.#world.directory) await writeFile(text, "", { flag: "wx" }).catch(() => {});
    await engine.addAgent(text);
    engine.addTask(text, "failed");
    engine.configurations.set(`${text} 7`, { model: "old" });
    return this.#base;
  }
}

function sameParams(one: Decision, other: Decision): boolean {
  return one.kind === "plan" && other.kind === "plan" && JSON.stringify(one.params) === JSON.stringify(other.params);
}

function bodyOf({ body }: WebRequest): unknown {
  try {
    return JSON.parse(body ?? "");
  } catch {
    return body;
  }
}

function sayOf(decision: Decision): string {
  return decision.kind === "plan" ? JSON.stringify(decision.params).slice(0, 200) : `refused, ${decision.why}`;
}
