import { type Chance, choose } from './chance.ts';
import type { Column } from './column.ts';

/** z -> a(gain z + shift) for every row, in place. */
export type Activation = (column: Column, gain: number, shift: number) => void;

const overRows =
  (a: (z: number) => number): Activation =>
  (column, gain, shift) => {
    for (let i = 0; i < column.length; i++) column[i] = a(gain * column[i] + shift);
  };

/** What a unit of a network does with the weighted sum of its parents. */
export const activations = {
  identity: overRows((z) => z),
  tanh: overRows(Math.tanh),
  relu: overRows((z) => (z > 0 ? z : 0)),
  leaky: overRows((z) => (z > 0 ? z : 0.2 * z)),
  softplus: overRows((z) => (z > 30 ? z : Math.log1p(Math.exp(z)))),
  log: overRows((z) => Math.sign(z) * Math.log1p(Math.abs(z))),
  exp: overRows((z) => Math.exp(Math.min(z, 4))),
  abs: overRows(Math.abs),
  square: overRows((z) => z * z),
  bump: overRows((z) => Math.exp((-z * z) / 2)),
  step: overRows((z) => (z > 0 ? 1 : 0)),
  stairs: overRows(Math.round),
  sine: overRows(Math.sin),
  modulo: overRows((z) => z / 3 - Math.floor(z / 3)),
} as const satisfies Readonly<Record<string, Activation>>;

/** Those that keep the order of z are commoner than those that fold it. */
const WEIGHTS: Readonly<Record<keyof typeof activations, number>> = {
  identity: 3,
  tanh: 3,
  relu: 3,
  leaky: 1,
  softplus: 1,
  log: 1,
  exp: 1,
  abs: 1,
  square: 1,
  bump: 1,
  step: 1,
  stairs: 1,
  sine: 1,
  modulo: 0.5,
};

const ACTIVATIONS = Object.values(activations);
const WEIGHTS_IN_ORDER = Object.keys(activations).map((name) => WEIGHTS[name as keyof typeof activations]);

export const drawActivation = (chance: Chance): Activation => ACTIVATIONS[choose(chance, WEIGHTS_IN_ORDER)];
