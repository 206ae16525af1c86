import { createHash } from "node:crypto";

/** What one would write first. */
export function naiveFingerprint(line: string): string {
  const masked = line
    .replace(/"[^"]*"|'[^']*'/g, "*")
    .replace(/(?:\/[\w.-]+)+/g, "*")
    .replace(/\b[0-9a-f]{8,}\b/gi, "*")
    .replace(/\d+/g, "*");
  return createHash("sha256").update(masked).digest("hex").slice(0, 16);
}
