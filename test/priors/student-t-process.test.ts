import { describe, expect, it, test } from 'vitest';
import { conditionNormal, logDeterminant } from '../../priors/linear-algebra.ts';
import type { Observed } from '../../priors/prior.ts';
import { normals, randomStream } from '../../priors/random.ts';
import { fillNetworkCovariance, type StudentTProcessOptions, studentTProcess } from '../../priors/student-t-process.ts';

const { exp, sqrt, PI } = Math;
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The mean of the values is within 4.5 standard errors of the expected one. */
function expectMean(values: readonly number[], expected: number): void {
  const error = sqrt(mean(values.map((value) => (value - expected) ** 2)) / values.length);
  expect(Math.abs(mean(values) - expected)).toBeLessThan(4.5 * error);
}

/** The kernel of two rows. */
function kernelAt(
  a: readonly number[],
  b: readonly number[],
  depth: number,
  weightVariance: number,
  biasVariance: number,
) {
  const covariance = new Float64Array(4);
  const options = { numFeatures: a.length, depth, weightVariance, biasVariance };
  fillNetworkCovariance(covariance, Float64Array.of(...a, ...b), 2, options);
  return { ofA: covariance[0], ofBoth: covariance[2], ofB: covariance[3] };
}

describe('the kernel of infinitely wide ReLU networks', () => {
  it('of one layer without biases has the values of the arc-cosine kernel', () => {
    // |x||x'| (sin t + (pi - t) cos t) / (2 pi) at angles of 0, 60, 90 and 180 degrees, times weightVariance^2 / F.
    const at = (b: readonly number[]) => kernelAt([3, 0], b, 1, 1.5, 0).ofBoth;
    const factor = (1.5 ** 2 / 2) * 3 * 2;
    expect(at([2, 0])).toBeCloseTo(factor / 2, 12);
    expect(at([1, sqrt(3)])).toBeCloseTo((factor * (sqrt(3) / 2 + PI / 3)) / (2 * PI), 12);
    expect(at([0, 2])).toBeCloseTo(factor / (2 * PI), 12);
    expect(at([-2, 0])).toBeCloseTo(0, 12);
    expect(at([0, 0])).toBe(0);
  });

  it.each([1, 2, 3])('of depth %i is the covariance of relu at the layer below, by integration', (depth) => {
    const [weightVariance, biasVariance] = [1.7, 0.3];
    const [a, b] = [
      [0.5, -1.2],
      [1.1, 0.4],
    ];
    const below =
      depth === 1
        ? { ofA: 0.3 + 0.85 * (0.25 + 1.44), ofBoth: 0.3 + 0.85 * (0.55 - 0.48), ofB: 0.3 + 0.85 * (1.21 + 0.16) }
        : kernelAt(a, b, depth - 1, weightVariance, biasVariance);
    // E[relu(u) relu(v)] over two correlated normals, by the midpoint rule.
    const [su, slope] = [sqrt(below.ofA), below.ofBoth / sqrt(below.ofA)];
    const rest = sqrt(below.ofB - slope * slope);
    const step = 0.02;
    let sum = 0;
    for (let z = -8 + step / 2; z < 8; z += step) {
      if (z < 0) continue;
      for (let w = -8 + step / 2; w < 8; w += step) {
        sum += su * z * Math.max(0, slope * z + rest * w) * exp(-(z * z + w * w) / 2);
      }
    }
    const expected = biasVariance + (weightVariance * sum * step * step) / (2 * PI);
    expect(kernelAt(a, b, depth, weightVariance, biasVariance).ofBoth).toBeCloseTo(expected, 3);
  });

  it('keeps variances as they are with weight variance 2 and no biases', () => {
    const { ofA } = kernelAt([0.3, -0.8, 2], [1, 1, 1], 4, 2, 0);
    expect(ofA).toBeCloseTo((2 * (0.09 + 0.64 + 4)) / 3, 12);
  });

  it('is the covariance of wide networks', () => {
    const gauss = normals(randomStream('network'));
    const [width, biasVariance, weightVariance] = [40, 0.5, 2];
    const [a, b] = [-0.7, 1.3];
    const products = Array.from({ length: 4000 }, () => {
      let [outA, outB] = [0, 0];
      for (let unit = 0; unit < width; unit++) {
        const [w, bias, v] = [sqrt(weightVariance) * gauss(), sqrt(biasVariance) * gauss(), gauss()];
        outA += v * Math.max(0, w * a + bias);
        outB += v * Math.max(0, w * b + bias);
      }
      const bias = sqrt(biasVariance) * gauss();
      const scale = sqrt(weightVariance / width);
      return (scale * outA + bias) * (scale * outB + bias);
    });
    expectMean(products, kernelAt([a], [b], 1, weightVariance, biasVariance).ofBoth);
  });
});

