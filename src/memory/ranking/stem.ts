const VOWEL = /[aeiouy]/;
const ENDINGS = ["ing", "ed"] as const;
const DOUBLED = /([bdfgmnprt])\1$/;

/**
 * Takes off the commonest English endings (plural, -ed, -ing), so that `failed`, `fails` and `failing` meet. Deliberately
 * light: a wrong meeting costs more than a missed one. Expects lower case; other scripts come back as they are.
 */
export function stem(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  const single = singular(word);
  if (single.endsWith("eed")) return single;
  for (const ending of ENDINGS) {
    if (!single.endsWith(ending)) continue;
    const base = single.slice(0, -ending.length);
    if (base.length >= 3 && VOWEL.test(base)) return bare(base);
  }
  return bare(single);
}

function singular(word: string): string {
  if (word.endsWith("sses")) return word.slice(0, -2);
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ss|us|is)$/.test(word) || !word.endsWith("s")) return word;
  return word.slice(0, -1);
}

/** `caching`, `cache` and `cached` end alike; so do `stopped` and `stop`. */
function bare(word: string): string {
  if (DOUBLED.test(word) && word.length > 4) return word.slice(0, -1);
  return word.length > 4 && word.endsWith("e") ? word.slice(0, -1) : word;
}
