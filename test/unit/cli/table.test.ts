import { describe, expect, it } from "vitest";
import { bullets, details, section, table, widthOf } from "../../../src/cli/table.ts";
import { type Paint, unpainted } from "../../../src/cli/terminal.ts";

const marked: Paint = (colour, text) => `<${colour}>${text}</>`;

interface Row {
  readonly name: string;
  readonly count?: number;
  readonly note?: string;
}

const columns = [
  { title: "NAME", of: (row: Row) => row.name },
  { title: "COUNT", of: (row: Row) => row.count, right: true },
  { title: "NOTE", of: (row: Row) => row.note, most: 6 },
];

describe("a table", () => {
  it("aligns words to the left and numbers to the right", () => {
    const rows = [
      { name: "a", count: 5, note: "x" },
      { name: "longer", count: 1200 },
    ];
    expect(table(rows, columns, unpainted)).toBe(
      ["NAME    COUNT  NOTE", "a           5  x", "longer   1200", ""].join("\n"),
    );
  });

  it("leaves out a column that says nothing", () => {
    expect(table([{ name: "a" }], columns, unpainted)).toBe("NAME\na\n");
  });

  it("lets no cell move the cursor, colour the page or forge a line", () => {
    const text = table([{ name: "a\u001b[31m\nb\u009bc" }], columns, unpainted);
    expect(text).toBe("NAME\na\uFFFD[31m b\uFFFDc\n");
  });

  it("cuts long cells and says so", () => {
    expect(table([{ name: "a", note: "1234567" }], columns, unpainted)).toContain("12345…");
    expect(table([{ name: "a", note: "123456" }], columns, unpainted)).toContain("123456");
  });

  it("counts the columns of the screen, not characters", () => {
    expect([widthOf("abc"), widthOf("漢字"), widthOf("e\u0301"), widthOf("👍")]).toEqual([3, 4, 1, 2]);
    const rows = [
      { name: "漢字", count: 1 },
      { name: "abcd", count: 2 },
    ];
    expect(table(rows, columns, unpainted).split("\n").slice(1, 3)).toEqual(["漢字      1", "abcd      2"]);
  });
});

describe("details", () => {
  it("align values, put further lines under the first and leave out what is not there", () => {
    const rows = [
      ["name", "a"],
      ["missing", undefined],
      ["empty", ""],
      ["text", "one\ntwo\n"],
    ] as const;
    expect(details(rows, unpainted)).toBe("name  a\ntext  one\n      two\n");
  });

  it("paint a value without letting it paint itself", () => {
    expect(details([["state", "dead\u001b[0m", "red"]], marked)).toBe("<dim>state</>  <red>dead\uFFFD[0m</>\n");
  });
});

describe("sections and bullets", () => {
  it("say nothing where there is nothing", () => {
    expect(section("Why", bullets([]), unpainted)).toBe("");
    expect(section("Why", bullets(["a\u0007", "b"]), marked)).toBe("\n<bold>Why</>\n- a\uFFFD\n- b\n");
  });
});
