import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import { type BarDistribution, type Bars, createBars, HALF_MASS } from '../../model/bar-distribution.ts';
import { bordersFromDraws, equalLossBorders } from '../../model/borders.ts';
import { erfc } from '../../model/normal.ts';
import { normals, randomStream } from '../../priors/random.ts';

type Random = () => number;

/** [seed, bars, distribution] of many shapes: 3 to 40 bars, widths over four decades, logits from even to far apart. */
const cases: [number, Bars, BarDistribution][] = Array.from({ length: 60 }, (_, seed) => {
  const random = seedrandom(`bars ${seed}`);
  const numBars = 3 + Math.floor(38 * random());
  const borders = [10 * random() - 5];
  for (let k = 0; k < numBars; k++) borders.push(borders[k] + 10 ** (4 * random() - 3));
  const spread = 10 ** (3 * random() - 1.5);
  const logits = Array.from({ length: numBars }, () => spread * normal(random));
  const bars = createBars(borders);
  return [seed, bars, bars.distribution(logits)];
});

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

// Nodes and weights of the five-point Gauss-Legendre rule on [-1, 1] (Abramowitz and Stegun, table 25.4). No node lies on a border.
const NODES = [0, 0.5384693101056831, -0.5384693101056831, 0.906179845938664, -0.906179845938664];
const WEIGHTS = [
  0.5688888888888889, 0.47862867049936647, 0.47862867049936647, 0.23692688505618908, 0.23692688505618908,
];

/** Integral of density times f: each inner bar, and each tail out to 40 of its widths (27 scales) in panels. */
function integrate(
  { borders, numBars }: Bars,
  distribution: BarDistribution,
  f: (y: number) => number,
  kink = NaN,
): number {
  const last = numBars - 1;
  const panels = [...borders.slice(1, numBars), kink];
  for (let i = 1; i <= 160; i++) {
    panels.push(
      borders[1] - (i / 4) * (borders[1] - borders[0]),
      borders[last] + (i / 4) * (borders[numBars] - borders[last]),
    );
  }
  const edges = panels.filter(Number.isFinite).sort((a, b) => a - b);
  let sum = 0;
  for (let i = 1; i < edges.length; i++) {
    const half = (edges[i] - edges[i - 1]) / 2;
    NODES.forEach((node, j) => {
      const y = edges[i - 1] + half * (1 + node);
      sum += half * WEIGHTS[j] * distribution.density(y) * f(y);
    });
  }
  return sum;
}

function expectClose(got: number, expected: number, relative: number, scale = Math.abs(expected)): void {
  expect(Math.abs(got - expected), `${got} for ${expected}`).toBeLessThanOrEqual(relative * scale);
}

const range = (bars: Bars) => bars.borders[bars.numBars] - bars.borders[0];

