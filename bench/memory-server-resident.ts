import { SeededEntropy } from "../src/simulation/seeded-entropy.ts";
import { chromaServer, neo4jServer } from "./memory-server.ts";
import { sentence } from "./sentence.ts";

/** A program of its own: asks a memory on a server so many questions, and says how much memory it has then. */
const [name, questions] = process.argv.slice(2);
await using server = name === "chroma" ? await chromaServer() : await neo4jServer();
await using palace = await server.open();
const chance = new SeededEntropy(2);
for (let n = 0; n < Number(questions); n += 1) await palace.query(sentence(chance, 6), 10);
const MIB = 1024 * 1024;
console.log(
  JSON.stringify({ residentMiB: process.memoryUsage.rss() / MIB, peakMiB: process.resourceUsage().maxRSS / 1024 }),
);
