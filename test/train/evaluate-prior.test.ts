import { describe, expect, it } from 'vitest';
import { betaBernoulli } from '../../priors/beta-bernoulli.ts';
import { normalMixture } from '../../priors/exact/normal-mixture.ts';
import type { Given, Prior } from '../../priors/prior.ts';
import { normals } from '../../priors/random.ts';
import {
  type Answering,
  type ClassEvaluation,
  evaluatePrior,
  type NumberEvaluation,
} from '../../train/evaluate-prior.ts';

const normal = (mean: number, scale: number) => normalMixture(Float64Array.of(mean), Float64Array.of(scale));

/** Targets are independent N(0, 1), whatever the context. */
const noise: Prior = {
  name: 'noise',
  options: {},
  numFeatures: 1,
  maxRows: 100,
  exact: { method: 'closed form', predict: ({ numQuery }) => Array.from({ length: numQuery }, () => normal(0, 1)) },
  sample(random, { numDatasets: B, numContext: N, numQuery: M }) {
    const gauss = normals(random);
    const draws = (count: number) => Float32Array.from({ length: count }, gauss);
    const sizes = { numDatasets: B, numContext: N, numQuery: M, numFeatures: 1 };
    return { ...sizes, contextX: draws(B * N), contextY: draws(B * N), queryX: draws(B * M), queryY: draws(B * M) };
  },
};

// No simple fraction, so that what is integrated does not fall on borders.
const BAR = 0.00999;

/** A network that answers every query with the bars of N(mean, scale^2). */
function answering(mean: number, scale: number): Answering {
  const borders = Float64Array.from({ length: 1601 }, (_, k) => -8 + k * BAR);
  const { cdf } = normal(mean, scale);
  const logits = Float32Array.from({ length: 1600 }, (_, k) => Math.log(cdf(borders[k + 1]) - cdf(borders[k])));
  return {
    borders,
    config: { name: 'fake', model: { head: 'bars', numFeatures: 1, numOutputs: 1600 } as Answering['config']['model'] },
    async condition({ numDatasets }) {
      return {
        async predict({ numQuery }) {
          const answer = new Float32Array(numDatasets * numQuery * logits.length);
          for (let i = 0; i < numDatasets * numQuery; i++) answer.set(logits, i * logits.length);
          return answer;
        },
      };
    },
  };
}

const evaluate = async (network: Answering) =>
  (await evaluatePrior(network, noise, {
    contextSizes: [5],
    datasets: 400,
    exactDatasets: 100,
  })) as NumberEvaluation;

it('a network that answers exactly has no gap, covers what it says, and has the log-likelihood of the truth', async () => {
  const { contexts, ...about } = await evaluate(answering(0, 1));
  expect(about).toEqual({ prior: 'noise', targets: 'numbers', datasets: 400, queriesPerDataset: 20 });
  const { exact, coverage, pit, logLikelihood } = contexts['5'];
  expect(exact).toMatchObject({ method: 'closed form', datasets: 100 });
  expect(exact?.kl.mean).toBeCloseTo(0, 3);
  expect(exact?.gap.mean).toBeCloseTo(0, 3);
  // The entropy of N(0, 1); 8000 targets whose log densities have variance 1/2.
  const entropy = 0.5 * Math.log(2 * Math.PI * Math.E);
  expect(Math.abs(logLikelihood.mean + entropy)).toBeLessThan(4 * Math.sqrt(0.5 / 8000));
  expect(logLikelihood.standardError).toBeCloseTo(Math.sqrt(0.5 / 8000), 2);
  for (const [level, share] of Object.entries(coverage)) {
    const p = Number(level) / 100;
    expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 8000));
  }
  for (const share of pit) expect(Math.abs(share - 0.1)).toBeLessThan(4 * Math.sqrt(0.09 / 8000));
});

it('a network that is off by 0.3 has the divergence of the formula, and a gap that agrees with it', async () => {
  const { exact, coverage } = (await evaluate(answering(0.3, 1))).contexts['5'];
  expect(exact?.kl.mean).toBeCloseTo(0.045, 3);
  expect(Math.abs((exact?.gap.mean ?? 0) - 0.045)).toBeLessThan(4 * (exact?.gap.standardError ?? 0));
  expect(exact?.gap.standardError).toBeCloseTo(0.3 / Math.sqrt(2000), 2);
  expect(coverage['90']).toBeLessThan(0.9);
});

it('intervals that are too wide cover too much, and the middle slices are the fullest', async () => {
  const { coverage, pit } = (await evaluate(answering(0, 2))).contexts['5'];
  // P(|Z| < 2 z_50), with z_50 = 0.6745
  expect(coverage['50']).toBeCloseTo(0.823, 1);
  expect(Math.min(pit[4], pit[5])).toBeGreaterThan(2 * Math.max(pit[0], pit[9]));
});

it('the first data sets only are answered exactly where so few are asked for', async () => {
  const { contexts } = await evaluatePrior(answering(0, 1), noise, {
    contextSizes: [1],
    datasets: 60,
    exactDatasets: 7,
  });
  expect(contexts['1'].exact?.datasets).toBe(7);
});

