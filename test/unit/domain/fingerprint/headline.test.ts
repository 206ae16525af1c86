import { describe, expect, it } from "vitest";
import { headlineOf } from "../../../../src/domain/fingerprint/headline.ts";

describe("headlineOf", () => {
  it("takes the last line of the last Python traceback, and its own frames nearest first", () => {
    const text = [
      "Traceback (most recent call last):",
      '  File "/app/a.py", line 3, in read',
      "    open(path)",
      "FileNotFoundError: gone",
      "",
      "During handling of the above exception, another exception occurred:",
      "",
      "Traceback (most recent call last):",
      '  File "/app/main.py", line 9, in <module>',
      "    run()",
      '  File "/usr/lib/python3.11/json/__init__.py", line 1, in loads',
      '  File "/app/job.py", line 12, in run',
      "    raise ValueError(x)",
      "ValueError: bad record 7",
      "more of the message",
    ].join("\n");
    expect(headlineOf(text)).toEqual({ text: "ValueError: bad record 7", frames: ["job.py#run", "main.py#<module>"] });
  });

  it("takes the last cause of a Java trace, without library frames", () => {
    const text = [
      'Exception in thread "main" java.lang.RuntimeException: outer',
      "\tat com.acme.Main.main(Main.java:5)",
      "Caused by: java.io.IOException: disk full",
      "\tat java.base/java.io.Writer.write(Writer.java:1)",
      "\tat com.acme.Store.save(Store.java:77)",
      "\t... 3 more",
    ].join("\n");
    expect(headlineOf(text)).toMatchObject({
      text: "java.io.IOException: disk full",
      frames: expect.arrayContaining(["Store.java#com.acme.Store.save"]),
    });
  });

  it("finds the head of what Node prints for an uncaught error", () => {
    const text = [
      "node:fs:573",
      "  return binding.open(",
      "                 ^",
      "",
      "Error: ENOENT: no such file or directory, open '/x/1'",
      "    at Object.openSync (node:fs:573:18)",
      "    at load (file:///srv/agent/load.mjs:4:9)",
      "    at file:///srv/agent/main.mjs:2:1 {",
      "  errno: -2",
      "}",
    ].join("\n");
    expect(headlineOf(text)).toEqual({
      text: "Error: ENOENT: no such file or directory, open '/x/1'",
      frames: ["load.mjs#load", "main.mjs#"],
    });
  });

  it("takes the last cause that Node prints: fetch itself says the same of every failure", () => {
    const fetched = (...cause: readonly string[]) =>
      headlineOf(
        [
          "TypeError: fetch failed",
          "    at node:internal/deps/undici/undici:14976:13",
          "    at async load (file:///srv/agent/load.mjs:4:21) {",
          ...cause,
          "}",
          "",
          "Node.js v20.20.2",
        ].join("\n"),
      );
    const frames = ["load.mjs#load"];
    expect(
      fetched(
        "  [cause]: Error: connect ECONNREFUSED 127.0.0.1:4711",
        "      at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) {",
        "    code: 'ECONNREFUSED',",
        "  }",
      ),
    ).toEqual({ text: "Error: connect ECONNREFUSED 127.0.0.1:4711", frames });
    expect(fetched("  [cause]: ConnectTimeoutError: Connect Timeout Error {")).toEqual({
      text: "ConnectTimeoutError: Connect Timeout Error",
      frames,
    });
    expect(
      fetched(
        "  [cause]: Error: page 7 is away",
        "      at page (file:///srv/agent/page.mjs:1:2) {",
        "    [cause]: AggregateError [ECONNREFUSED]: ",
        "        at internalConnectMultiple (node:net:1122:18) {",
        "      code: 'ECONNREFUSED',",
        "      [errors]: [ [Error], [Error] ]",
        "    }",
        "  }",
      ),
    ).toEqual({ text: "AggregateError [ECONNREFUSED]:", frames: ["page.mjs#page"] });
    for (const nothing of ["'gone'", "[Error]", "{ page: 7 }", "undefined"])
      expect(fetched(`  [cause]: ${nothing}`)).toEqual({ text: "TypeError: fetch failed", frames });
  });

  it("takes what a Rust program panicked with, whether or not it shows its backtrace", () => {
    const said =
      "thread 'main' (6781) panicked at src/m.rs:1:71:\nindex out of bounds: the len is 1 but the index is 11";
    const text = [
      "",
      said,
      "stack backtrace:",
      "   0: __rustc::rust_begin_unwind",
      "             at /rustc/59807616e1fa/library/std/src/panicking.rs:689:5",
      "   1: core::panicking::panic_bounds_check",
      "             at /rustc/59807616e1fa/library/core/src/panicking.rs:271:5",
      "   2: <usize as core::slice::index::SliceIndex<[T]>>::index",
      "   3: m::parse::h0123456789abcdef",
      "             at ./src/m.rs:1:71",
      "   4: <m::Job as m::Work>::run",
      "   5: m::main",
      "   6: core::ops::function::FnOnce::call_once",
      "note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.",
    ].join("\n");
    expect(headlineOf(text)).toEqual({ text: said, frames: ["m::parse", "<m::Job as m::Work>::run", "m::main"] });
    const plain = `${said}\nnote: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace`;
    expect(headlineOf(plain)).toEqual({ text: said, frames: [] });
    const older = "thread 'worker' panicked at 'no route', src/net.rs:9:5";
    expect(headlineOf(`starting\n${older}\n${plain}`)).toEqual({ text: `${older}\n${said}`, frames: [] });
  });

  it("takes the panic of a Go program", () => {
    const text = "panic: index out of range [5]\n\ngoroutine 1 [running]:\nmain.run(0x1)\n\t/src/main.go:7 +0x1";
    expect(headlineOf(text)).toEqual({ text: "panic: index out of range [5]", frames: ["main.run"] });
  });

  it.each([
    ['{"error":{"type":"rate_limit_error","message":"slow down"}}', "rate_limit_error: slow down"],
    ['{"type":"https://x.example/problems/out-of-credit","title":"No credit","status":403}', "out-of-credit"],
    ['{"status":503,"message":"try later"}', "status 5xx: try later"],
    ['HTTP 400 {"errors":[{"code":"E_FIELD","detail":"name is needed"}]}', "HTTP 400 E_FIELD: name is needed"],
    ['{"half": ', '{"half":'],
  ])("reads the error out of %s", (text, head) => {
    expect(headlineOf(text).text).toBe(head);
  });
});
