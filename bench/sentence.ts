import type { SeededEntropy } from "../src/simulation/seeded-entropy.ts";

/** Words of the field; texts are drawn from them so that every query has many half-right answers. */
const vocabulary =
  `agent retry timeout queue upstream certificate permission disk memory cache token budget model prompt schema parser
  request response latency backoff breaker probe restart deploy config secret replica shard index cursor batch stream socket
  proxy gateway header payload checksum snapshot rollback migration cluster leader quorum heartbeat lease lock worker thread
  process signal kernel volume mount inode journal segment event trigger playbook lesson score window alert incident`.split(
    /\s+/,
  );

/** So many words of the field in a row. */
export function sentence(chance: SeededEntropy, words: number): string {
  const word = () => vocabulary[Math.floor(chance.random() * vocabulary.length)] ?? "";
  return Array.from({ length: words }, word).join(" ");
}
