import type { DataFolder } from "./folder.ts";

/** A sample as its file has it; a value that is missing is no number. */
export interface Sample {
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly value: number;
}

const MISSING = new Set(["", "nan", "null", "na", "inf", "-inf"]);

/** Reads `epoch,value` lines, with or without a header. */
export function samplesOf(data: DataFolder, file: string): readonly Sample[] {
  const lines = data.lines(file);
  const header = lines[0] !== undefined && !/^-?\d/.test(lines[0].text.trim()) ? 1 : 0;
  return lines.slice(header).map((line) => {
    const [epochText = "", valueText = "", ...more] = line.text.split(",").map((text) => text.trim());
    const epoch = Number(epochText);
    if (epochText === "" || !Number.isFinite(epoch))
      throw line.fault(`"${epochText}" is no time in seconds since 1970`);
    if (more.length > 0) throw line.fault("more than the two columns epoch,value");
    if (MISSING.has(valueText.toLowerCase())) return { epoch, value: Number.NaN };
    const value = Number(valueText);
    if (Number.isNaN(value)) throw line.fault(`"${valueText}" is no number`);
    return { epoch, value };
  });
}
