/**
 * A positive hyperparameter of the prior that the network is told: it lies in [a, b], log-uniform. Two columns of x say so, the same
 * in all rows of a data set: ln a and ln b, moved to -1 .. 1 over [low, high].
 */
export interface Hyperparameter {
  readonly name: string;
  /** The widest range that can be given, 0 < low < high; also what is meant when nothing is given. */
  readonly low: number;
  readonly high: number;
  /**
   * Where it is one of a few things, such as kernels: their names. Choice i is the value i + 1; low is 1, high is their number. One of
   * them is always told, by default the first.
   */
  readonly choices?: readonly string[];
}

/** The choice that tells how many columns of x a data set has; zeros stand in the others. */
export const NUM_INPUTS = 'numInputs';

export type Range = readonly [low: number, high: number];

/** Columns of x that each hyperparameter takes. */
export const COLUMNS_PER_HYPERPARAMETER = 2;

/** A range within [low, high] as its two columns. */
export function rangeColumns({ low, high }: Hyperparameter, [from, to]: Range): Range {
  const column = (value: number) => (2 * Math.log(value / low)) / Math.log(high / low) - 1;
  return [column(from), column(to)];
}
