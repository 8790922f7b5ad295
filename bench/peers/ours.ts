// Our own training step, as the step benchmark sees it: compiled, and eager for a tfjs backend.

import { tensor } from '@tensorflow/tfjs-core';
import seedrandom from 'seedrandom';
import { float32, int32, type NdArray } from '../../engine/array.ts';
import { compiledEngine } from '../../engine/compiled.ts';
import type { Precision } from '../../engine/devices.ts';
import type { Graph } from '../../engine/graph.ts';
import { OPERATORS } from '../../engine/kernels/kernel.ts';
import { record } from '../../engine/record.ts';
import { compileResidentLoop, release } from '../../engine/resident.ts';
import type { ModelConfig } from '../../model/config.ts';
import { initialWeights } from '../../model/parameters.ts';
import { stepFlop } from '../../train/cost.ts';
import { STEP_LOOP, trainStep } from '../../train/step.ts';
import { type BenchDevice, type BenchOptions, milliseconds, type Stepper } from '../harness.ts';
import type { StepSizes } from '../step-sizes.ts';

type Arrays = Readonly<Record<string, NdArray>>;

const OPTIMIZER = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0, clip: 1 };
const LEARNING_RATE = 1e-3;
const standard = { center: 0, scale: 1 };

const modelConfig = (sizes: StepSizes): ModelConfig => ({
  numFeatures: 1,
  xFeatures: [
    { kind: 'linear', center: 50, scale: 30 },
    { kind: 'log', ...standard },
    { kind: 'reciprocal-log', ...standard },
  ],
  yFeatures: [{ kind: 'linear', ...standard }],
  numLayers: sizes.layers,
  width: sizes.width,
  numHeads: sizes.heads,
  hidden: sizes.hidden,
  activation: 'squared-relu',
  head: 'bars',
  numOutputs: sizes.bars,
});

/** Of the matrix products alone: norms, softmax, activations and the optimiser are not counted, so the achieved share is a lower bound. */
export function stepGflop(sizes: StepSizes, numContext: number): number {
  const { datasets: numDatasets, rows } = sizes;
  return stepFlop(modelConfig(sizes), { numDatasets, numContext, numQuery: rows - numContext, numFeatures: 1 }) / 1e9;
}

function initialState(config: ModelConfig): Arrays {
  const random = seedrandom('weights');
  // A sum of twelve uniforms is close enough to normal for a benchmark.
  const normal = (): number => Array.from({ length: 12 }, random).reduce((sum, u) => sum + u, -6);
  const weights = initialWeights(config, normal);
  const zeros = (): NdArray => float32(new Float32Array(weights.length), [weights.length]);
  return { weights: float32(weights, [weights.length]), first: zeros(), second: zeros() };
}

/** Values do not matter for speed: steps in 1..100, uniform targets as bar indices. */
function drawBatch({ datasets: B, rows, bars }: StepSizes, N: number, random: () => number): Arrays {
  const M = rows - N;
  const draw = (count: number, value: () => number): Float32Array => Float32Array.from({ length: count }, value);
  const t = (): number => 1 + Math.floor(random() * rows);
  return {
    contextX: float32(draw(B * N, t), [B, N, 1]),
    contextY: float32(draw(B * N, random), [B, N]),
    queryX: float32(draw(B * M, t), [B, M, 1]),
    target: int32(
      Int32Array.from({ length: B * M }, () => Math.floor(random() * bars)),
      [B, M],
    ),
    inverseCount: float32([1 / (B * M)], []),
  };
}

const scalars = (step: number): Arrays => ({
  learningRate: float32([LEARNING_RATE], []),
  debiasFirst: float32([1 / (1 - OPTIMIZER.beta1 ** step)], []),
  debiasSecond: float32([1 / (1 - OPTIMIZER.beta2 ** step)], []),
});

/** The step as it is recorded for a device. */
export function recordedStep(sizes: StepSizes, device: BenchDevice): Promise<Graph> {
  const { fn, spec } = trainStep(modelConfig(sizes), OPTIMIZER);
  return record('step', fn, spec, { operators: OPERATORS[device] });
}

/** The recorded step in onnxruntime. As in training a few steps are one run, or their state stays on the device. */
export async function openCompiled(
  sizes: StepSizes,
  {
    threads,
    device,
    precision = 'float32',
  }: Pick<BenchOptions, 'threads' | 'device'> & { readonly precision?: Precision },
): Promise<Stepper & { readonly losses: () => readonly number[] }> {
  const config = modelConfig(sizes);
  const { fn, spec } = trainStep(config, OPTIMIZER);
  const program = await compileResidentLoop(
    compiledEngine({ device, threads, precision }),
    'step',
    fn,
    spec,
    STEP_LOOP,
  );
  const random = seedrandom('batches');
  let state = await program.upload(initialState(config));
  const losses: number[] = [];
  let count = 0;
  return {
    name: device === 'cpu' ? 'pfnkit' : `pfnkit on ${device}, ${precision}`,
    async run(contextSizes) {
      const feeds = contextSizes.map((numContext) => ({
        ...drawBatch(sizes, numContext, random),
        ...scalars(++count),
      }));
      return milliseconds(async () => {
        for (let from = 0; from < feeds.length; from += program.stepsPerRun) {
          const { nextWeights, nextFirst, nextSecond, ...numbers } = await program.run(
            state,
            feeds.slice(from, from + program.stepsPerRun),
          );
          losses.push(...(await program.read(numbers)).loss.data);
          release({ ...state, ...numbers });
          state = { weights: nextWeights, first: nextFirst, second: nextSecond };
        }
      });
    },
    /** Of all steps so far. */
    losses: () => losses,
    close() {
      release(state);
      return program.dispose();
    },
  };
}

/**
 * The same step as a synchronous function on the current tfjs backend, one batch with so many context rows. Its updated
 * weights are dropped: for speed every step may start from the same ones.
 */
export function eagerStep(sizes: StepSizes, numContext: number): () => void {
  const config = modelConfig(sizes);
  const feeds = { ...initialState(config), ...drawBatch(sizes, numContext, seedrandom('batches')), ...scalars(1) };
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape, dtype }]) => [name, tensor(data, [...shape], dtype)]),
  );
  const { fn } = trainStep(config, OPTIMIZER);
  return () => void fn(inputs);
}
