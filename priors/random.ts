import seedrandom from 'seedrandom';
import type { Random } from './prior.ts';

/**
 * The stream of uniforms that the keys name: the same keys always give the same stream, and `(seed, step)` forks a run into
 * one independent stream per step. Alea: about 10 ns a number, multiples of 2^-32 in [0, 1).
 */
export function randomStream(...keys: readonly (string | number)[]): Random {
  // JSON keeps ('a', 'b') and ('a,b') apart, which joining by a separator would not.
  return seedrandom.alea(JSON.stringify(keys));
}

export function uniform(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** One standard normal. For many from one stream, `normals` takes half the uniforms. */
export function normal(random: Random): number {
  return normals(random)();
}

/**
 * Standard normals from `random`, by Marsaglia's polar method. The second value of a pair waits in this closure only, so
 * make one per draw: what a draw returns then depends on nothing but its stream.
 */
export function normals(random: Random): () => number {
  let spare = 0;
  let hasSpare = false;
  return () => {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    let u: number;
    let v: number;
    let square: number;
    do {
      u = 2 * random() - 1;
      v = 2 * random() - 1;
      square = u * u + v * v;
    } while (square >= 1 || square === 0); // zero would reach the logarithm
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    spare = v * factor;
    hasSpare = true;
    return u * factor;
  };
}
