/** Derivatives, the search and its evidence, against the log density of a Gaussian process in double precision. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KernelShape, ModelConfig } from '../../model/config.ts';
import { information, searchKernels } from '../../model/kernel-search.ts';
import { contextOf, type Rows, START_NOISE, solveKernels } from '../../model/kernel-solving.ts';
import { createKernel, parseKernel } from '../../priors/kernels.ts';
import { cholesky, logDeterminant, multiplyLower, solveLower } from '../../priors/linear-algebra.ts';
import { normals, randomStream, uniform } from '../../priors/random.ts';

const asIs = { kind: 'linear', center: 0, scale: 1 } as const;
const config: ModelConfig = {
  numFeatures: 1,
  xFeatures: [asIs],
  yFeatures: [asIs],
  numLayers: 1,
  width: 8,
  numHeads: 2,
  hidden: 2,
  activation: 'gelu',
  kernels: 4,
  head: 'normals',
  numOutputs: 12,
};
/** x is the first of the 8 places of each of the 3 components, which are alike and sum to one kernel. */
const kernelPlaces = tf.tensor([Array.from({ length: 24 }, (_, i) => (i % 8 ? 0 : 1))]);
const alike = { stretches: tf.ones([1, 3, 1, 8]), amplitudes: tf.fill([1, 3, 1, 1], -Math.log(3)) };

/** K + v I for theta = (ln s, ln v / START_NOISE), of a kernel of that shape with the length scale 1 / s. */
function covariance(x: readonly number[], [s, v]: readonly [number, number], shape: KernelShape = 'rbf'): Float64Array {
  const N = x.length;
  const K = new Float64Array(N * N);
  const kernel = createKernel(parseKernel('test', { kernel: shape, lengthScale: Math.exp(-s) }), 1);
  kernel.fill(K, Float64Array.from(x), N, [Math.exp(-s), 1]);
  return K.map((value, at) => value + (at % (N + 1) === 0 ? START_NOISE * Math.exp(v) : 0));
}

function logDensity(
  x: readonly number[],
  y: readonly number[],
  theta: readonly [number, number],
  shape?: KernelShape,
): number {
  const lower = covariance(x, theta, shape);
  cholesky(lower, x.length);
  const z = Float64Array.from(y);
  solveLower(lower, z, x.length);
  return -0.5 * (logDeterminant(lower, x.length) + z.reduce((sum, value) => sum + value * value, 0));
}

/** Targets at x under the process of theta. */
function targetsAt(x: readonly number[], theta: readonly [number, number], normal: () => number): number[] {
  const lower = covariance(x, theta);
  cholesky(lower, x.length);
  const z = Float64Array.from(x, () => normal());
  multiplyLower(lower, z, x.length);
  return Array.from(z);
}

/** N rows drawn from the process of theta. */
function drawn(seed: number, N: number, theta: readonly [number, number]): { x: number[]; y: number[] } {
  const random = randomStream('local', seed);
  const normal = normals(random);
  const x = Array.from({ length: N }, () => uniform(random, -2, 2));
  return { x, y: targetsAt(x, theta, normal) };
}

const rowsOf = ({ x, y }: { x: number[]; y: number[] }): Rows => ({
  weights: { kernelPlaces },
  config,
  B: 1,
  inputs: tf.tensor(x, [x.length, 1]),
  targets: tf.tensor(y, [y.length, 1]),
});

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const solvedAt = (data: { x: number[]; y: number[] }, theta: readonly [number, number], shape: KernelShape = 'rbf') =>
  solveKernels(contextOf({ ...rowsOf(data), config: { ...config, kernelShapes: [shape, shape, shape] } }, alike), {
    scales: tf.fill([1, 1, 1, 1], Math.exp(theta[0])),
    noises: tf.fill([1, 1, 1, 1], START_NOISE * Math.exp(theta[1])),
  });

it('a row is at no distance from itself, however far from 0 it lies', () => {
  const x = [30.1, 30.2, 31.7];
  const { squares } = contextOf(rowsOf({ x, y: [0, 0, 0] }), alike).distances;
  const [first] = squares.map((each) => Array.from(each.dataSync()));
  for (const i of [0, 1, 2]) expect(first[4 * i]).toBeLessThan(1e-7);
  expect(first[2]).toBeCloseTo(1.6 ** 2, 2);
});

