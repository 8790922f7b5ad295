import type { Feature, Inputs } from './features.ts';

/** Everything that decides the network's shape and its inputs. Plain JSON. */
export interface ModelConfig extends Inputs {
  /** 'own': inputs and targets as the prior has them. 'context': in the units that each context gives itself (units.ts). */
  readonly units?: 'own' | 'context';
  readonly yFeatures: readonly Feature[];
  readonly numLayers: number;
  readonly width: number;
  readonly numHeads: number;
  readonly hidden: number;
  readonly activation: 'gelu' | 'silu' | 'squared-relu';
  /** 'bars': a distribution over real numbers with `numOutputs` bars. 'classes': probabilities of up to `numOutputs` classes. */
  readonly head: 'bars' | 'classes';
  readonly numOutputs: number;
}
