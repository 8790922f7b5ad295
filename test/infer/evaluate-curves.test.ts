import { expect, test } from 'vitest';
import { evaluateCurves } from '../../infer/evaluate-curves.ts';
import { createLearningCurveModel } from '../../infer/learning-curve.ts';
import { BORDERS, bump, contextBump, contextPredictor, fakePredictor } from './fake-predictor.ts';

/** Half of the mass on the bar [0.5, 0.55), half spread over the other 39 bars: density, mean and interval by hand. */
const PEAK = 20;
const logits = Array.from({ length: 40 }, (_, k) => Math.log(k === PEAK ? 0.5 : 0.5 / 39));

const rows = (numCurves: number, value: (curve: number, step: number) => number) =>
  Array.from({ length: numCurves }, (_, c) => Array.from({ length: 20 }, (_, t) => value(c, t + 1)));

test('scores agree with a distribution worked out by hand', async () => {
  const { predictor } = fakePredictor(() => logits);
  // Every later value is 0.52, in the peak of density 0.5 / 0.05, except that of odd curves at the last step: 1.1, in a bar of (0.5 / 39) / 0.05.
  const curves = rows(10, (c, t) => (t === 20 && c % 2 === 1 ? 1.1 : 0.52));
  const { cutoffs, ...rest } = await evaluateCurves(predictor, curves, { cutoffs: [50, 80] });
  expect(rest.curves).toBe(10);
  expect(rest.secondsPerCurve).toBeGreaterThan(0);
  const [inPeak, outside] = [Math.log(10), Math.log(0.5 / 39 / 0.05)];
  expect(cutoffs['50'].logLikelihood).toBeCloseTo((19 * inPeak + outside) / 20, 5);
  expect(cutoffs['80'].logLikelihood).toBeCloseTo((7 * inPeak + outside) / 8, 5);
  // All the mass but the tails lies on bars with centres -0.475, -0.425, ...; a tail's mean is its anchor -+ scale sqrt(2 / pi).
  const tail = (0.05 / 0.6744897501960817) * Math.sqrt(2 / Math.PI);
  const centre = (k: number) => (k === 0 ? BORDERS[1] - tail : k === 39 ? BORDERS[39] + tail : BORDERS[k] + 0.025);
  const mean = logits.reduce((sum, logit, k) => sum + Math.exp(logit) * centre(k), 0);
  expect(cutoffs['80'].mse).toBeCloseTo((7 * (0.52 - mean) ** 2 + (1.1 - mean) ** 2) / 8, 6);
  // The upper 5 % begin at 0.05 / (0.5 / 39) = 3.9 bars from the end, at about 1.3, so that 1.1 is covered.
  expect(cutoffs['80'].coverage90).toBe(1);
});

test('coverage counts later points in the central 90 %, and standard errors are over curves', async () => {
  const { predictor } = fakePredictor(() => logits);
  const curves = rows(4, (c) => (c === 0 ? 1.45 : 0.52)); // one curve lies wholly above the interval
  const { cutoffs } = await evaluateCurves(predictor, curves, { cutoffs: [25] });
  expect(cutoffs['25'].coverage90).toBe(0.75);
  expect(cutoffs['25'].standardError.coverage90).toBeCloseTo(Math.sqrt((3 * 0.25 ** 2 + 0.75 ** 2) / 3 / 4), 12);
});

test('batches do not change the scores, and cutoffs are shares of the columns', async () => {
  const curves = rows(250, (c, t) => 0.7 - 0.5 / (t + c / 100));
  const { predictor, calls } = fakePredictor(bump);
  const progress: string[] = [];
  const all = await evaluateCurves(predictor, curves, {
    cutoffs: [10],
    onProgress: (done, total) => progress.push(`${done}/${total}`),
  });
  expect(calls).toEqual([100, 100, 50].map((numDatasets) => ({ numDatasets, numContext: 2, numQuery: 18 })));
  expect(progress).toEqual(['100/250', '200/250', '250/250']);
  let sum = 0;
  for (const curve of curves)
    sum += (await evaluateCurves(predictor, [curve], { cutoffs: [10] })).cutoffs['10'].logLikelihood;
  expect(all.cutoffs['10'].logLikelihood).toBeCloseTo(sum / 250, 10);
});