describe('every bar distribution', () => {
  test('has a density that integrates to 1, tails included, and the mean and variance of that density', () => {
    for (const [, bars, distribution] of cases) {
      expectClose(
        integrate(bars, distribution, () => 1),
        1,
        1e-9,
      );
      const mean = integrate(bars, distribution, (y) => y);
      expectClose(distribution.mean, mean, 1e-9, range(bars) + Math.abs(mean));
      expectClose(
        distribution.variance,
        integrate(bars, distribution, (y) => (y - mean) ** 2),
        1e-8,
      );
    }
  });

  test('has the expected improvement of that density', () => {
    for (const [seed, bars, distribution] of cases) {
      const random = seedrandom(`improvement ${seed}`);
      for (let i = 0; i < 6; i++) {
        const best = bars.borders[0] + (1.6 * random() - 0.3) * range(bars); // in bars and in both tails
        const above = integrate(bars, distribution, (y) => Math.max(y - best, 0), best);
        const below = integrate(bars, distribution, (y) => Math.max(best - y, 0), best);
        expectClose(distribution.expectedImprovement(best), above, 1e-8, above + 1e-6 * range(bars));
        expectClose(distribution.expectedImprovement(best, 'minimize'), below, 1e-8, below + 1e-6 * range(bars));
      }
    }
  });

  test('has the moments of that density, limited to a range', () => {
    for (const [seed, bars, distribution] of cases) {
      const random = seedrandom(`limited ${seed}`);
      for (let i = 0; i < 6; i++) {
        const ends = [0, 1].map(() => bars.borders[0] + (1.6 * random() - 0.3) * range(bars));
        const [low, high] = ends.sort((a, b) => a - b);
        // f is smooth between the two kinks: E f(limited) = f(low) + the integral of f' P(Y > y).
        const above = (f: (y: number) => number) =>
          integrate(bars, distribution, (y) => f(Math.max(y, low)) - f(low), low) -
          integrate(bars, distribution, (y) => f(Math.max(y, high)) - f(high), high);
        const mean = low + above((y) => y);
        const limited = distribution.limited(low, high);
        expectClose(limited.mean, mean, 1e-8, range(bars));
        const square = (low - mean) ** 2 + above((y) => (y - mean) ** 2);
        expectClose(limited.variance, square, 1e-7, range(bars) ** 2);
      }
      const [far, wide] = [bars.borders[0], bars.borders[bars.numBars]].map(
        (end, i) => end + (2 * i - 1) * 60 * range(bars),
      );
      expectClose(distribution.limited(far, wide).mean, distribution.mean, 1e-9, range(bars));
      expectClose(distribution.limited(far, wide).variance, distribution.variance, 1e-8);
    }
    expect(() => cases[0][2].limited(2, 2)).toThrow('limited: expected two finite numbers that rise, got 2 and 2.');
  });

  test('has a distribution function that icdf inverts, far into both tails', () => {
    for (const [seed, bars, distribution] of cases) {
      const random = seedrandom(`icdf ${seed}`);
      const ps = [1e-300, 1e-100, 1e-12, 1e-6, 0.5, 1 - 1e-6, 1 - 1e-12, 1 - 2 ** -53];
      for (let i = 0; i < 40; i++) ps.push(random());
      let previous = -Infinity;
      for (const p of ps.sort((a, b) => a - b)) {
        const y = distribution.icdf(p);
        expect(y).toBeGreaterThanOrEqual(previous);
        previous = y;
        // Rounding y moves the cdf by the density times an ulp of y.
        const slack = distribution.density(y) * Math.abs(y) * 2 ** -51;
        if (distribution.probabilities[0] > 1e-300)
          expectClose(distribution.cdf(y), p, 1, 4e-12 * p + slack + 1e-15 * (p > 1e-9 ? 1 : 0));
        expect(distribution.quantile(p)).toBe(y);
      }
      expect(distribution.median).toBe(distribution.icdf(0.5));
      expect(distribution.interval(0.9)).toEqual([distribution.icdf((1 - 0.9) / 2), distribution.icdf((1 + 0.9) / 2)]);
      expect(bars.numBars).toBe(distribution.probabilities.length);
    }
  });

  test('has a distribution function that never falls and whose derivative is the density', () => {
    for (const [seed, bars, distribution] of cases) {
      const random = seedrandom(`derivative ${seed}`);
      let previous = 0;
      for (let i = -20; i <= 120; i++) {
        const p = distribution.cdf(bars.borders[0] + (i / 100) * range(bars));
        expect(p).toBeGreaterThanOrEqual(previous);
        previous = p;
      }
      for (const border of bars.borders) {
        // The double next to a border: where rounding alone could make the cdf fall.
        expect(distribution.cdf(border - Math.abs(border) * 2 ** -53)).toBeLessThanOrEqual(distribution.cdf(border));
      }
      for (let k = 0; k < bars.numBars; k++) {
        const width = bars.borders[k + 1] - bars.borders[k];
        const inTail = k === 0 ? -width * random() : k === bars.numBars - 1 ? width * random() : 0;
        const y = bars.borders[k] + width * (0.2 + 0.6 * random()) + inTail;
        const h = 1e-4 * width;
        const slope = (distribution.cdf(y + h) - distribution.cdf(y - h)) / (2 * h);
        // The cdf is known to about 1e-16, its difference over 2h to that by 1/h.
        expectClose(slope, distribution.density(y), 1, 1e-7 * distribution.density(y) + 1e-15 / h);
      }
    }
  });

  test('has its mode where the density is highest', () => {
    for (const [, bars, distribution] of cases) {
      const { borders, numBars } = bars;
      const highest = distribution.density(distribution.mode);
      for (let k = 0; k < numBars; k++) {
        const peak = k === 0 ? borders[1] : k === numBars - 1 ? borders[k] : (borders[k] + borders[k + 1]) / 2;
        expect(distribution.density(peak)).toBeLessThanOrEqual(highest);
      }
    }
    const bars = createBars([0, 1, 2, 3]);
    expect([
      bars.distribution([5, 0, 0]).mode,
      bars.distribution([0, 5, 0]).mode,
      bars.distribution([0, 0, 5]).mode,
    ]).toEqual([1, 1.5, 2]);
  });

  test('gives a located target the log density log p[bar] + logDensityWithin', () => {
    for (const [seed, bars, distribution] of cases) {
      const random = seedrandom(`locate ${seed}`);
      const y = [
        ...bars.borders,
        -1e6,
        1e6,
        ...Array.from({ length: 40 }, () => bars.borders[0] + (1.6 * random() - 0.3) * range(bars)),
      ];
      const { bar, logDensityWithin } = bars.locate(y);
      y.forEach((value, i) => {
        const inner =
          (bar[i] === 0 || bars.borders[bar[i]] <= value) &&
          (bar[i] === bars.numBars - 1 || value <= bars.borders[bar[i] + 1]);
        expect(inner, `${value} in bar ${bar[i]}`).toBe(true);
        const p = distribution.probabilities[bar[i]];
        if (p > 1e-300)
          expectClose(
            Math.log(p) + logDensityWithin[i],
            distribution.logDensity(value),
            1e-12,
            1e3 + Math.abs(logDensityWithin[i]),
          );
        expect(distribution.density(value)).toBe(Math.exp(distribution.logDensity(value)));
      });
    }
  });

  test('draws samples with its mean, variance and quartiles', () => {
    const numSamples = 20_000;
    for (const [seed, bars, distribution] of cases.slice(0, 20)) {
      const random = seedrandom(`sample ${seed}`);
      const samples = Float64Array.from({ length: numSamples }, () => distribution.sample(random));
      const mean = samples.reduce((a, b) => a + b) / numSamples;
      const squares = samples.map((y) => (y - distribution.mean) ** 2);
      const variance = squares.reduce((a, b) => a + b) / numSamples;
      const fourth = integrate(bars, distribution, (y) => (y - distribution.mean) ** 4);
      // Five standard errors: 60 checks with a fixed seed.
      expectClose(mean, distribution.mean, 5, Math.sqrt(distribution.variance / numSamples));
      expectClose(variance, distribution.variance, 5, Math.sqrt((fourth - distribution.variance ** 2) / numSamples));
      for (const p of [0.25, 0.5, 0.75]) {
        const below = samples.filter((y) => y <= distribution.icdf(p)).length / numSamples;
        expectClose(below, p, 5, Math.sqrt((p * (1 - p)) / numSamples));
      }
    }
  });
});

