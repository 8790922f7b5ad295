import { COLUMNS_PER_HYPERPARAMETER, type Hyperparameter } from './hyperparameters.ts';

/** How a raw number becomes inputs of the network: transformed (encoding.ts), then standardised as (value - center) / scale. */
export interface Feature {
  readonly kind: FeatureKind;
  readonly center: number;
  readonly scale: number;
}

export const featureKinds = ['linear', 'log', 'reciprocal-log', 'from-start', 'from-end', 'waves'] as const;

export type FeatureKind = (typeof featureKinds)[number];

/** Of 'waves', in radians per standard deviation. */
export const FREQUENCIES = [0.5, 1, 2, 4, 8];

/** What decides the inputs of a row. */
export interface Inputs {
  /** Columns of x, those of the hyperparameters included. */
  readonly numFeatures: number;
  readonly xFeatures: readonly Feature[];
  /** What is told by the last 2 columns of x each (hyperparameters.ts). Default: none. */
  readonly hyperparameters?: readonly Hyperparameter[];
}

/** Columns of x that tell hyperparameters. */
export const toldColumns = ({ hyperparameters = [] }: Pick<Inputs, 'hyperparameters'>): number =>
  COLUMNS_PER_HYPERPARAMETER * hyperparameters.length;

/** How many numbers the network sees of one value. */
export const numbersPerValue = (features: readonly Feature[]): number =>
  features.reduce((sum, { kind }) => sum + (kind === 'waves' ? 2 * FREQUENCIES.length : 1), 0);

/** How many numbers the network sees of a row x [F]. */
export function inputColumns(inputs: Inputs): number {
  const told = toldColumns(inputs);
  return (inputs.numFeatures - told) * numbersPerValue(inputs.xFeatures) + told;
}

/** How targets are standardised; as they are where none of their features is linear. */
export const targetScale = (features: readonly Feature[]): Pick<Feature, 'center' | 'scale'> =>
  features.find(({ kind }) => kind === 'linear') ?? { center: 0, scale: 1 };
