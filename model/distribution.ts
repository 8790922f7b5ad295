/** A predictive distribution over real numbers. */
export interface Distribution {
  readonly mean: number;
  readonly variance: number;
  readonly median: number;
  /** Log density at y, in nats. */
  logDensity(y: number): number;
  density(y: number): number;
  /** P(Y <= y). */
  cdf(y: number): number;
  /** The y with cdf(y) = p, for p in [0, 1]. */
  quantile(p: number): number;
  /** [lower, upper] with (1 - level) / 2 of the mass on either side. */
  interval(level: number): readonly [lower: number, upper: number];
  /** One draw. Takes one uniform in [0, 1) from `random`. */
  sample(random: () => number): number;
  /** E[max(Y - best, 0)], or E[max(best - Y, 0)] where lower is better. */
  expectedImprovement(best: number, direction?: 'maximize' | 'minimize'): number;
}

/** The two probabilities between which the middle `level` of a distribution lies. Throws a RangeError for what is no level. */
export function tailsOf(level: number): readonly [lower: number, upper: number] {
  if (!(level > 0 && level < 1)) {
    throw new RangeError(`interval: expected a level between 0 and 1, got ${level}. Use 0.9 for 90 %.`);
  }
  return [(1 - level) / 2, (1 + level) / 2];
}

/** 1 where higher is better, -1 where lower is. Throws a RangeError where nothing can improve on `best`. */
export function signOfImprovement(best: number, direction: 'maximize' | 'minimize'): 1 | -1 {
  if (direction !== 'maximize' && direction !== 'minimize') {
    throw new RangeError(`expectedImprovement: expected 'maximize' or 'minimize', got '${direction}'.`);
  }
  if (!Number.isFinite(best)) {
    throw new RangeError(`expectedImprovement: expected a finite value to improve on, got ${best}.`);
  }
  return direction === 'maximize' ? 1 : -1;
}
