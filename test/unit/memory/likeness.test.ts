import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../../src/actions/index.ts";
import { reactor } from "../../../src/config/reactor.ts";
import { textOfPlaybook } from "../../../src/domain/playbook/likeness.ts";
import { compileRules } from "../../../src/domain/playbook/rules.ts";
import { fieldTerms } from "../../../src/memory/glossary/field-terms.ts";
import { Glossary } from "../../../src/memory/glossary/glossary.ts";
import { Likenesses } from "../../../src/memory/ranking/likeness.ts";
import { nodeHash } from "../../../src/platform/hash.ts";

/** What programs print, in words that no playbook has as a whole, and the playbook that a person would look at. */
const paraphrased: Readonly<Record<string, string>> = {
  "Too many requests, please slow down and try again in 20s": "rate_limit_slow_down",
  "upstream throttled us: HTTP 429 rate limit reached": "rate_limit_slow_down",
  "no space left on device while writing to scratch volume": "disk_full_clear_scratch",
  "the volume /srv is full, cannot write temporary files": "disk_full_clear_scratch",
  "connection refused by remote host (ECONNREFUSED)": "network_failure_retry",
  "socket hang up: connection reset by peer": "network_failure_retry",
  "API key was rejected, credential expired, please renew": "credential_expired_renew",
  "401 unauthorized: token is no longer valid": "credential_expired_renew",
  "ModuleNotFoundError: No module named 'numpy'": "dependency_missing_install",
  "the program ffmpeg is not installed on this machine": "dependency_missing_install",
  "prompt has more tokens than the model's context window allows": "context_too_long_trim",
  "input exceeds maximum context length": "context_too_long_trim",
  "insufficient quota: you have spent your monthly budget": "quota_fallback_model",
  "provider is down, model unavailable 503": "provider_outage_fallback_model",
  "log file has grown to 2 GB and keeps growing": "log_large_rotate",
  "lock file held by a dead process": "lock_stale_remove",
  "defunct child processes pile up below the agent": "zombies_restart",
  "the system clock is off by three minutes": "clock_skewed_sync",
  "queue of waiting tasks keeps growing": "backlog_scale",
  "agent calls the same tool with the same arguments again and again": "tool_loop_advise",
  "tool call arguments were not valid JSON": "tool_output_malformed_advise",
  "process crashes again and again right after start": "crash_loop_restore_configuration",
  "permission denied reading /etc/app/key.pem": "file_denied_allow",
  "memory exhausted on host while agents are idle": "memory_high_end_idle",
  "attempt timed out waiting for the model to respond": "hung_task_time_limit",
};

/** What programs print that no playbook of the library is about. */
const strange = [
  "AssertionError: expected 3 to equal 4",
  "TypeError: Cannot read properties of undefined (reading 'map')",
  "division by zero in pricing module",
  "invoice total does not match the order lines",
  "SyntaxError: Unexpected token < in JSON at position 0",
  "unknown column customer_name in field list",
  "the translation contains untranslated paragraphs",
  "KeyError: 'price'",
  "user rejected the deployment to production",
  "image has wrong dimensions 640x480, expected 1024x768",
  "duplicate key value violates unique constraint users_email_key",
  "git merge conflict in package.json",
  "could not parse date 31/02/2024",
];

function library() {
  const files = readdirSync("playbooks")
    .filter((name) => name.endsWith(".json") && !name.endsWith(".tests.json"))
    .map((file) => ({ file, text: readFileSync(`playbooks/${file}`, "utf8") }));
  const { rules } = compileRules(files, { catalogue, hash: nodeHash, tests: "apart" });
  return rules.map(({ playbook }) => ({ key: playbook.id, ...textOfPlaybook(playbook) }));
}

const LEAST = reactor.parse(undefined).proposalScore;

describe("texts that are most like what is asked", () => {
  const likenesses = new Likenesses(library(), new Glossary(fieldTerms));

  it("are the playbooks of the library that a person would look at, above the score from which one is proposed", () => {
    const found = Object.entries(paraphrased).map(([message, wanted]) => {
      const [best] = likenesses.mostLike(message, 3);
      return { message, wanted, key: best?.key, score: best?.score ?? 0 };
    });
    const right = found.filter(({ key, wanted, score }) => key === wanted && score >= LEAST);
    expect(right.length).toBeGreaterThanOrEqual(22);
    expect(found.filter(({ key, wanted }) => key !== wanted).length).toBeLessThanOrEqual(1);
  });

  it.each(strange)("are below it for %j, which none is about", (message) => {
    const [best] = likenesses.mostLike(message, 3);
    expect(best?.score ?? 0).toBeLessThan(LEAST);
  });

  it("are 1 for the very text, and name what both say", () => {
    const [text] = library();
    if (text === undefined) throw new Error("no playbooks");
    const [best] = likenesses.mostLike(`${text.title}\n${text.content}`, 1);
    expect(best).toMatchObject({ key: text.key, coverage: 1 });
    expect(best?.score).toBeGreaterThan(0.99);
    const [shared] = likenesses.mostLike("Is the volume FULL, or only the quota?", 1);
    expect(shared?.words).toEqual(["volume", "FULL"]);
  });

  it("do not depend on how few they are", () => {
    const one = { key: "ledger", title: "Write a ledger again", content: "its checksum is wrong" };
    const alone = new Likenesses([one], new Glossary([])).mostLike("the ledger has a wrong checksum", 1);
    expect(alone[0]?.score).toBeGreaterThan(0.9);
    expect(new Likenesses([], new Glossary([])).mostLike("anything", 3)).toEqual([]);
  });

  it("are ordered by what was proven where they say the same", () => {
    const said = { title: "Restart it", content: "the service hangs" };
    const texts = [
      { ...said, key: "a", outcomes: { fixes: 0, failures: 9 } },
      { ...said, key: "b", outcomes: { fixes: 9, failures: 0 } },
    ];
    const [best, other] = new Likenesses(texts, new Glossary([])).mostLike("the service hangs", 2);
    expect([best?.key, other?.key]).toEqual(["b", "a"]);
  });
});
