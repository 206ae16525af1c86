import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { actions } from "../../../src/actions/index.ts";
import type { Json } from "../../../src/kernel/json.ts";
import { approvalsDoor } from "../../../src/runtime/doors/approvals-door.ts";
import { TestEngine } from "../../support/engine.ts";
import { localServer } from "../../support/local-server.ts";
import { payloads } from "../../support/payloads.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { treeOf } from "../../support/tree-of.ts";

const text = { $ref: "event.data.text" };
const file = { $ref: "event.data.path" };

/** A world of its own: what is granted, what is not, a server that keeps what it is sent, programs that tell what they got. */
interface Place {
  readonly folder: string;
  readonly granted: string;
  readonly outside: string;
  readonly url: string;
  readonly sent: readonly { readonly path: string; readonly body: string }[];
}

/** Each kind once, with a text out of the event wherever it takes one freely, or else where it names what is acted on. */
const paramsOf = ({ granted, url }: Place): Readonly<Record<string, object>> => ({
  advise_agent: { target: "a", advice: text },
  configure_agent: { target: "a", patch: { note: text } },
  delete_files: { directory: granted, name: text },
  drain_agent: { target: text },
  emit_event: { event_type: "my.event", data: { text } },
  http_request: { url: `${url}/body`, body: text },
  kill_process: { target: text },
  notify: { channel: "webhook", url: `${url}/notice`, text },
  pause_agent: { target: text },
  quarantine: { target: text },
  remove_file: { path: file },
  restart_agent: { target: text },
  restore_configuration: { target: text, version: 1 },
  restore_file: { path: file, source: path.join(granted, "source") },
  retry_task: { target: text },
  rotate_log: { path: file },
  run_agent: { target: "helper", input: { text } },
  run_command: { command: "see", arguments: { text } },
  set_concurrency: { target: text, concurrency: 2 },
  set_file_mode: { path: file, mode: 0o600 },
  switch_model: { target: "a", model: text },
  write_file: { path: file, content: text },
});

async function arranged(): Promise<Place> {
  const folder = await tempDir();
  const [granted, outside] = [path.join(folder, "granted"), path.join(folder, "outside")];
  for (const one of [granted, outside]) await mkdir(one);
  await writeFile(path.join(granted, "source"), "source");
  await writeFile(path.join(outside, "secret"), "secret");
  const sent: { readonly path: string; readonly body: string }[] = [];
  const url = await localServer(({ request, body }, response) => {
    sent.push({ path: request.url ?? "", body });
    response.end("ok");
  });
  return { folder, granted, outside, url, sent };
}

/** A program that appends what it was given, in hexadecimal, a line each. */
const telling = (to: string, given: string) =>
  `require("node:fs").appendFileSync(${JSON.stringify(to)}, Buffer.from(${given}).toString("hex") + "\\n")`;

async function openIn(place: Place): Promise<TestEngine> {
  const { folder, granted, url } = place;
  const playbooks = Object.entries(paramsOf(place)).map(([kind, params]) => ({
    id: kind,
    trigger: { event_type: `hostile.${kind}` },
    target: { kind: "host", id: { $ref: "event.data.n" } },
    actions: [{ type: kind, params }],
    validation: { check: "http_ok", params: { url }, settleMs: 0, intervalMs: 10, probes: 1 },
    rollback: false,
    cooldownMs: 0,
    grants: [
      "process.signal:own",
      ...["read", "write", "delete"].map((verb) => `fs.${verb}:${granted}/**`),
      `http:* ${new URL(url).host}/*`,
      ...["configure", "control", "run"].map((verb) => `agent.${verb}:*`),
      "task.retry:own",
      "event.emit:my.event",
      "notify:webhook",
      "exec:see",
    ],
    tests: [{ event: { type: `hostile.${kind}`, data: { text: "t", path: "/p", n: "1" } }, expect: "match" }],
  }));
  const lifted = {
    stormPerMinute: 99_999,
    playbookPerHour: 999,
    allPerHour: 9_999,
    breakerFailures: 999,
    budgetOutcomes: 999,
  };
  const see = {
    path: process.execPath,
    arguments: [
      "-e",
      telling(path.join(folder, "child"), "process.argv[1]"),
      "--",
      { name: "text", flag: true, maxLength: 131_072 },
    ],
  };
  const test = await TestEngine.open({
    playbooks,
    config: { reactor: { limits: lifted, risk: { confidenceFrom: 999 }, commands: { see } } },
  });
  const script = `let line = ""; process.stdin.on("data", (piece) => { line += piece; }).on("end", () => {
    ${telling(path.join(folder, "agent"), "JSON.parse(line).text")}; console.log("done"); });`;
  await test.agent("helper", [process.execPath, "-e", script], { output: "text" }, { concurrency: 2 });
  await test.agent("a", ["true"], { output: "text", model: "big" });
  const door = approvalsDoor(test.engine.runtime);
  test.engine.subscribe({}, ({ type, data }) => {
    if (type === "approval.requested")
      void door.decide((data as { approvalId: string }).approvalId, "approved", {}, { role: "operator", id: "me" });
  });
  return test;
}

