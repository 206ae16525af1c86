import type { Fault } from "../../kernel/errors.ts";
import { unknownName } from "./nearest.ts";
import { compileRegex } from "./regex.ts";

/*
 * A grant is `VERB:SCOPE`. Nothing is allowed that no grant covers. In a path `*` stands for one segment or a part of
 * it and `**` for any depth; elsewhere `*` stands for any text.
 */

/** Every verb, and how its scope is written. */
export const grantVerbs = {
  "process.signal": "`own`: processes that AIOS started",
  "fs.read": "an absolute path, with * and **, or `watched`: the sources of `sensors.watch.files`",
  "fs.write": "an absolute path, with * and **, or `watched`: the files, logs and locks of `sensors.watch`",
  "fs.delete": "an absolute path, with * and **, or `watched`: the locks and scratch files of `sensors.watch`",
  http: "METHOD HOST[:PORT]/PATH, the path with *",
  "agent.configure": "an agent's id, or * for all",
  "agent.control": "an agent's id, or * for all: its intake and how much it may do at once",
  "agent.run": "an agent's id or a capability, or * for all: a task for it",
  "task.retry": "`own`: tasks of this engine",
  "event.emit": "an event type, with *",
  notify: "`log` or `webhook`",
  exec: "the name of a command of the configuration, or *",
  own: "the name of an action of one's own: what no other verb says",
} as const;

/** Stands for the places that the operator names in the configuration. */
const WATCHED = "watched";

/** A scope longer than this is never covered: of endless text the end would go unjudged. */
const LONGEST_SCOPE = 8_192;

type Verb = keyof typeof grantVerbs;

/** What is wrong with grants as written in a file. */
export function judgeGrants(grants: readonly string[], where: string): readonly Fault[] {
  return grants.flatMap((grant, index) => {
    const path = `${where}[${index}]`;
    const { verb, scope } = split(grant);
    if (!isVerb(verb)) return [{ path, message: unknownName("grant", verb, Object.keys(grantVerbs)) }];
    if (scope === "") return [{ path, message: `"${verb}" needs a scope: ${grantVerbs[verb]}` }];
    if (verb.startsWith("fs.") && scope !== WATCHED && !isPlainPath(scope))
      return [{ path, message: `an absolute path without \`.\` or \`..\` segments, or ${WATCHED}` }];
    if (verb === "http" && !/^[A-Z*]+ [^/\s*]+\/\S*$/.test(scope))
      return [{ path, message: "METHOD HOST[:PORT]/PATH, for example POST api.example/v1/*" }];
    return [];
  });
}

/** Grants with `VERB:watched` replaced by the places that the configuration names for that verb. */
export function withPlaces(
  grants: readonly string[],
  places: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  return grants.flatMap((grant) => {
    const { verb, scope } = split(grant);
    return scope === WATCHED ? (places[verb] ?? []).map((place) => `${verb}:${place}`) : [grant];
  });
}

/** Whether one of `grants` covers what is needed. */
export function isGranted(needed: string, grants: readonly string[]): boolean {
  const want = split(needed);
  if (want.scope.length > LONGEST_SCOPE) return false;
  if (want.verb.startsWith("fs.") && !isPlainPath(want.scope)) return false;
  return grants.some((grant) => {
    const have = split(grant);
    return have.verb === want.verb && covers(want.verb, have.scope, want.scope);
  });
}

/** What of `needed` no grant covers. */
export function missingGrants(needed: readonly string[], grants: readonly string[]): readonly string[] {
  return needed.filter((one) => !isGranted(one, grants));
}

/** `http:POST api.example/v1/x`: the need of one request. The query is not part of it. `undefined` for no http URL. */
export function httpNeed(method: string, url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, pathname, username, password } = new URL(url);
  if ((protocol !== "http:" && protocol !== "https:") || username !== "" || password !== "") return undefined;
  return `http:${method.toUpperCase()} ${host}${pathname}`;
}

/** An absolute path that means exactly what it says. */
export function isPlainPath(path: string): boolean {
  if (!path.startsWith("/") || path.includes("\0")) return false;
  return path.split("/").every((segment) => segment !== "." && segment !== "..");
}

function covers(verb: string, pattern: string, scope: string): boolean {
  if (verb !== "http") return glob(pattern, verb.startsWith("fs."))(scope);
  const [method = "", address = ""] = pattern.split(" ");
  const [wantedMethod = "", wantedAddress = ""] = scope.split(" ");
  if (method !== "*" && method !== wantedMethod) return false;
  const slash = address.indexOf("/");
  const host = address.slice(0, slash);
  if (slash < 0 || !wantedAddress.startsWith(`${host}/`)) return false;
  return glob(address.slice(slash), false)(wantedAddress.slice(host.length));
}

function glob(pattern: string, segments: boolean): (text: string) => boolean {
  if (!pattern.includes("*")) return (text) => text === pattern;
  const source = pattern
    .split(/(\*+)/)
    .map((part) => (part.startsWith("*") ? (segments && part === "*" ? "[^/]*" : ".*") : quote(part)))
    .join("");
  const regex = compileRegex(`(?s)^${source}$`, false);
  return regex.kind === "ok" ? regex.test : () => false;
}

function quote(text: string): string {
  return text.replace(/[\\^$.|?+()[\]{}]/g, "\\$&");
}

function split(grant: string): { readonly verb: string; readonly scope: string } {
  const colon = grant.indexOf(":");
  return colon < 0 ? { verb: grant, scope: "" } : { verb: grant.slice(0, colon), scope: grant.slice(colon + 1) };
}

function isVerb(verb: string): verb is Verb {
  return Object.hasOwn(grantVerbs, verb);
}
