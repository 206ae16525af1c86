import { createHash, createHmac } from "node:crypto";
import type { Hash } from "../kernel/hash.ts";

export const nodeHash: Hash = {
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
  hmacSha256: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
};