describe('closed forms', () => {
  test('only inner bars, probability by width: the uniform on [2, 8]', () => {
    const uniform = createBars([0, 2, 3, 5.5, 8, 9]).distribution([
      -Infinity,
      Math.log(1),
      Math.log(2.5),
      Math.log(2.5),
      -Infinity,
    ]);
    expect(uniform.mean).toBeCloseTo(5, 14);
    expect(uniform.variance).toBeCloseTo(3, 14); // 6^2 / 12
    expect(uniform.median).toBeCloseTo(5, 14);
    expect(uniform.cdf(3.5)).toBeCloseTo(0.25, 14);
    expect(uniform.icdf(0.9)).toBeCloseTo(7.4, 14);
    expect(uniform.density(4)).toBeCloseTo(1 / 6, 14);
    expect(uniform.expectedImprovement(6)).toBeCloseTo(1 / 3, 14); // (8 - 6)^2 / 12
    expect(uniform.expectedImprovement(6, 'minimize')).toBeCloseTo(4 / 3, 14); // (6 - 2)^2 / 12
    expect([uniform.icdf(0), uniform.icdf(1)]).toEqual([2, 8]);
    expect([uniform.cdf(-5), uniform.cdf(2), uniform.cdf(8), uniform.cdf(50)]).toEqual([0, 0, 1, 1]);
    expect([uniform.density(1), uniform.density(8.5), uniform.logDensity(8.5)]).toEqual([0, 0, -Infinity]);
  });

  test('only a tail: a half-normal of scale width / 0.6745', () => {
    const scale = 2 / 0.6744897501960817;
    const bars = createBars([-2, 0, 1, 3]);
    const left = bars.distribution([0, -Infinity, -Infinity]);
    const right = bars.distribution([-Infinity, -Infinity, 0]);
    expect(right.mean).toBeCloseTo(1 + scale * Math.sqrt(2 / Math.PI), 13);
    expect(left.mean).toBeCloseTo(-scale * Math.sqrt(2 / Math.PI), 13);
    for (const tail of [left, right]) expect(tail.variance).toBeCloseTo(scale ** 2 * (1 - 2 / Math.PI), 12);
    expect(right.density(1)).toBeCloseTo(Math.sqrt(2 / Math.PI) / scale, 14);
    // Table of the normal distribution: P(|Z| < 1.96) = 0.950004209703559 (mpmath 1.3, erf(1.96 / sqrt(2))).
    expect(right.cdf(1 + 1.96 * scale)).toBeCloseTo(0.950004209703559, 13);
    expect(left.cdf(-1.96 * scale)).toBeCloseTo(1 - 0.950004209703559, 13);
    expect([left.icdf(0), right.icdf(1)]).toEqual([-Infinity, Infinity]);
    expect([left.icdf(1), right.icdf(0)]).toEqual([0, 1]);
  });

  test('half of the mass of each tail lies within the outer bar', () => {
    for (const [, { borders, numBars }, distribution] of cases) {
      const p = distribution.probabilities;
      expectClose(distribution.cdf(borders[0]), p[0] / 2, 1e-12);
      expectClose(1 - distribution.cdf(borders[numBars]), p[numBars - 1] / 2, 1e-12, p[numBars - 1] + 1e-4);
    }
  });

  test('tails that join a standard normal have its values', () => {
    // Two half-normals of scale 1 and equal mass are the standard normal but for what lies between the anchors, here nothing.
    const width = 0.6744897501960817;
    const normalLike = createBars([-width - 1e-9, -1e-9, 1e-9, width + 1e-9]).distribution([0, -Infinity, 0]);
    // Abramowitz and Stegun, table 26.1: P(1) = 0.841344746069, P(2) = 0.977249868052; Z(1) = 0.241970724519.
    expect(normalLike.cdf(1)).toBeCloseTo(0.841344746069, 8);
    expect(normalLike.cdf(-2)).toBeCloseTo(1 - 0.977249868052, 8);
    expect(normalLike.density(1)).toBeCloseTo(0.241970724519, 8);
    expect(normalLike.variance).toBeCloseTo(1, 8);
    expect(normalLike.interval(0.95)[1]).toBeCloseTo(1.95996398454, 8);
    // E[max(Z - 1, 0)] = Z(1) - (1 - P(1)) = 0.0833154705877.
    expect(normalLike.expectedImprovement(1)).toBeCloseTo(0.0833154705877, 8);
    expect(normalLike.expectedImprovement(-1)).toBeCloseTo(1.0833154705877, 8);
  });
});

