/** A text that needs neither folding nor a look for other scripts: most do, and are cut in a part of the time. */
export const PLAIN = /^[\0-\x7f]*$/;

/** Characters of East Asian scripts that write no spaces between words, as the inside of a `v` character class. */
export const EAST_ASIAN = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー`;
