import { expect, test } from 'vitest';
import type { Curve } from '../../infer/curve.ts';
import type { Forecast } from '../../infer/forecast.ts';
import { createLearningCurveModel, type ExtrapolateOptions } from '../../infer/learning-curve.ts';
import { loadPredictor } from '../../infer/load.node.ts';
import { randomStream } from '../../priors/random.ts';

type Random = () => number;
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)];
const list = (length: number, value: (i: number) => number) => Array.from({ length }, (_, i) => value(i));

/** Nothing that anybody would call a learning curve, and much that ends up in files of them. */
const VALUES: Readonly<Record<string, (random: Random, n: number) => number[]>> = {
  constant: (random, n) => new Array(n).fill(pick(random, [0, 1, -3, 1e-300, 1e90, 0.1])),
  'nearly constant': (random, n) => list(n, () => 1 + 2 ** -52 * Math.floor(3 * random())),
  'denormal differences': (random, n) => list(n, () => 5e-324 * Math.floor(5 * random())),
  alternating: (random, n) => list(n, (i) => (i % 2 ? 1 : -1) * 10 ** (6 * random())),
  'mixed signs and sizes': (random, n) => list(n, () => (random() - 0.5) * 10 ** (200 * random() - 100)),
  huge: (random, n) => list(n, () => random() * 1e300),
  large: (random, n) => list(n, () => (random() - 0.5) * 1e100),
  tiny: (random, n) => list(n, () => random() * 1e-300),
  negative: (random, n) => list(n, (i) => -5 - i - random()),
  diverging: (_, n) => list(n, (i) => 10 ** Math.min(i, 95)),
  'a single jump': (random, n) => list(n, (i) => (i < n * random() ? 0 : 1)),
  'missing but one': (random, n) => list(n, (i) => (i === n >> 1 ? random() : Number.NaN)),
  'half missing': (random, n) => list(n, () => (random() < 0.5 ? Number.NaN : random())),
  infinite: (random, n) => list(n, () => pick(random, [Infinity, -Infinity, random(), 1])),
  ordinary: (random, n) => list(n, (i) => 0.9 - 0.8 / (i + 1) + 0.05 * random()),
  'at the bounds': (random, n) => list(n, () => pick(random, [0, 1])),
};

const STEPS: Readonly<Record<string, (random: Random, n: number) => number[] | undefined>> = {
  none: () => undefined,
  counted: (_, n) => list(n, (i) => i),
  duplicate: (random, n) => list(n, () => Math.floor(3 * random())),
  unsorted: (random, n) => list(n, () => Math.floor(1000 * random())),
  'far apart': (_, n) => list(n, (i) => i * 1e15),
  'far out, one apart': (_, n) => list(n, (i) => 2 ** 53 - 3 + i),
  geometric: (_, n) => list(n, (i) => 10 ** (i / 2)),
  'large and negative': (random, n) => list(n, () => (random() - 0.5) * 1e100),
  denormal: (_, n) => list(n, (i) => 5e-324 * i),
  'close together': (_, n) => list(n, (i) => 1 + i * 2 ** -52),
  'at not a number': (random, n) => list(n, (i) => (random() < 0.1 ? Number.NaN : i)),
  huge: (_, n) => list(n, (i) => i * 1e306),
};

function oddOptions(random: Random, last: number): ExtrapolateOptions {
  const bounds = pick(random, [
    {},
    {},
    { lower: 0 },
    { upper: 1 },
    { lower: 0, upper: 1 },
    { lower: -1e-9, upper: 1e9 },
  ]);
  const where: ExtrapolateOptions = pick(random, [
    {},
    { horizon: last + 1 },
    { horizon: 1e300 },
    { horizon: Math.abs(last) * 4 + 50 },
    { steps: [last + 1, last + 1e10] },
    { steps: [last * 2 + 1e-300, 1e290] },
    { observed: '50%' },
    { observed: 3 },
  ]);
  const target = pick(random, [undefined, 0, 0.95, -1e250]);
  return { goal: pick(random, ['auto', 'maximize', 'minimize']), ...bounds, ...where, target };
}

/** What is wrong with a forecast, or nothing. */
function fault(forecast: Forecast, { lower = -Infinity, upper = Infinity }: ExtrapolateOptions): string | undefined {
  const { steps, mean, median, variance } = forecast;
  const levels = Object.values(forecast.quantiles);
  for (const [i, step] of steps.entries()) {
    const quantiles = levels.map((values) => values[i]);
    const what = `step ${step}: quantiles ${quantiles}, mean ${mean[i]}, variance ${variance[i]}`;
    if (i > 0 && !(step > steps[i - 1])) return `steps do not rise at ${what}`;
    if (quantiles.some((q, j) => j > 0 && q < quantiles[j - 1])) return `quantiles fall at ${what}`;
    if (![mean[i], median[i], variance[i], ...quantiles].every(Number.isFinite)) return `not finite at ${what}`;
    if (quantiles.some((q) => q < lower || q > upper)) return `outside the bounds at ${what}`;
    if (variance[i] < 0) return `negative variance at ${what}`;
  }
}

test.each([
  ['curves', 1200],
  ['lc', 600],
])('nothing that is a curve crashes the network %s: it ends in an answer or in one line', async (name, count) => {
  const model = createLearningCurveModel(await loadPredictor(name, { threads: 1 }));
  const random = randomStream(11, name);
  let answered = 0;
  const kinds = new Set<string>();
  for (let i = 0; i < count; i++) {
    const n = pick(random, [0, 1, 2, 2, 3, 5, 12, 40, 130]);
    const [of, at] = [pick(random, Object.keys(VALUES)), pick(random, Object.keys(STEPS))];
    const odd: Curve = { name: `${of}, ${at}, ${n}`, values: VALUES[of](random, n), steps: STEPS[at](random, n) };
    const seen = (odd.steps ?? [n]).filter(Number.isFinite).reduce((a, b) => Math.max(a, b), 0);
    const options = oddOptions(random, seen);
    try {
      const wrong = fault(await model.extrapolate(odd, options), options);
      if (wrong !== undefined) expect.fail(`${wrong}, of ${JSON.stringify({ odd, options })}`);
      answered++;
      kinds.add(of);
      kinds.add(at);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      expect(error.message).toMatch(/^extrapolate: [^\n]+\.$/);
    }
  }
  expect(answered).toBeGreaterThan(count / 5);
  // All kinds but those that are always refused were answered at least once.
  for (const kind of [...Object.keys(VALUES), ...Object.keys(STEPS)]) {
    if (kind !== 'huge' && !(kind === 'missing but one' && name === 'curves')) expect(kinds).toContain(kind);
  }
});