describe('extremes', () => {
  const bars = createBars([0, 1, 2, 3, 4]);

  test('logits far apart, and large common shifts', () => {
    const far = bars.distribution([-3000, 0, 2000, -Infinity]);
    expect([...far.probabilities]).toEqual([0, 0, 1, 0]);
    expect(far.logDensity(1.5)).toBe(-2000);
    expect(far.logDensity(3.5)).toBe(-Infinity);
    expect(far.mean).toBe(2.5);
    expect([far.icdf(0), far.icdf(1e-300), far.icdf(1)]).toEqual([2, 2, 3]);
    const shifted = bars.distribution([1e5 + 1, 1e5 + 2, 1e5 + 3, 1e5 + 4]);
    bars.distribution([1, 2, 3, 4]).probabilities.forEach((p, k) => {
      expectClose(shifted.probabilities[k], p, 1e-14);
    });
  });

  test('values far outside', () => {
    const even = bars.distribution(new Float32Array(4));
    const scale = 1 / 0.6744897501960817;
    expectClose(
      even.logDensity(1e6),
      Math.log(0.25) + Math.log(Math.sqrt(2 / Math.PI) / scale) - ((1e6 - 3) / scale) ** 2 / 2,
      1e-14,
    );
    expect([even.cdf(-1e6), even.cdf(1e6), even.cdf(-Infinity), even.cdf(Infinity)]).toEqual([0, 1, 0, 1]);
    expect([even.logDensity(Infinity), even.density(-Infinity)]).toEqual([-Infinity, 0]);
    expect([even.cdf(NaN), even.logDensity(NaN)]).toEqual([NaN, NaN]);
    expectClose(even.expectedImprovement(-1e9), 1e9 + 2, 1e-15);
    expect(even.expectedImprovement(1e9)).toBe(0);
    // Twelve scales out, where 1 - cdf is 0: s p E[max(|Z| - 12, 0)] by mpmath 1.3, 2 * (npdf(12) - 12 * ncdf(-12)).
    expectClose(even.expectedImprovement(3 + 12 * scale), 0.25 * scale * 2.9210402339691097e-34, 1e-10);
    expect([...bars.locate([-1e300, 1e300]).bar]).toEqual([0, 3]);
  });

  test('a quantile near 1 is read from above, where probabilities are small numbers', () => {
    const logits = [0.1, 0.2, 0.4, 0.3];
    const last = Math.exp(0.3) / logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    const y = bars.distribution(logits).icdf(1 - 2 ** -50);
    // The tail is half-normal: mass 2^-50 beyond z of the last bar's mass is erfc(z / sqrt(2)) of it.
    const z = (y - bars.borders[3]) / ((bars.borders[4] - bars.borders[3]) / HALF_MASS);
    expect((last * erfc(z / Math.SQRT2)) / 2 ** -50).toBeCloseTo(1, 9);
  });

  test('a generator that returns 0 does not draw -Infinity', () => {
    expect(bars.distribution([0, 0, 0, 0]).sample(() => 0)).toBeGreaterThan(-20);
  });

  test('one at a time, each is as it would be by itself, whatever was before it', () => {
    const bars = createBars([-2, -1, 0, 1, 2]);
    const next = bars.oneAtATime();
    for (const logits of [
      [0, 0, 0, 0],
      [-Infinity, 3, -800, 1],
      [1, 2, 3, 4],
    ]) {
      const [passing, own] = [next(logits), bars.distribution(logits)];
      expect([passing.mean, passing.variance, passing.mode, passing.cdf(0.3), passing.icdf(0.9)]).toEqual([
        own.mean,
        own.variance,
        own.mode,
        own.cdf(0.3),
        own.icdf(0.9),
      ]);
      expect(passing.probabilities).toEqual(own.probabilities);
    }
  });

  test('float32 logits are copied', () => {
    const logits = Float32Array.from([1, 2, 3, 4]);
    const distribution = bars.distribution(logits);
    logits.fill(0);
    expect(distribution.mode).toBe(3);
    expect(distribution.logDensity(1.5)).toBeLessThan(Math.log(0.25));
  });
});

