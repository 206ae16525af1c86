/** A user's event, about 400 bytes as it stands in the journal. */
export const ping = { type: "bench.ping", data: { shard: 7, text: "x".repeat(64) } };
