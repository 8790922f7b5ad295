// The sizes at which implementations of the training step are compared.

import { STEP_LOOP } from '../train/step.ts';
import { seededIntegers } from './harness.ts';

/** Sizes of the step: B datasets of S rows, F features, E width, hidden, K bars. */
export interface StepSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
  readonly bars: number;
  readonly datasets: number;
  readonly rows: number;
  readonly features: number;
}

export interface StepCase {
  readonly sizes: StepSizes;
  /** Of the rounds that are asked for: larger steps need fewer. */
  readonly share: number;
  /** Whether the slower peers take part, too: single-stream PyTorch and tfjs wasm, which takes seconds for a small step. */
  readonly hasSlowPeers: boolean;
}

const common = { heads: 4, bars: 1000, rows: 100, features: 3 };

/** By layers/width. Data sets are few enough for a step of some seconds on two cores, and of a few gigabytes. */
export const stepCases: Readonly<Record<string, StepCase>> = {
  '3/128': {
    sizes: { ...common, layers: 3, width: 128, hidden: 256, datasets: 100 },
    share: 1,
    hasSlowPeers: true,
  },
  '6/256': {
    sizes: { ...common, layers: 6, width: 256, hidden: 512, datasets: 50 },
    share: 1 / 2,
    hasSlowPeers: false,
  },
  '12/512': {
    sizes: { ...common, layers: 12, width: 512, hidden: 1024, datasets: 50 },
    share: 1 / 5,
    hasSlowPeers: false,
  },
};

/** The cases of a list such as 3/128,6/256. */
export function casesOf(list: string): readonly (readonly [name: string, stepCase: StepCase])[] {
  return list.split(',').map((name) => {
    if (!Object.hasOwn(stepCases, name)) {
      throw new RangeError(`--size: expected some of ${Object.keys(stepCases).join(',')}, got '${name}'.`);
    }
    return [name, stepCases[name]];
  });
}

/** Steps of a round: as many as training runs at once on the CPU. */
export const STEPS_PER_ROUND = STEP_LOOP.most;

/** Rounds of so many context sizes, each drawn from 1..rows-1. */
export function contextRounds(seed: number, count: number, rows: number): number[][] {
  const sizes = seededIntegers(seed, count * STEPS_PER_ROUND, 1, rows - 1);
  return Array.from({ length: count }, (_, i) => sizes.slice(i * STEPS_PER_ROUND, (i + 1) * STEPS_PER_ROUND));
}