describe('equalLossBorders', () => {
  const gauss = normals(randomStream('equal-loss'));
  const equalMass = bordersFromDraws(Float32Array.from({ length: 200_000 }, gauss), 400);
  const borders = equalLossBorders(equalMass);

  test('makes bars as wide as the density to the power -1/3', () => {
    expect(borders).toHaveLength(401);
    expect(borders.every((border, k) => k === 0 || border > borders[k - 1])).toBe(true);
    const widthAt = (y: number) => {
      const k = borders.findIndex((border) => border > y);
      return (borders[k + 5] - borders[k - 5]) / 10;
    };
    // The standard normal density falls by e^(-y^2/2), so that widths grow by e^(y^2/6).
    for (const y of [-2, -1, 1, 2])
      expect(Math.abs(widthAt(y) / widthAt(0) / Math.exp(y ** 2 / 6) - 1)).toBeLessThan(0.08);
  });

  test('reaches beyond the extremes of the draws, and has the tails of bars of equal mass', () => {
    expect(borders[1]).toBeLessThan(equalMass[0]);
    expect(borders[399]).toBeGreaterThan(equalMass[400]);
    expect(borders[1] - borders[0]).toBeCloseTo(equalMass[1] - equalMass[0], 5);
    expect(borders[400] - borders[399]).toBeCloseTo(equalMass[400] - equalMass[399], 5);
  });
});