describe('a prior that tells a hyperparameter', () => {
  const told = { ...noise, numFeatures: 3, hyperparameters: [{ name: 'scale', low: 0.1, high: 10 }] };
  const network = answering(0, 1);
  const wide = { ...network, config: { name: 'wide', model: { ...network.config.model, numFeatures: 3 } } };
  const sample: Prior['sample'] = (random, shape) => {
    const batch = noise.sample(random, shape);
    const widened = (x: Float32Array) => Float32Array.from([...x].flatMap((value) => [value, 0, 0]));
    return { ...batch, numFeatures: 3, contextX: widened(batch.contextX), queryX: widened(batch.queryX) };
  };

  it.each<[string, Given | undefined, object]>([
    ['is given', { scale: 1 }, { method: 'closed form', datasets: 60 }],
    ['is given as a range without width', { scale: [2, 2] }, { method: 'closed form', datasets: 60 }],
    ['is given as a range', { scale: [1, 2] }, { method: 'MCMC', datasets: 20 }],
    ['is not given', undefined, { method: 'MCMC', datasets: 20 }],
  ])('all data sets are answered exactly where it is fixed, else 20: it %s', async (_, given, expected) => {
    const seen: number[] = [];
    const { contexts } = await evaluatePrior(
      wide,
      { ...told, sample },
      {
        contextSizes: [1],
        datasets: 60,
        given,
        onProgress: (done) => seen.push(done),
      },
    );
    expect(contexts['1'].exact).toMatchObject(expected);
    expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  });
});

describe('a network that answers with classes', () => {
  const coin = betaBernoulli({ maxRows: 40 });

  /** (alpha + k) / (alpha + beta + n) for alpha = beta = 1, tempered: 1 answers exactly, more is too sure. */
  const tempered = (power: number): Answering => ({
    borders: new Float64Array(0),
    config: { name: 'fake', model: { head: 'classes', numFeatures: 1, numOutputs: 2 } as Answering['config']['model'] },
    async condition({ numDatasets, numContext, y }) {
      return {
        async predict({ numQuery }) {
          return Float32Array.from({ length: numDatasets * numQuery * 2 }, (_, i) => {
            const b = Math.floor(i / (2 * numQuery));
            const ones = y.subarray(b * numContext, (b + 1) * numContext).reduce((sum, label) => sum + label, 0);
            return power * Math.log(1 + (i % 2 === 1 ? ones : numContext - ones));
          });
        },
      };
    },
  });
  const evaluate = async (power: number, numContext: number) => {
    const options = { contextSizes: [numContext], datasets: 2000, queriesPerDataset: 5 };
    return (await evaluatePrior(tempered(power), coin, options)) as ClassEvaluation;
  };

  it('has no distance from the conjugate answer where it gives that, and the accuracy of theory', async () => {
    const { targets, contexts } = await evaluate(1, 1);
    const { exact, accuracy, calibrationError, calibration, logLikelihood } = contexts['1'];
    expect(targets).toBe('classes');
    expect(exact).toMatchObject({ method: 'closed form', datasets: 2000 });
    expect(exact?.kl.mean).toBeCloseTo(0, 6);
    expect(exact?.gap.mean).toBeCloseTo(0, 6);
    // After one throw the next one is the same with probability 2/3.
    const deviation = Math.sqrt(2 / 9 / 2000); // throws of one coin are not independent
    expect(Math.abs(accuracy - 2 / 3)).toBeLessThan(4 * deviation);
    expect(calibrationError).toBeLessThan(4 * deviation);
    const entropy = -(Math.log(2 / 3) * 2 + Math.log(1 / 3)) / 3;
    expect(Math.abs(logLikelihood.mean + entropy)).toBeLessThan(4 * logLikelihood.standardError);
    expect(calibration.map(({ predicted }) => predicted)).toEqual([1 / 3, 2 / 3].map((p) => expect.closeTo(p, 6)));
  });

  it('that is too sure has the divergence of the formula, and is less right than it says', async () => {
    const { exact, accuracy, calibrationError } = (await evaluate(3, 1)).contexts['1'];
    // (2/3, 1/3) to the third power, over its sum: (8/9, 1/9).
    const kl = (2 / 3) * Math.log(2 / 3 / (8 / 9)) + (1 / 3) * Math.log(1 / 3 / (1 / 9));
    expect(exact?.kl.mean).toBeCloseTo(kl, 6);
    expect(Math.abs((exact?.gap.mean ?? 0) - kl)).toBeLessThan(4 * (exact?.gap.standardError ?? 0));
    expect(calibrationError).toBeCloseTo(8 / 9 - accuracy, 6);
  });
});

it('a network that sees other columns than the prior draws is refused', async () => {
  const wide = { ...noise, numFeatures: 3 };
  await expect(evaluatePrior(answering(0, 1), wide, { contextSizes: [1] })).rejects.toThrow(
    'evaluate: fake sees 1 columns of x, the prior noise draws 3. Give its own prior.',
  );
});

it('a network of numbers is not scored on classes', async () => {
  await expect(evaluatePrior(answering(0, 1), betaBernoulli(), { contextSizes: [1] })).rejects.toThrow(
    'evaluate: fake answers with real numbers, the prior beta-bernoulli draws 2 classes. Give its own prior.',
  );
});
