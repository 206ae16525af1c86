import { HANG_TIMEOUT_MS, shortened } from "./house.mjs";
import { COLUMNS, clip, createPaint, printLine, shorten } from "./print.mjs";
import { summaryLines } from "./print-summary.mjs";
import { lineOf } from "./timeline.mjs";

/**
 * @typedef {{
 *   header: (facts: any) => void,
 *   event: (event: any) => void,
 *   waiting: (what: string) => void,
 *   note: (text: string) => void,
 *   summary: (summary: any, expectations: {ok: boolean, text: string}[]) => void,
 *   dashboard: (link: string) => void,
 * }} Screen
 */

/** What a run prints for people. @returns {Screen} */
export function createPaper(stream = process.stdout, env = process.env) {
  const paint = createPaint(stream, env);
  const say = (text = "") => stream.write(`${text}\n`);
  const live = stream.isTTY === true && env["TERM"] !== "dumb";
  let startMs;
  let folder = "";
  const wipe = () => live && stream.write("\r\u001b[K");

  return {
    header({ seed, plan, url, root, mode }) {
      folder = root;
      say(paint("bold", `AIOS demo, seed ${seed}${mode}`));
      say(`engine ${url}, its folder ${root}`);
      say(`order: ${plan.order.join(", ")}; the same seed gives the same order, names and paths`);
      say("All limits are the defaults, except:");
      for (const { key, usual, here, why } of shortened) {
        say(`  ${key.padEnd(28)} ${String(usual).padStart(6)} → ${String(here).padStart(6)} ms  ${why}`);
      }
      say(`  ${"timeoutMs of the hanging tasks".padEnd(28)} 300000 → ${HANG_TIMEOUT_MS} ms`);
      say("  and the settle times that the demo's own playbooks carry (examples/demo/playbooks).");
      say(paint("dim", "─".repeat(COLUMNS)));
    },
    event(event) {
      const line = lineOf(event);
      if (line === undefined) return;
      startMs ??= line.atMs;
      wipe();
      say(printLine({ ...line, text: shorten(line.text, folder) }, startMs, paint));
    },
    waiting(what) {
      if (live) stream.write(`\r\u001b[K${paint("dim", clip(`          … ${what}`, COLUMNS - 1, { pad: false }))}`);
    },
    note(text) {
      wipe();
      say(text);
    },
    summary(summary, verdict) {
      wipe();
      say(paint("dim", "─".repeat(COLUMNS)));
      say(paint("bold", "What the journal says"));
      for (const text of summaryLines(summary)) say(text);
      const missed = verdict.filter(({ ok }) => !ok);
      say();
      say(
        missed.length === 0
          ? paint("good", `as it should be: ${verdict.length} of ${verdict.length} expectations hold`)
          : paint("bad", `not as it should be: ${missed.length} of ${verdict.length} expectations do not hold`),
      );
      for (const { text } of missed) say(paint("bad", `  ${text}`));
    },
    dashboard(link) {
      say();
      say(`Dashboard: ${link}`);
      say("The engine goes on until Ctrl-C.");
    },
  };
}

/** The same as JSON lines, for programs; the summary is one line and the last. @returns {Screen} */
export function createTape(stream = process.stdout) {
  const say = (line) => stream.write(`${JSON.stringify(line)}\n`);
  return {
    header: ({ seed, plan, url, root, dataDir, mode, pids }) => {
      const limits = shortened.map(({ key, usual, here }) => ({ key, default: usual, here }));
      const { order, agents, missingFiles, paths } = plan;
      say({
        kind: "header",
        seed,
        mode: mode.trim(),
        url,
        root,
        dataDir,
        order,
        agents,
        missingFiles,
        paths,
        limits,
        pids,
      });
    },
    event(event) {
      const line = lineOf(event);
      if (line !== undefined) say({ kind: "timeline", ...line });
    },
    waiting() {},
    note: (text) => say({ kind: "note", text }),
    summary: (summary, expectations) =>
      say({ kind: "summary", ok: expectations.every(({ ok }) => ok), expectations, ...summary }),
    dashboard() {},
  };
}
