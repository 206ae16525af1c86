import { createHmac, hash } from "node:crypto";
import type { Hash } from "../kernel/hash.ts";

export const nodeHash: Hash = {
  sha256: (text) => hash("sha256", text, "hex"),
  hmacSha256: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
};