describe('a solved kernel', () => {
  const theta = [0.4, 1.5] as const;
  const data = drawn(1, 12, [0.7, 0.5]);

  it.each(['rbf', 'matern32', 'matern52'] as const)(
    'knows how the log density of the targets changes with scale and noise: %s',
    (shape) => {
      const { fitGradient, volumeGradient } = solvedAt(data, theta, shape);
      const gradient = Array.from(tf.add(fitGradient, volumeGradient).dataSync());
      const step = 1e-4;
      const along = (axis: number) => {
        const [up, down] = [step, -step].map(
          (d) => theta.map((value, i) => value + (i === axis ? d : 0)) as [number, number],
        );
        return (logDensity(data.x, data.y, up, shape) - logDensity(data.x, data.y, down, shape)) / (2 * step);
      };
      expect(gradient[0]).toBeCloseTo(along(0), 2);
      expect(gradient[1]).toBeCloseTo(along(1), 2);
    },
  );

  it("has Fisher's information on both: the covariance of these derivatives over targets drawn from the process", () => {
    const found = Array.from(information(solvedAt(data, theta)).dataSync());
    const derivatives = Array.from({ length: 4000 }, (_, seed) => {
      const y = targetsAt(data.x, theta, normals(randomStream('targets', seed)));
      const along = (axis: number) => {
        const at = (d: number) => theta.map((value, i) => value + (i === axis ? d : 0)) as [number, number];
        return (logDensity(data.x, y, at(1e-3)) - logDensity(data.x, y, at(-1e-3))) / 2e-3;
      };
      return [along(0), along(1)];
    });
    const covarianceOf = (i: number, j: number) =>
      derivatives.reduce((sum, each) => sum + each[i] * each[j], 0) / derivatives.length;
    // Their means are 0. Four standard errors of a second moment of 4000 draws are some 10 %.
    const expected = [covarianceOf(0, 0), covarianceOf(0, 1), covarianceOf(1, 1)];
    const size = Math.sqrt(expected[0] * expected[2]);
    expect(Math.abs(found[0] / expected[0] - 1)).toBeLessThan(0.12);
    expect(Math.abs(found[1] - expected[1]) / size).toBeLessThan(0.08);
    expect(Math.abs(found[2] / expected[2] - 1)).toBeLessThan(0.12);
  });
});

describe('the kernels of a context', () => {
  /** Of a family with bounds around theta = (0.5, 0.5); whatever is learned of the nodes is zero. */
  const found = (data: { x: number[]; y: number[] }, reach: number) => {
    const bounds = { middle: tf.fill([1, 2], 0.5), reach: tf.fill([1, 2], reach) };
    const solved = searchKernels(contextOf(rowsOf(data), alike), bounds, tf.zeros([3, 4]));
    const scales = Array.from(solved.scales.dataSync());
    const thetas = scales.map(
      (scale, g) => [Math.log(scale), Math.log(solved.noises.dataSync()[g] / START_NOISE)] as [number, number],
    );
    return { thetas, evidence: Array.from(solved.evidence.dataSync()) };
  };
  /** What theta has beside the log density of targets, where it is within reach: ln(1 - t^2) along both, t its place from -1 to 1. */
  const logPrior = (theta: readonly [number, number], reach: number) =>
    theta.reduce((total, value) => total + Math.log(1 - ((value - 0.5) / reach) ** 2), 0);
  const data = drawn(6, 40, [0.9, 0.3]);
  const logPosterior = (theta: readonly [number, number]) => logDensity(data.x, data.y, theta) + logPrior(theta, 2);

  it('lie around the scale and noise that are most probable', () => {
    const [[s, v]] = found(data, 2).thetas;
    const steps = Array.from({ length: 41 }, (_, i) => (i - 20) / 20);
    const grid = steps.flatMap((a) => steps.map((b) => [0.9 + a, 0.3 + b] as [number, number]));
    const scores = grid.map(logPosterior);
    const best = grid[scores.indexOf(Math.max(...scores))];
    expect(Math.abs(s - best[0])).toBeLessThan(0.05);
    expect(Math.abs(v - best[1])).toBeLessThan(0.06);
  });

  it('are two to three standard deviations from it before training: 1.5 to 5 nats of log density', () => {
    const { thetas } = found(data, 2);
    for (const theta of thetas.slice(1)) {
      const loss = logPosterior(thetas[0]) - logPosterior(theta);
      expect(loss).toBeGreaterThan(1.5);
      expect(loss).toBeLessThan(5);
    }
  });

  it('differ in evidence as their log posterior densities do, but for a weight of half a nat, to a seventh of a nat', () => {
    const { thetas, evidence } = found(data, 2);
    for (const g of [1, 2, 3]) {
      const expected = logPosterior(thetas[g]) - logPosterior(thetas[0]) + 0.5;
      expect(Math.abs(evidence[g] - evidence[0] - expected)).toBeLessThan(0.15);
    }
  });

  it('stay within the bounds where the context says next to nothing', () => {
    const { thetas } = found({ x: [0.3], y: [0.5] }, 1.5);
    for (const theta of thetas) for (const each of theta) expect(Math.abs(each - 0.5)).toBeLessThan(1.5);
    const spread = Math.max(...thetas.map(([s]) => s)) - Math.min(...thetas.map(([s]) => s));
    expect(spread).toBeGreaterThan(1.5);
  });

  it('are all the one that is told where nothing is left open', () => {
    const { thetas } = found(data, 0);
    for (const theta of thetas) for (const each of theta) expect(each).toBeCloseTo(0.5, 5);
  });
});
