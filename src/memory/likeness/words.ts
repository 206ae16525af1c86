import { stem } from "../ranking/stem.ts";

/** Words that hold a lesson together without saying what it is about. */
const weak = `a an the and or as at be is are was were been being by do does did done doing for from has have having had in into
it its of on onto so than that then there these this those to too us we what when whenever where which while who will with
would you your if because since until must should shall may might can could need needs needed always just only also both
each every all any some one use uses used using let make makes made makes get gets set keep kept turn turned per page place
respected respect enable enabled accept accepted allow allowed permit permitted prefer preferred wait waiting but together
belong belongs instead rather about most least more arrive delivered`;

/** Words after which the opposite is said, up to the end of their clause. */
const negating = `not no never cannot cant dont doesnt didnt isnt arent mustnt shouldnt wont avoid avoids without refuse
refuses refused reject rejects rejected deny denies denied forbid forbids forbidden disable disables disabled off`;

/** Each line is one meaning; the words of a lesson are compared by it. */
const alike = `increase raise grow enlarge
decrease lower reduce shrink
clear clean empty purge
directory folder
repository repo
delete remove erase drop
restart reboot
start begin launch begun
stop halt
end kill terminate
fix fixes mend repair solve resolve
expire expiry expiration expiring
check validate verify validation
whole entire complete
second sec s
minute min
millisecond ms
hour h
disk volume
full exhausted
wrong incorrect invalid
password passphrase
worker process
write written writable writing
version release
fail failure error
configuration config
run execute
connection connect
big large huge
small little tiny
fast quick
parallel concurrent concurrently
create made
change modify
slow sluggish`;

/** Each line is one dimension: what stands left of the bar is the opposite of what stands right of it. */
const opposite = `increase grow larger bigger higher longer up maximum 调大 增加 提高 增大 | decrease smaller lower shorter fewer less down minimum 调小 减少 降低 减小
open opened 打开 开启 | close closed shut 关闭
safe | unsafe dangerous
synchronously synchronous sync | asynchronously asynchronous async
write | readonly
public | private
success succeed | fail
sequentially serially 串行 | parallel 并行
true | false
add | delete
start | stop
early sooner | late later
mandatory required | optional
local | remote
include | exclude
lock | unlock
mount | unmount
install | uninstall
push | pull
stable | unstable`;

const listed = (words: string) => words.split(/\s+/u).filter((word) => word !== "");
const stemmed = (words: string): ReadonlySet<string> => new Set(listed(words).flatMap((word) => [word, stem(word)]));

export const weakWords = stemmed(weak);
export const negatingWords = stemmed(negating);

const meanings = new Map<string, string>();
for (const line of alike.split("\n")) {
  const [first = "", ...others] = listed(line);
  for (const word of others) meanings.set(stem(word), stem(first));
}

/** What a stemmed word means, so that words that say the same meet. */
export function meaningOf(word: string): string {
  return meanings.get(word) ?? word;
}

export interface Side {
  /** What both sides are about. */
  readonly dimension: string;
  readonly isLeft: boolean;
}

const sides = new Map<string, Side>();
for (const line of opposite.split("\n")) {
  const [left = [], right = []] = line.split("|").map(listed);
  const dimension = `${left[0] ?? ""}~${right[0] ?? ""}`;
  for (const word of left) sides.set(meaningOf(stem(word)), { dimension, isLeft: true });
  for (const word of right) sides.set(meaningOf(stem(word)), { dimension, isLeft: false });
}

/** On which side of which pair of opposites a meaning stands. */
export function sideOf(meaning: string): Side | undefined {
  return sides.get(meaning);
}
