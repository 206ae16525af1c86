import { z } from "zod";
import { isPlainPath } from "../domain/playbook/grants.ts";

/** Parameters that several kinds share. */
export const name = z.string().min(1).max(200);

export const graceMs = z.number().int().min(0).max(600_000).default(10_000).describe("Between SIGTERM and SIGKILL.");

export const absolutePath = z
  .string()
  .max(4096)
  .refine(isPlainPath, "an absolute path without `.` or `..` segments")
  .describe("An absolute path.");

export const httpUrl = z
  .string()
  .max(2048)
  .refine((text) => {
    if (!URL.canParse(text)) return false;
    const { protocol, username, password } = new URL(text);
    return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
  }, "an http or https address without a user in it");

export const timeoutMs = z.number().int().min(1).max(300_000).default(10_000);
