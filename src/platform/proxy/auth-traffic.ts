/** What is counted of user authentication (ALB, "CloudWatch metrics", user authentication). */

export interface AuthTraffic {
  successes: number;
  refreshes: number;
  failures: number;
  errors: number;
  claimsTooLarge: number;
  /** Milliseconds that the provider took for tokens and claims, or until that failed. */
  readonly latencies: number[];
}

export function authTraffic(): AuthTraffic {
  return { successes: 0, refreshes: 0, failures: 0, errors: 0, claimsTooLarge: 0, latencies: [] };
}

export function resetAuthTraffic(traffic: AuthTraffic): void {
  traffic.successes = 0;
  traffic.refreshes = 0;
  traffic.failures = 0;
  traffic.errors = 0;
  traffic.claimsTooLarge = 0;
  traffic.latencies.length = 0;
}
