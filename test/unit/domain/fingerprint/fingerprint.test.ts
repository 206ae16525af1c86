import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprintOf } from "../../../../src/domain/fingerprint/fingerprint.ts";
import type { Hash } from "../../../../src/kernel/hash.ts";

const hash: Hash = {
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
  hmacSha256: () => "",
};
const of = (message: string) => fingerprintOf(message, hash);

const SAME: readonly (readonly [why: string, ...messages: string[]])[] = [
  [
    "paths",
    "ENOENT: no such file or directory, open '/data/in/42.csv'",
    "ENOENT: no such file or directory, open '/srv/b/x y/report-7.json'",
  ],
  ["relative and home paths", "cannot read ./conf/app.yaml", "cannot read ~/x/y.yaml", "cannot read ../z/app.toml"],
  ["windows paths", String.raw`cannot open C:\Program Files\App\a.ini`, String.raw`cannot open D:\x\b.ini`],
  ["numbers with units", "timeout after 300 ms", "timeout after 4.5s", "timeout after 12 seconds"],
  ["ids", "task 0192f3-ab12 failed for job_77", "task 88ee01-cd77 failed for job_1"],
  ["uuids", "run 7d44b2a0-9f1c-4a57-8d11-2b3c4d5e6f70 lost", "run 00000000-0000-4000-8000-000000000000 lost"],
  [
    "addresses",
    "connect ECONNREFUSED 127.0.0.1:8080",
    "connect ECONNREFUSED 10.2.3.4:443",
    "connect ECONNREFUSED ::1:9000",
  ],
  ["urls", "GET https://a.example/x?y=1 answered 503", "GET http://10.0.0.1:80/z/ answered 502"],
  [
    "quoted names",
    "column 'customer' does not exist",
    'column "order line" does not exist',
    "column `x` does not exist",
  ],
  [
    "times",
    "lock held since 2026-02-24T09:30:00.125Z",
    "lock held since Mon Jan 2 15:04:05 2006",
    "lock held since 2026-02-24 09:30:00 CEST",
  ],
  ["members", "request failed user=ann retries=3", "request failed user=bob retries=12"],
  [
    "panics of Rust, with a backtrace and without",
    "thread 'main' (12) panicked at src/a.rs:4:37:\nindex out of bounds: the len is 1 but the index is 11\nstack backtrace:\n   0: __rustc::rust_begin_unwind\n             at /rustc/59/library/std/src/panicking.rs:689:5\n   1: app::main\nnote: Some details are omitted",
    "\nthread 'worker-9' panicked at src/deep/b.rs:120:9:\nindex out of bounds: the len is 0 but the index is 3\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
  ],
  ["chinese values", "读取文件 /data/a.txt 失败，用时 30 秒", "读取文件 /data/b.txt 失败，用时 5 秒"],
  [
    "the code that a program ended with",
    "connect ECONNREFUSED 10.0.0.1:80",
    "exit code 1: 2026-01-02 03:04:05,678 [main] ERROR connect ECONNREFUSED 10.0.0.2:80",
    'exit code 70: {"level":50,"pid":7,"msg":"connect ECONNREFUSED 10.0.0.3:443"}',
  ],
  [
    "colours, date, level and thread of a log line",
    "\u001b[31m2026-01-02 03:04:05,678 [main] ERROR  disk quota exceeded\u001b[0m",
    "disk quota exceeded",
  ],
];

const BACKTRACE =
  "stack backtrace:\n   0: __rustc::rust_begin_unwind\n             at /rustc/59/library/std/src/panicking.rs:689:5";

