/** Characters of East Asian scripts that write no spaces between words, as the inside of a `v` character class. */
export const EAST_ASIAN = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー`;