/** Bytes that arrived, each as text, in no order. */
const linesOf = async (from: string) =>
  (await readFile(from, "utf8"))
    .split("\n")
    .slice(0, -1)
    .map((line) => Buffer.from(line, "hex").toString("utf8"));

describe("hostile text of an event, through a whole engine into every kind of action", () => {
  it("arrives as the bytes that it is or is refused, and nothing outside is touched", {
    timeout: 240_000,
  }, async () => {
    const place = await arranged();
    const test = await openIn(place);
    expect(test.engine.runtime.remedies.rules.refused).toEqual([]);
    expect(Object.keys(paramsOf(place))).toEqual([...actions.keys()].sort());
    const canary = path.join(place.outside, "canary");
    const all = payloads({ canary, server: new URL(place.url).host });
    const texts = all.filter((one, index) => index % 70 === 0 && one.length > 0 && one.length < 900);
    expect(texts.length).toBeGreaterThan(3);
    const before = await treeOf(place.outside);
    let n = 0;
    for (const kind of actions.keys()) {
      const receipts = [];
      for (const one of texts)
        receipts.push(
          await test.engine.publish({
            type: `hostile.${kind}`,
            data: { text: one, path: `${place.granted}/${one}`, n: `${n++}` },
          }),
        );
      for (const { id } of receipts) await test.until("playbook.settled", ({ data }) => data.trigger.id === id);
    }
    const settled = test.told("playbook.settled").map(({ data }) => data);
    expect(settled).toHaveLength(texts.length * actions.size);
    for (const { reason, outcome } of settled) expect(outcome === "fixed" || reason.length > 0).toBe(true);
    for (const where of [
      canary,
      ...[place.folder, place.granted, process.cwd()].map((one) => path.join(one, "canary")),
    ])
      expect([where, existsSync(where)]).toEqual([where, false]);
    expect(await treeOf(place.outside)).toEqual(before);

    const taken = (kind: string) =>
      settled
        .filter((one) => one.playbookId === kind && one.outcome === "fixed")
        .map(({ trigger }) => test.events.find(({ id }) => id === trigger.id)?.data as { readonly text: string })
        .map((data) => data.text)
        .sort();
    const carried = texts.filter((one) => !one.includes("\0")).sort();
    expect(taken("run_command")).toEqual(carried);
    expect((await linesOf(path.join(place.folder, "child"))).sort()).toEqual(carried);
    expect(taken("run_agent")).toEqual([...texts].sort());
    expect((await linesOf(path.join(place.folder, "agent"))).sort()).toEqual([...texts].sort());
    expect(place.sent.flatMap(({ path: to, body }) => (to === "/body" ? [body] : [])).sort()).toEqual(
      taken("http_request"),
    );
    expect(taken("http_request")).toEqual([...texts].sort());
    const emitted = test.told("my.event" as never).map(({ data }) => (data as { readonly text: string }).text);
    expect(emitted.sort()).toEqual([...texts].sort());
    const configured = test.told("agent.configured").map(({ data }) => data as unknown as Json);
    for (const one of texts) expect(JSON.stringify(configured)).toContain(JSON.stringify(one).slice(1, -1));
  });
});