const sampled = (options: StudentTProcessOptions, numDatasets: number, numContext: number, numQuery: number) => {
  const prior = studentTProcess(options);
  const batch = prior.sample(randomStream('sample'), { numDatasets, numContext, numQuery });
  const numFeatures = prior.numFeatures;
  return Array.from({ length: numDatasets }, (_, b) => ({
    numContext,
    numQuery,
    contextX: batch.contextX.subarray(b * numContext * numFeatures, (b + 1) * numContext * numFeatures),
    contextY: batch.contextY.subarray(b * numContext, (b + 1) * numContext),
    queryX: batch.queryX.subarray(b * numQuery * numFeatures, (b + 1) * numQuery * numFeatures),
    queryY: batch.queryY.subarray(b * numQuery, (b + 1) * numQuery),
  }));
};

describe('draws of a Student t process', () => {
  it('have the covariance of the kernel times the mean of the inverse gamma', () => {
    const options = { shape: 6, scale: 3, noise: 0.4, numFeatures: 2 };
    const excess: number[][] = [[], [], []];
    for (const { contextX, contextY, queryX, queryY } of sampled(options, 8000, 1, 1)) {
      const { ofA, ofBoth, ofB } = kernelAt([...contextX], [...queryX], 2, 2, 0.5);
      const factor = 3 / 5; // scale / (shape - 1)
      excess[0].push(contextY[0] * queryY[0] - factor * ofBoth);
      excess[1].push(contextY[0] ** 2 - factor * (ofA + 0.16));
      excess[2].push(queryY[0] ** 2 - factor * (ofB + 0.16));
    }
    for (const values of excess) expectMean(values, 0);
  });

  it('have standard normal inputs, or uniform ones on [-1, 1]', () => {
    const inputs = (options: StudentTProcessOptions) =>
      sampled(options, 400, 0, 20).flatMap(({ queryX }) => [...queryX]);
    expectMean(
      inputs({}).map((x) => x * x),
      1,
    );
    const uniform = inputs({ inputs: 'uniform' });
    expect(Math.max(...uniform.map(Math.abs))).toBeLessThanOrEqual(1);
    expectMean(
      uniform.map((x) => x * x),
      1 / 3,
    );
  });
});

const predict = (options: StudentTProcessOptions, observed: Observed) =>
  studentTProcess(options).exact!.predict(observed, () => 0.5);

