import { gamma } from '../distributions.ts';
import type { Random } from '../prior.ts';
import { normals } from '../random.ts';

/** The uniforms and the standard normals of one draw, from one stream. */
export interface Chance {
  readonly random: Random;
  readonly gauss: () => number;
}

export const chanceOf = (random: Random): Chance => ({ random, gauss: normals(random) });

/** A whole number, low .. high, each as likely as the other. */
export const whole = ({ random }: Chance, low: number, high: number): number =>
  low + Math.floor((high - low + 1) * random());

/** The index of one of the weights, as often as it is large. */
export function choose({ random }: Chance, weights: ArrayLike<number>): number {
  let left = 0;
  for (let i = 0; i < weights.length; i++) left += weights[i];
  left *= random();
  for (let i = 0; i < weights.length - 1; i++) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.length - 1;
}

/** Shares that sum to 1: Dirichlet(evenness, .., evenness). */
export function shares({ random }: Chance, count: number, evenness: number): Float64Array {
  const parts = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    parts[i] = gamma(random, evenness, 1);
    sum += parts[i];
  }
  for (let i = 0; i < count; i++) parts[i] /= sum;
  return parts;
}

/** 0 .. length - 1 in an order at random. */
export function shuffledIndices(chance: Chance, length: number): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  shuffle(chance, order);
  return order;
}

/** Fisher and Yates: every order is equally likely. */
export function shuffle({ random }: Chance, values: Int32Array | Float64Array): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const kept = values[i];
    values[i] = values[j];
    values[j] = kept;
  }
}

/** Another Gumbel at every call: the largest of s_k + Gumbel is k with probability exp(s_k) / sum exp(s). */
export const gumbel = ({ random }: Chance): number => -Math.log(-Math.log(random() + 2 ** -33));