const APART: readonly (readonly string[])[] = [
  [
    `thread 'main' panicked at src/a.rs:4:37:\nindex out of bounds: the len is 1 but the index is 11\n${BACKTRACE}`,
    `thread 'main' panicked at src/a.rs:4:37:\nattempt to divide by zero\n${BACKTRACE}`,
    `thread 'main' panicked at src/a.rs:9:5:\ncalled \`Option::unwrap()\` on a \`None\` value\n${BACKTRACE}`,
  ],
  [
    "ENOENT: no such file or directory, open 'a.csv'",
    "EACCES: permission denied, open 'a.csv'",
    "EISDIR: illegal operation on a directory, read",
  ],
  ["TypeError: x is not a function", "ReferenceError: x is not defined"],
  ["connect ECONNREFUSED 10.0.0.1:80", "connect ETIMEDOUT 10.0.0.1:80", "read ECONNRESET"],
  ["execve: E2BIG", "execve: ENOEXEC"],
  ["ERR-4021", "WARN-4021"],
  ["sqlite3.OperationalError: locked", "sqlite3.IntegrityError: locked"],
  ["reason=quota user=ann", "reason=denied user=ann"],
  ["parse_config() failed", "load_config() failed"],
  ["权限不足，无法写入文件", "磁盘已满，无法写入文件"],
  // Capitals after a time are no zone unless they are the name of one.
  ["2026-01-02 at 2026-01-02T10:20:30 CSI trace", "2026-01-02 at 2026-01-02T10:20:30 CPU trace"],
  ["main.go:12:2: undefined: Rows", "main.go:12:2: redefined: Rows"],
  ["", "x"],
  // What a program wrote before it was ended is not why.
  ["loading the model", "ended by SIGKILL: loading the model", "exit code 1", "the process ended, with exit code 0"],
];

describe("fingerprintOf", () => {
  it.each(SAME)("gives one id to messages that differ in %s", (_why, ...messages) => {
    expect(new Set(messages.map((message) => of(message).atom)).size).toBe(1);
    expect(new Set(messages.map((message) => of(message).id)).size).toBe(1);
  });

  it.each(APART.map((messages) => [messages]))("keeps %j apart", (messages) => {
    expect(new Set(messages.map((message) => of(message).id)).size).toBe(messages.length);
  });

  it("shows the message with the kind of each value in its place", () => {
    expect(of("ENOENT: no such file or directory, open '/data/42.csv' (try 3)").template).toBe(
      "ENOENT: no such file or directory, open <str> (try <num>)",
    );
    expect(of("GET https://a.example/x took 30 ms on localhost").template).toBe("GET <url> took <num> on <host>");
  });

  it("keeps what a quotation says when it is prose", () => {
    expect(of(`upstream said "the request could not be read"`).atom).toContain("request could not be read");
  });

  it("has an id of 16 hex digits, and one for silence too", () => {
    for (const text of ["", "   ", "!!!", "Traceback (most recent call last):"]) {
      expect(of(text)).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{16}$/), atom: "(no message)" });
    }
  });

  it("gives the same id for every replaced number, path and id", () => {
    const path = fc
      .array(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/), { minLength: 1, maxLength: 5 })
      .map((parts) => `/${parts.join("/")}`);
    const facts = fc.record({
      path,
      id: fc.uuid(),
      count: fc.nat(),
      ms: fc.nat(),
      quoted: fc.stringMatching(/^[a-z]{1,12}$/),
    });
    const write = (fact: { path: string; id: string; count: number; ms: number; quoted: string }) =>
      `job ${fact.id} could not read ${fact.path} after ${String(fact.count)} attempts (${String(fact.ms)} ms): column '${fact.quoted}' missing`;
    fc.assert(fc.property(facts, facts, (a, b) => of(write(a)).id === of(write(b)).id));
  });

  it("is a function of the text alone, and ignores the space around it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
        expect(of(text)).toEqual(of(text));
        expect(of(`  ${text}\n`).id).toBe(of(text).id);
      }),
    );
  });

  it("never shows a secret-looking value in its template", () => {
    const secret = fc.stringMatching(/^[a-z]{3,8}[0-9]{2,6}[a-z]{3,8}$/);
    fc.assert(
      fc.property(secret, (value) => !of(`login of ${value} with token=${value} refused`).template.includes(value)),
    );
  });

  it("looks at 2,000 characters of a headline and no more", () => {
    const long = `failed to ${"parse ".repeat(400)}`;
    expect(of(`${long}one way`).id).toBe(of(`${long}another way`).id);
  });

  it("reads hostile text of any length without slowing to a crawl", () => {
    const hostile = [
      "'",
      '"',
      "\\'",
      "a.",
      "a@",
      "1.",
      "1:",
      "[::",
      "a-",
      "C:\\a b ",
      "“",
      "((((",
      "=",
      "a=b=",
      "//",
      "\u001b[",
      "0x",
      "9999,",
      '{"a":',
      "é́",
    ];
    hostile.map((part) => of(part.repeat(50)));
    for (const part of hostile) {
      const text = part.repeat(30_000 / part.length);
      const best = Math.min(
        ...[1, 2, 3].map(() => {
          const start = performance.now();
          of(text);
          return performance.now() - start;
        }),
      );
      expect(best, JSON.stringify(part)).toBeLessThan(100);
    }
  });
});