describe('the exact posterior of a Student t process', () => {
  const options = { shape: 1.5, scale: 0.8, noise: 0.3, numFeatures: 2 };
  const [first] = sampled(options, 1, 4, 3);

  it('is the integral of the normal posteriors over the scale v', () => {
    const { numContext, numQuery, contextX, contextY, queryX } = first;
    const numRows = numContext + numQuery;
    const covariance = new Float64Array(numRows * numRows);
    const x = Float64Array.of(...contextX, ...queryX);
    fillNetworkCovariance(covariance, x, numRows, { numFeatures: 2, depth: 2, weightVariance: 2, biasVariance: 0.5 });
    for (let i = 0; i < numRows; i++) covariance[i * numRows + i] += 0.09;
    const { means, variances, squares } = conditionNormal(covariance, numRows, contextY);
    const logDet = logDeterminant(covariance, numContext, numRows);
    const answers = predict(options, first);
    for (let q = 0; q < numQuery; q++) {
      for (const y of [-3, -0.5, 0, 1.1, 4]) {
        let [joint, total] = [0, 0];
        for (let t = -12; t < 15; t += 0.005) {
          const v = exp(t);
          // Inverse gamma density of v, times v for t = ln v, times the normal density of the context.
          const weight = exp(-1.5 * t - 0.8 / v - (numContext * t + logDet + squares / v) / 2);
          total += weight;
          joint += (weight * exp(-((y - means[q]) ** 2) / (2 * v * variances[q]))) / sqrt(2 * PI * v * variances[q]);
        }
        expect(answers[q].logDensity(y)).toBeCloseTo(Math.log(joint / total), 8);
      }
    }
  });

  it('of nothing observed is the prior: Student t with 2 shape degrees of freedom', () => {
    const nothing = { numContext: 0, contextX: [], contextY: [] };
    const [answer] = predict({ ...options, shape: 0.5 }, { ...nothing, numQuery: 1, queryX: [0.4, -0.2] });
    // One degree of freedom is Cauchy; the scale is sqrt(2 * 0.8 * (K + s^2)).
    const scale = sqrt(1.6 * (kernelAt([0.4, -0.2], [0, 0], 2, 2, 0.5).ofA + 0.09));
    expect(answer.mean).toBe(0);
    expect(answer.cdf(scale)).toBeCloseTo(0.75, 10);
    expect(answer.logDensity(2 * scale)).toBeCloseTo(-Math.log(PI * scale * 5), 10);
  });

  it('obeys the chain rule: in any order, log densities one by one add up to the same', () => {
    const chain = (order: readonly number[]) => {
      const x = order.flatMap((i) => [first.contextX[2 * i], first.contextX[2 * i + 1]]);
      const y = order.map((i) => first.contextY[i]);
      return order.reduce((sum, _, i) => {
        const queryX = x.slice(2 * i, 2 * i + 2);
        const [answer] = predict(options, { numContext: i, numQuery: 1, contextX: x, contextY: y, queryX });
        return sum + answer.logDensity(y[i]);
      }, 0);
    };
    expect(chain([2, 0, 3, 1])).toBeCloseTo(chain([0, 1, 2, 3]), 10);
  });

  it('is calibrated: its distribution function at the targets is uniform', () => {
    const transforms = sampled(options, 2000, 3, 1).map((observed) =>
      predict(options, observed)[0].cdf(observed.queryY[0]),
    );
    expectMean(transforms, 1 / 2);
    expectMean(
      transforms.map((p) => (p - 1 / 2) ** 2),
      1 / 12,
    );
    for (let tenth = 0; tenth < 10; tenth++) {
      expectMean(
        transforms.map((p) => (Math.floor(10 * p) === tenth ? 1 : 0)),
        0.1,
      );
    }
  });

  it('is wider where the observed targets are larger', () => {
    const larger = { ...first, contextY: first.contextY.map((y) => 10 * y) };
    const [small, large] = [predict(options, first)[0], predict(options, larger)[0]];
    expect(large.variance).toBeGreaterThan(5 * small.variance);
    expect(large.mean).toBeCloseTo(10 * small.mean, 5);
  });
});

test('options are checked, defaults filled in, and survive JSON', () => {
  const prior = studentTProcess({ numFeatures: 2 });
  expect(prior.options).toEqual({
    numFeatures: 2,
    maxRows: 110,
    depth: 2,
    weightVariance: 2,
    biasVariance: 0.5,
    noise: 0.1,
    shape: 2,
    scale: 1,
    inputs: 'normal',
  });
  const shape = { numDatasets: 2, numContext: 3, numQuery: 4 };
  const again = studentTProcess(JSON.parse(JSON.stringify(prior.options)));
  expect(again.sample(randomStream(1), shape)).toEqual(prior.sample(randomStream(1), shape));
  const refusal = (options: object) => expect(() => studentTProcess(options));
  refusal({ numStep: 3 }).toThrow(
    new TypeError(
      'student-t-process: expected only numFeatures, maxRows, depth, weightVariance, biasVariance, noise, shape, scale, ' +
        "inputs, got 'numStep'. Remove or correct it.",
    ),
  );
  refusal({ depth: 5 }).toThrow('student-t-process: depth must be a whole number from 1 to 4, got 5.');
  refusal({ numFeatures: 0 }).toThrow('student-t-process: numFeatures must be a whole number from 1 to 10, got 0.');
  refusal({ shape: 0.4 }).toThrow('student-t-process: shape must be a number of at least 0.5, got 0.4.');
  refusal({ scale: 0 }).toThrow('student-t-process: scale must be a number above 0, got 0.');
  refusal({ noise: 0 }).toThrow('student-t-process: noise must be a number of at least 1e-4, got 0.');
  refusal({ weightVariance: Infinity }).toThrow('got Infinity.');
  refusal({ inputs: 'gauss' }).toThrow("student-t-process: inputs must be 'normal' or 'uniform', got \"gauss\".");
  expect(() => studentTProcess({ maxRows: 9 }).sample(randomStream(1), { ...shape, numContext: 6 })).toThrow(
    'student-t-process: expected at most 9 rows, got 6 context + 4 query rows. Ask for fewer, or raise maxRows.',
  );
});