describe('bordersFromDraws', () => {
  const draw = (seed: string, count: number, one: (random: Random) => number) => {
    const random = seedrandom(seed);
    return Float64Array.from({ length: count }, () => one(random));
  };
  const shares = (borders: Float64Array, draws: Float64Array) => {
    const counts = new Float64Array(borders.length - 1);
    for (const k of createBars(borders).locate(draws.map(Math.fround)).bar) counts[k] += 1 / draws.length;
    return counts;
  };
  const expectRisingFloat32 = (borders: Float64Array, numBars: number) => {
    expect(borders).toHaveLength(numBars + 1);
    borders.forEach((border, k) => {
      expect(Math.fround(border)).toBe(border);
      if (k > 0) expect(border).toBeGreaterThan(borders[k - 1]);
    });
  };

  test.each<[string, (random: Random) => number]>([
    ['uniform', (random) => random()],
    ['normal', normal],
    ['heavy tails', (random) => normal(random) / (random() + 1e-3)],
    ['over thirty decades', (random) => 10 ** (30 * random() - 30)],
    ['far from zero', (random) => 1000 + random()],
  ])('%s: bars of equal mass between the extremes', (name, one) => {
    const draws = draw(name, 20_000, one);
    const borders = bordersFromDraws(draws, 50);
    expectRisingFloat32(borders, 50);
    expect(borders[0]).toBe(Math.fround(Math.min(...draws)));
    expect(borders[50]).toBe(Math.fround(Math.max(...draws)));
    for (const share of shares(borders, draws)) expectClose(share, 1 / 50, 0.06); // float32 ties shift a few draws
  });

  test('a frequent value takes one bar, of a width like the others', () => {
    const draws = draw('atoms', 50_000, (random) => (random() < 0.3 ? 0 : random() < 0.3 ? 1 : random()));
    const borders = bordersFromDraws(draws, 100);
    expectRisingFloat32(borders, 100);
    const mass = shares(borders, draws);
    expect(mass.filter((share) => share > 0.02)).toHaveLength(2);
    expect(Math.max(...mass.filter((share) => share < 0.02))).toBeLessThan(1.1 * Math.min(...mass));
    const widths = borders.slice(1).map((border, k) => border - borders[k]);
    expect(Math.min(...widths)).toBeGreaterThan(0.4 * Math.max(...widths));
  });

  test('few distinct values: each has a bar, and spare bars fill the gaps evenly', () => {
    const borders = bordersFromDraws(
      draw('few', 1000, (random) => [0, 1, 2, 10][Math.floor(4 * random())]),
      40,
    );
    expectRisingFloat32(borders, 40);
    expect(new Set(createBars(borders).locate([0, 1, 2, 10]).bar).size).toBe(4);
    const widths = borders.slice(1).map((border, k) => border - borders[k]);
    expect(Math.max(...widths)).toBeLessThan(2.1 * Math.min(...widths));
    expectRisingFloat32(bordersFromDraws([3, 4], 1000), 1000);
  });

  test('any mixture of ties and clusters gives borders that rise as float32', () => {
    for (let seed = 0; seed < 150; seed++) {
      const random = seedrandom(`ties ${seed}`);
      const numBars = 3 + Math.floor(60 * random());
      const levels = 1 + Math.floor(300 * random());
      const decades = 8 * random();
      const shareOfAtom = random();
      const offset = random() < 0.5 ? 0 : 10 ** (6 * random());
      const draws = draw(
        `ties draws ${seed}`,
        10 + Math.floor(2000 * random()),
        (r) => offset + (r() < shareOfAtom ? 1 : Math.floor(levels * r()) * 10 ** (-decades * r())),
      );
      draws[0] = offset - 1; // never all equal
      const borders = bordersFromDraws(draws, numBars);
      expectRisingFloat32(borders, numBars);
      createBars(borders);
    }
  });

  test('neighbouring float32 numbers leave no room for more bars', () => {
    const ulp = 2 ** -23;
    const rising = [0, 1, 2, 3, 4, 5].map((i) => 1 + i * ulp);
    expectRisingFloat32(bordersFromDraws(rising, 5), 5);
    expect(() => bordersFromDraws(rising, 6)).toThrow(
      /^bordersFromDraws: expected draws that spread over at least 6 float32 numbers, got 1 to 1\.00000059\d*\. Widen/,
    );
  });

  test.each<[number[], number, string]>([
    [[], 5, 'bordersFromDraws: expected draws that differ, got none. Fix the prior'],
    [[3, 3, 3], 5, 'bordersFromDraws: expected draws that differ, got 3 equal to 3 in single precision. Fix the prior'],
    [[3, 3 + 1e-12], 5, 'got 2 equal to 3 in single precision.'],
    [[1, NaN, 2], 5, 'bordersFromDraws: expected draws that are finite as float32, got NaN. Fix the prior.'],
    [[1, -Infinity, 2], 5, 'got -Infinity.'],
    [[1, 1e39], 5, 'got Infinity.'],
    [[1, 2], 2, 'bordersFromDraws: expected a whole number of bars, at least 3, got 2.'],
    [[1, 2], 3.5, 'got 3.5.'],
  ])('refuses %j in %d bars', (draws, numBars, message) => {
    expect(() => bordersFromDraws(draws, numBars)).toThrow(message);
  });
});

