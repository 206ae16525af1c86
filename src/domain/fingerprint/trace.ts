export interface Trace {
  /** `Type: first line` of the failure that caused the rest. */
  readonly head: string;
  /** Own frames, nearest first. */
  readonly frames: readonly string[];
}

const PYTHON_START = /^\s*Traceback \(most recent call last\):\s*$/;
const PYTHON_FRAME = /^\s+File "([^"]{1,512})", line \d+(?:, in (\S{1,128}))?/;
const AT_FRAME = /^\s+at (\S.*)$/;
const CAUSED_BY = /^\s*Caused by: (.+)$/;
// Causes that are no errors, or that Node has cut off, say less than what they caused.
const NODE_CAUSE = /^\s*\[cause\]: ([\w.$]{0,128}(?:Error|Exception)\b.*?)(?: \{)?$/;
const IN_THREAD = /^Exception in thread "[^"]{0,128}" /;
const UNCAUGHT = /^(?:Uncaught|Unhandled Rejection:|\[cause\]:)\s+/;
const LIBRARY =
  /site-packages|dist-packages|\/lib\/python|node_modules|^node:|^<|\(node:|^(?:java|javax|jdk|sun|kotlin|scala|org\.(?:apache|springframework|junit|hibernate))\./;
const MOST_FRAMES = 3;

/** The trace in `text`, or `undefined` when there is none. */
export function traceOf(text: string): Trace | undefined {
  const lines = text.split("\n");
  return pythonTrace(lines) ?? rustPanic(lines) ?? stackTrace(lines) ?? goPanic(lines);
}

/** The last traceback is the one that ended the program; its last line at the margin says why. */
function pythonTrace(lines: readonly string[]): Trace | undefined {
  const start = lines.findLastIndex((line) => PYTHON_START.test(line));
  if (start === -1) return undefined;
  const margin = /^\s*/.exec(lines[start] ?? "")?.[0].length ?? 0;
  const frames: string[] = [];
  for (const line of lines.slice(start + 1)) {
    const frame = PYTHON_FRAME.exec(line);
    if (frame !== null) frames.push(frameName(frame[1] ?? "", frame[2] ?? "<module>"));
    else if (line.trim() !== "" && (/^\s*/.exec(line)?.[0].length ?? 0) <= margin)
      return { head: line.trim(), frames: nearest(frames.reverse()) };
  }
  return { head: "", frames: nearest(frames.reverse()) };
}

/** JavaScript, Java and C#: a head followed by `at` lines. The last cause is the first thing that went wrong. */
function stackTrace(lines: readonly string[]): Trace | undefined {
  const firstFrame = lines.findIndex((line) => AT_FRAME.test(line));
  if (firstFrame <= 0) return undefined;
  const causes = lines.flatMap((line, index) => (causeIn(line) === undefined ? [] : [index]));
  const heads = [headBefore(lines, firstFrame), ...causes];
  const last = lines[heads.at(-1) ?? 0] ?? "";
  const own = heads.map((head) => nearest(framesAfter(lines, head)));
  return {
    head: (causeIn(last) ?? last).trim().replace(IN_THREAD, "").replace(UNCAUGHT, ""),
    frames: own.findLast((frames) => frames.length > 0) ?? [],
  };
}

/** What Java or Node names as the cause of what it told before. */
function causeIn(line: string): string | undefined {
  return CAUSED_BY.exec(line)?.[1] ?? NODE_CAUSE.exec(line)?.[1];
}

function framesAfter(lines: readonly string[], head: number): readonly string[] {
  const frames: string[] = [];
  for (const line of lines.slice(head + 1)) {
    const frame = AT_FRAME.exec(line)?.[1];
    if (frame !== undefined) frames.push(stackFrame(frame));
    else if (frames.length > 0 || causeIn(line) !== undefined) break;
  }
  return frames;
}

const NAMES_A_TYPE =
  /^(?:Exception in thread|Uncaught|(?:\[cause\]: )?[\w.$]{0,128}(?:Error|Exception|Fault|Failure|Warning)\b)/;

/** A message may have several lines before its frames; the one that names the type is the head. */
function headBefore(lines: readonly string[], firstFrame: number): number {
  for (let index = firstFrame - 1; index >= 0 && index >= firstFrame - 30; index -= 1) {
    if (NAMES_A_TYPE.test(lines[index]?.trimStart() ?? "")) return index;
  }
  const spoken = lines.slice(0, firstFrame).findLastIndex((line) => line.trim() !== "");
  return Math.max(0, spoken);
}

const RUST_PANIC = /^\s*thread '[^']{0,128}' (?:\(\d{1,20}\) )?panicked at /;
const RUST_AFTER = /^(?:stack backtrace:|note: )/;
const RUST_FRAME = /^ {1,8}\d{1,6}: (?:0x[0-9a-f]{1,16} - )?(\S.{0,255})$/;
const RUST_LIBRARY =
  /^<?(?:std|core|alloc|test|__rustc|rust_begin_unwind|rust_panic|_?main$|__libc|_start|clone)|\bas (?:std|core|alloc)::/;

/** The first thread that panicked, in all its words: they are the same whether a backtrace was asked for or not. */
function rustPanic(lines: readonly string[]): Trace | undefined {
  const start = lines.findIndex((line) => RUST_PANIC.test(line));
  if (start === -1) return undefined;
  const after = lines.slice(start + 1);
  const end = after.findIndex((line) => RUST_AFTER.test(line));
  const said = [lines[start] ?? "", ...(end === -1 ? after : after.slice(0, end))];
  const frames = after.flatMap((line) => {
    const call = RUST_FRAME.exec(line)?.[1];
    return call === undefined || RUST_LIBRARY.test(call) ? [] : [call.replace(/::h[0-9a-f]{16}$/, "")];
  });
  return { head: said.join("\n").trim(), frames: frames.slice(0, MOST_FRAMES) };
}

function goPanic(lines: readonly string[]): Trace | undefined {
  const start = lines.findIndex((line) => line.startsWith("panic: "));
  if (start === -1 || !lines.some((line) => /^goroutine \d+ \[/.test(line))) return undefined;
  const frames = lines.slice(start + 1).flatMap((line) => {
    const call = /^([\w./*()-]{1,200})\([^)]*\)$/.exec(line)?.[1];
    return call === undefined || call.startsWith("runtime.") || call === "panic" ? [] : [call];
  });
  return { head: lines[start] ?? "", frames: frames.slice(0, MOST_FRAMES) };
}

function stackFrame(frame: string): string {
  const called = /^(?:async )?(?:new )?([^\s(]{1,200}) ?\(([^)]{0,512})\)/.exec(frame);
  if (called === null) return frameName(frame.replace(/^async /, ""), "");
  const [, name = "", place = ""] = called;
  return LIBRARY.test(name) ? "" : frameName(place, name);
}

function frameName(file: string, name: string): string {
  if (LIBRARY.test(file)) return "";
  const base = file.replace(/(?::\d{1,9}){1,2}(?: \{)?$/, "").replace(/^.*[\\/]/, "");
  return `${base}#${name}`;
}

function nearest(frames: readonly string[]): readonly string[] {
  return frames.filter((frame) => frame !== "").slice(0, MOST_FRAMES);
}
