/* Text for people: 100 columns, colours only on a terminal that wants them. */

export const COLUMNS = 100;

const codes = { bad: "31", good: "32", act: "36", dim: "2", plain: "", bold: "1" };

/** @param {{isTTY?: boolean}} stream @param {NodeJS.ProcessEnv} env */
export function createPaint(stream, env) {
  const coloured = stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  return (tone, text) => (coloured && codes[tone] !== "" ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text);
}

/** Cut to `width`, padded to it unless it is the last on its line. */
export function clip(text, width, { pad = true } = {}) {
  const flat = text.replace(/\s+/g, " ");
  const cut = flat.length <= width ? flat : `${flat.slice(0, width - 1)}…`;
  return pad ? cut.padEnd(width) : cut;
}

const WHEN = 8;
const WHO = 22;

/** Text of any length as lines of one column, broken between words where that is possible. */
function wrap(text, width, most) {
  const lines = [];
  let rest = text.replace(/\s+/g, " ");
  while (rest.length > width && lines.length < most - 1) {
    const space = rest.lastIndexOf(" ", width);
    const at = space > width / 2 ? space : width;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...lines, clip(rest, width, { pad: false })];
}

/** Shorter words for what is long and always the same: the demo's folder, and all but the end of an id. */
export function shorten(text, root) {
  return text.replaceAll(root, "…").replace(/\b(task |run-|task-|lesson-)+[0-9a-f-]{10,}([0-9a-f]{4})\b/g, "$1…$2");
}

/** `12.3 s  who  what happened`, continued below where it does not fit. */
export function printLine(line, startMs, paint) {
  const when = `${((line.atMs - startMs) / 1_000).toFixed(1)} s`.padStart(WHEN);
  const [first, ...more] = wrap(line.text, COLUMNS - WHEN - WHO - 4, 3);
  const indent = " ".repeat(WHEN + WHO + 4);
  const head = `${paint("dim", when)}  ${clip(line.who, WHO)}  ${paint(line.tone, first)}`;
  return [head, ...more.map((text) => `${indent}${paint(line.tone, text)}`)].join("\n");
}

/** Rows under their headings, each column as wide as its widest cell, the last one cut to the page. */
export function table(headings, rows) {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) => {
    const cells = row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column])));
    return cutLine(cells.join("  "));
  });
}

function cutLine(line) {
  return line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 1)}…`;
}
