/** How many of the attempts of the last hour may be further ones. */
export interface RetryBudget {
  /** Of the tasks that arrived, between 0 and 1. */
  readonly share: number;
  /** So many in any case: where few tasks arrive a share of them would be none. */
  readonly atLeast: number;
}

/** What was asked for and what was tried again within the same time. */
export interface Asked {
  readonly tasks: number;
  readonly retries: number;
}

/**
 * Whether one more attempt at something that failed may be made. What everybody tries again at once keeps a dependency
 * down that would come back by itself: further attempts are bounded by what is asked for, not by each task alone.
 *
 * Source: Beyer et al., "Site Reliability Engineering", chapter 21 "Handling Overload", per-client retry budget.
 */
export function mayRetry({ tasks, retries }: Asked, { share, atLeast }: RetryBudget): boolean {
  return retries < Math.max(atLeast, Math.floor(tasks * share));
}

/**
 * As `mayRetry`, for what a remedy asks for: it is measured by the remedies' own attempts alone. Whether a cure helped has to
 * be seen just when everything fails and the rest of the budget is spent.
 */
export function retryForRemedy(
  { tasks, forRemedies }: { readonly tasks: number; readonly forRemedies: number },
  budget: RetryBudget,
): boolean {
  return mayRetry({ tasks, retries: forRemedies }, budget);
}
