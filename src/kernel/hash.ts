/** Digests, asked for through a port because pure folders may not import Node. All results are lower-case hex. */
export interface Hash {
  sha256(text: string | Uint8Array): string;
  hmacSha256(key: string, text: string): string;
}

/** JSON with sorted keys, so that equal values have equal text. `undefined` members are left out. */
export function canonical(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(",")}}`;
}
