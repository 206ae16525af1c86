import { z } from "zod";

/** A duration in milliseconds; at least one. */
export const ms = z.number().int().min(1);