describe('refusals', () => {
  test.each([
    [
      [0, 1, 2],
      'createBars: expected at least 4 borders (3 bars), got 3. Two of the bars are the tails; add inner ones.',
    ],
    [
      [0, 1, 1, 2],
      'createBars: expected finite, strictly rising borders, got 1 then 1 (borders 1 and 2). Sort them and drop repeats',
    ],
    [[0, 2, 1, 3], 'got 2 then 1 (borders 1 and 2).'],
    [[0, NaN, 1, 3], 'got 0 then NaN (borders 0 and 1).'],
    [[0, 1, 2, Infinity], 'got 2 then Infinity (borders 2 and 3).'],
    [[-1e308, 1e308, 1.1e308, 1.2e308], 'got -1e+308 then 1e+308 (borders 0 and 1).'],
  ])('borders %j', (borders, message) => {
    expect(() => createBars(borders)).toThrow(message);
  });

  const bars = createBars([0, 1, 2, 3]);

  test.each([
    [[1, 2], 'distribution: expected 3 logits, one per bar, got 2. Use the borders that the head was trained with.'],
    [[1, NaN, 2], 'distribution: expected numbers or -Infinity, at least one finite, got NaN (logit 1). Check'],
    [[1, 2, Infinity], 'got Infinity (logit 2).'],
    [[-Infinity, -Infinity, -Infinity], 'got only -Infinity.'],
  ])('logits %j', (logits, message) => {
    expect(() => bars.distribution(logits)).toThrow(message);
  });

  test('arguments', () => {
    const distribution = bars.distribution([0, 0, 0]);
    expect(() => bars.locate([1, NaN])).toThrow(
      'locate: expected finite values, got NaN (value 1). Remove such rows, or fix the prior.',
    );
    expect(() => distribution.icdf(1.2)).toThrow('icdf: expected a probability in [0, 1], got 1.2.');
    expect(() => distribution.icdf(NaN)).toThrow('got NaN.');
    expect(() => distribution.interval(90)).toThrow(
      'interval: expected a level between 0 and 1, got 90. Use 0.9 for 90 %.',
    );
    expect(() => distribution.expectedImprovement(-Infinity)).toThrow(
      'expectedImprovement: expected a finite value to improve on, got -Infinity.',
    );
    // @ts-expect-error for callers without types
    expect(() => distribution.expectedImprovement(1, 'max')).toThrow(
      "expectedImprovement: expected 'maximize' or 'minimize', got 'max'.",
    );
  });
});