test('of other numbers of steps a network is asked for the later steps by their numbers', async () => {
  const asked: number[][] = [];
  const { predictor } = fakePredictor((x, _, query) => {
    asked.push([x[x.length - 1], query]);
    return logits;
  });
  Object.assign(predictor.config.prior, { options: { numSteps: 20 } });
  await evaluateCurves(
    predictor,
    rows(1, () => 0.52),
    { cutoffs: [80] },
  );
  expect(asked).toEqual([17, 18, 19, 20].map((query) => [16, query]));
});

test('a cutoff that leaves nothing to see or to score is refused', async () => {
  const { predictor } = fakePredictor(() => logits);
  await expect(
    evaluateCurves(
      predictor,
      rows(3, () => 0.5),
      { cutoffs: [1] },
    ),
  ).rejects.toThrow(
    'evaluate: a cutoff of 1 % of 20 steps leaves 0 seen points; expected at least one seen and one later point.',
  );
  await expect(evaluateCurves(predictor, [new Array(101).fill(0.5)])).rejects.toThrow(
    'evaluate: curves have 101 steps, the model answers steps 1..100. Thin them out.',
  );
});

/** Losses of 150 steps that fall from about 3. */
const losses = Array.from({ length: 5 }, (_, c) =>
  Array.from({ length: 150 }, (_, t) => 2 + c / 10 + 1 / (1 + t / 8) + 0.02 * Math.sin(t * t + c)),
);

test('a network in units of the context is scored on what its forecasts say, however many steps there are', async () => {
  const { predictor } = contextPredictor(contextBump);
  const { cutoffs, curves, secondsPerCurve } = await evaluateCurves(predictor, losses, { cutoffs: [10, 80] });
  expect(curves).toBe(5);
  expect(secondsPerCurve).toBeGreaterThan(0);
  const model = createLearningCurveModel(predictor);
  for (const [cutoff, observed] of [
    ['10', 15],
    ['80', 120],
  ] as const) {
    const sum = { logLikelihood: 0, mse: 0, coverage90: 0 };
    for (const values of losses) {
      const later = values.slice(observed);
      const forecast = await model.extrapolate({ values }, { observed });
      expect(forecast.goal.goal).toBe('minimize');
      later.forEach((value, i) => {
        const distribution = forecast.distributionAt(observed + 1 + i);
        const below = distribution.cdf(value);
        sum.logLikelihood += distribution.logDensity(value) / later.length / 5;
        sum.mse += (distribution.mean - value) ** 2 / later.length / 5;
        sum.coverage90 += (below >= 0.05 && below <= 0.95 ? 1 : 0) / later.length / 5;
      });
    }
    for (const key of ['logLikelihood', 'mse', 'coverage90'] as const)
      expect(cutoffs[cutoff][key]).toBeCloseTo(sum[key], 9);
  }
});

test('its scores are in the units of the curves: ten times larger values cost ln 10 nats and have 100 times the squared error', async () => {
  const { predictor } = contextPredictor(contextBump);
  const scores = async (factor: number) => {
    const curves = losses.map((values) => values.map((value) => factor * value));
    return (await evaluateCurves(predictor, curves, { cutoffs: [40] })).cutoffs['40'];
  };
  const [one, ten] = [await scores(1), await scores(10)];
  expect(ten.logLikelihood).toBeCloseTo(one.logLikelihood - Math.log(10), 3);
  expect(ten.mse / one.mse).toBeCloseTo(100, 3);
  expect(ten.coverage90).toBe(one.coverage90);
});

test('it needs two seen points', async () => {
  const { predictor } = contextPredictor(contextBump);
  await expect(evaluateCurves(predictor, losses, { cutoffs: [0.7] })).rejects.toThrow(
    'evaluate: a cutoff of 0.7 % of 150 steps leaves 1 seen points; expected at least two seen and one later point.',
  );
});
