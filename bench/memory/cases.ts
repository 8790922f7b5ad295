// The steps whose memory is measured: networks of the recipes' kinds and of other sizes, with changing numbers of rows as in training.

import type { ModelConfig } from '../../model/config.ts';
import type { StepShape } from '../../train/cost.ts';

export interface MemoryCase {
  readonly config: ModelConfig;
  readonly optimizer: 'adamw' | 'muon';
  readonly recompute?: boolean;
  /** Into so many parts, of which one is computed at a time. */
  readonly accumulate?: number;
  readonly shapes: readonly StepShape[];
}

const standard = { center: 0, scale: 1 };
const network = (numLayers: number, width: number, hidden: number): ModelConfig => ({
  numFeatures: 1,
  xFeatures: [{ kind: 'linear', ...standard }],
  yFeatures: [{ kind: 'linear', ...standard }],
  numLayers,
  width,
  numHeads: 4,
  hidden,
  activation: 'squared-relu',
  head: 'bars',
  numOutputs: 1000,
});

/** Rows of the context, each in a step of its own. */
const SIZES = [50, 5, 95, 20, 70, 35, 85, 10, 60, 90];
const CONTEXTS = [...SIZES, ...SIZES, ...SIZES, ...SIZES];

const rows = (numDatasets: number, maxQueries = 100, numFeatures = 1): StepShape[] =>
  CONTEXTS.map((numContext) => ({
    numDatasets,
    numContext,
    numQuery: Math.min(maxQueries, 100 - numContext),
    numFeatures,
  }));

/** As many data sets as make 18 000 cells. */
const tables = CONTEXTS.map((numContext, i): StepShape => {
  const [numFeatures, numQuery] = [3 + 2 * (i % SIZES.length), 60];
  const numDatasets = Math.min(32, Math.floor(18_000 / ((3 * numContext + numQuery) * (numFeatures + 1))));
  return { numDatasets, numContext: 3 * numContext, numQuery, numFeatures };
});

export const cases: Readonly<Record<string, MemoryCase>> = {
  '3/128, 100 data sets': {
    config: { ...network(3, 128, 256), activation: 'gelu' },
    optimizer: 'adamw',
    shapes: rows(100),
  },
  '4/128, 160 data sets, at most 24 queries, Muon': {
    config: network(4, 128, 256),
    optimizer: 'muon',
    shapes: rows(160, 24),
  },
  '6/256, 50 data sets': { config: network(6, 256, 512), optimizer: 'adamw', shapes: rows(50) },
  '12/512, 10 data sets': { config: network(12, 512, 1024), optimizer: 'adamw', shapes: rows(10) },
  'tables, 4/96, 18 000 cells': {
    config: { ...network(4, 96, 192), layout: 'cells', units: 'table', numFeatures: 21 },
    optimizer: 'muon',
    shapes: tables,
  },
  '3/128, 12 kernels, 50 data sets, at most 12 queries': {
    config: {
      ...network(3, 128, 256),
      numFeatures: 5,
      stem: true,
      sinks: true,
      kernels: 12,
      corrections: true,
      head: 'normals',
      numOutputs: 36,
    },
    optimizer: 'muon',
    shapes: rows(50, 12, 5),
  },
  // The constants of the model were set by those above; these test it.
  '5/192, sinks, 80 data sets': {
    config: { ...network(5, 192, 512), sinks: true, activation: 'silu', numOutputs: 300 },
    optimizer: 'muon',
    shapes: rows(80),
  },
  'tables, 6/128, 10 classes, 18 000 cells': {
    config: {
      ...network(6, 128, 256),
      layout: 'cells',
      units: 'table',
      numFeatures: 21,
      head: 'classes',
      numOutputs: 10,
    },
    optimizer: 'adamw',
    shapes: tables,
  },
  '6/256, 50 data sets, recomputed': {
    config: network(6, 256, 512),
    optimizer: 'adamw',
    recompute: true,
    shapes: rows(50),
  },
  '6/256, 200 data sets in 4 parts': {
    config: network(6, 256, 512),
    optimizer: 'adamw',
    accumulate: 4,
    shapes: rows(200),
  },
  '12/512, 40 data sets in 4 parts': {
    config: network(12, 512, 1024),
    optimizer: 'adamw',
    accumulate: 4,
    shapes: rows(40),
  },
  'tables, 4/96, 18 000 cells, recomputed': {
    config: { ...network(4, 96, 192), layout: 'cells', units: 'table', numFeatures: 21 },
    optimizer: 'muon',
    recompute: true,
    shapes: tables,
  },
};
