import type { Claim, Mention } from "./claim.ts";

/** What two lessons are to each other. */
export type Likeness =
  | { readonly kind: "duplicate" | "contradiction"; readonly share: number; readonly why: string }
  | { readonly kind: "other"; readonly share: number };

/** So much of what two lessons speak about must be the same before anything is concluded from it. */
const SAME_MATTER = 0.6;
/** Below so many common things nothing is concluded. */
const LEAST_COMMON = 2;

/** Compares what two lessons say. Symmetric. `share` is the part of what they speak about that both speak about. */
export function judge(a: Claim, b: Claim): Likeness {
  const names = [...a.mentions.keys()].filter((name) => !isNumber(name));
  const others = [...b.mentions.keys()].filter((name) => !isNumber(name));
  const common = names.filter((name) => b.mentions.has(name));
  const all = names.length + others.length - common.length;
  const share = all === 0 ? 0 : common.length / all;
  if (common.length < LEAST_COMMON || share < SAME_MATTER) return { kind: "other", share };
  const why = sameNumbers(a, b) ? contradictionIn(a, b, common) : numbersAgainst(a, b, common);
  if (why !== undefined) return { kind: "contradiction", share, why };
  if (!sameNumbers(a, b)) return { kind: "other", share };
  return { kind: "duplicate", share, why: `both speak of ${common.slice(0, 6).join(", ")}` };
}

function contradictionIn(a: Claim, b: Claim, common: readonly string[]): string | undefined {
  const pairs = common.flatMap((name) => {
    const [one, other] = [a.mentions.get(name), b.mentions.get(name)];
    return one === undefined || other === undefined ? [] : [{ name, one, other }];
  });
  const staged = pairs.filter(({ one, other }) => one.stage !== undefined && other.stage !== undefined);
  const turned = staged.filter(({ one, other }) => one.stage !== other.stage);
  if (turned.length > staged.length / 2) return `${turned[0]?.name ?? ""} comes in another order`;
  const opposed = pairs.find(({ one, other }) => areOpposed(one, other));
  if (opposed !== undefined) return `opposites: ${opposed.name}`;
  const denied = pairs.filter(({ one, other }) => one.isLeft === undefined && one.isDenied !== other.isDenied);
  const isOneSided = a.denies !== b.denies;
  if (denied.length > 0 && (isOneSided || denied.length > pairs.length / 2))
    return `one denies ${denied.map(({ name }) => name).join(", ")}`;
  return undefined;
}

/** The same said of the same thing with other numbers; with other words too, the numbers tell two matters apart. */
function numbersAgainst(a: Claim, b: Claim, common: readonly string[]): string | undefined {
  if (a.numbers.size !== b.numbers.size || contradictionIn(a, b, common) !== undefined) return undefined;
  return `${[...a.numbers].join(", ")} against ${[...b.numbers].join(", ")}`;
}

/** Opposites, unless exactly one of them is denied: not to raise is not to lower, but it is no contradiction to it. */
function areOpposed(one: Mention, other: Mention): boolean {
  if (one.isLeft === undefined || other.isLeft === undefined) return false;
  return (one.isLeft === other.isLeft) === (one.isDenied !== other.isDenied);
}

function sameNumbers(a: Claim, b: Claim): boolean {
  return a.numbers.size === b.numbers.size && [...a.numbers].every((number) => b.numbers.has(number));
}

function isNumber(name: string): boolean {
  return /^\d/.test(name);
}
