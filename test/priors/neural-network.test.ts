import { describe, expect, it, test } from 'vitest';
import { type Architecture, createNetwork, networkTarget } from '../../priors/exact/neural-network-target.ts';
import { conditionNormal } from '../../priors/linear-algebra.ts';
import { type NeuralNetworkOptions, neuralNetwork } from '../../priors/neural-network.ts';
import { normals, randomStream } from '../../priors/random.ts';

const { exp, sqrt, tanh } = Math;
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

function expectMean(values: readonly number[], expected: number): void {
  const center = mean(values);
  const variance = mean(values.map((value) => (value - center) ** 2));
  expect(Math.abs(center - expected)).toBeLessThan(5 * sqrt(variance / values.length));
}

const architecture: Architecture = {
  numFeatures: 2,
  width: 5,
  depth: 1,
  activation: 'tanh',
  weightScale: 1.3,
  biasScale: 0.6,
  outputScale: 0.9,
  match: 'gp',
};

describe('a network', () => {
  it('is the formula by hand, with parameters unit by unit and biases last', () => {
    const { size, scales, forward } = createNetwork({ ...architecture, width: 2 });
    expect(size).toBe(9);
    const hidden = [1.3 / sqrt(2), 1.3 / sqrt(2), 0.6];
    const output = [0.9 / sqrt(2), 0.9 / sqrt(2), 0.9 * 0.6];
    [...hidden, ...hidden, ...output].forEach((scale, k) => {
      expect(scales[k]).toBeCloseTo(scale, 15);
    });
    const weights = Float64Array.of(0.1, 0.2, 0.3, -0.4, 0.5, -0.6, 0.7, 0.8, 0.9);
    const [x1, x2] = [2, -3];
    const expected = 0.7 * tanh(0.1 * x1 + 0.2 * x2 + 0.3) + 0.8 * tanh(-0.4 * x1 + 0.5 * x2 - 0.6) + 0.9;
    expect(forward(weights, [9, 9, x1, x2], 1)).toBeCloseTo(expected, 14);
  });

  it.each([
    ['tanh', 0, 'gp'],
    ['tanh', 1, 'none'],
    ['tanh', 2, 'gp'],
    ['gelu', 3, 'none'],
    ['relu', 2, 'gp'],
  ] as const)('of %s units and depth %d has the gradient of finite differences (%s)', (activation, depth, match) => {
    const network = createNetwork({ ...architecture, activation, depth, match });
    const gauss = normals(randomStream('gradient', depth));
    const draw = (length: number) => Float64Array.from({ length }, gauss);
    const target = networkTarget(network, 0.7, { numContext: 3, contextX: draw(6), contextY: draw(3) });
    const z = draw(network.size);
    const gradient = new Float64Array(network.size);
    const unused = new Float64Array(network.size);
    target(z, gradient);
    for (let k = 0; k < network.size; k++) {
      const at = (step: number) =>
        target(
          Float64Array.from(z, (value, j) => value + (j === k ? step : 0)),
          unused,
        );
      expect(gradient[k]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 6);
    }
  });

  it('has the log posterior of its data: half squares of z and of the residuals over the noise', () => {
    const network = createNetwork({ ...architecture, numFeatures: 1, depth: 0 });
    const target = networkTarget(network, 0.5, { numContext: 2, contextX: [1, -2], contextY: [0.3, 0.4] });
    // f(x) = 0.9 z0 x + 0.54 z1
    const log = target(Float64Array.of(1, -1), new Float64Array(2));
    const residuals = (0.3 - 0.36) ** 2 + (0.4 + 1.8 + 0.54) ** 2;
    expect(log).toBeCloseTo(-(1 + 1 + residuals / 0.25) / 2, 13);
  });
});

describe('draws of a random network', () => {
  /** One target of each data set. */
  const targets = (options: NeuralNetworkOptions, numDatasets: number) => [
    ...neuralNetwork(options).sample(randomStream('draws'), { numDatasets, numContext: 0, numQuery: 1 }).queryY,
  ];
  const squares = (options: NeuralNetworkOptions, numDatasets: number) =>
    targets(options, numDatasets).map((y) => y * y);

  it('have the variance of their formula whatever the width, and f that of the header by default', () => {
    // E[h^2] of tanh(2 w x + 0.7 b), integrated over x and over the normal sum of weight and bias.
    let [sum, norm] = [0, 0];
    for (let x = -8; x < 8; x += 0.05) {
      for (let u = -8; u < 8; u += 0.05) {
        const weight = exp(-(x * x + u * u) / 2);
        norm += weight;
        sum += weight * tanh(sqrt(4 * x * x + 0.49) * u) ** 2;
      }
    }
    const square = sum / norm;
    expect(square).toBeCloseTo(0.54, 2);
    for (const width of [1, 16, 100]) expectMean(squares({ width }, 8000), square + 0.49 + 0.01);
  });

  it('of relu units keep the variance of x through the layers where weights have variance 2', () => {
    const relu = { activation: 'relu', depth: 3, weightScale: sqrt(2), biasScale: 0, noise: 0.1 } as const;
    // Each layer halves the square and doubles it; the output has no layer to double it for.
    expectMean(squares({ ...relu, outputScale: 3, width: 12 }, 6000), 9 + 0.01);
    expectMean(squares({ ...relu, width: 20, numFeatures: 4 }, 6000), 1 + 0.01);
    // Without a match each layer multiplies by its fan-in.
    expectMean(squares({ ...relu, match: 'none', width: 4, depth: 1, numFeatures: 3 }, 6000), 4 * 3 + 0.01);
  });

  it('have standard normal inputs, or uniform ones on [-1, 1]', () => {
    const inputs = (options: NeuralNetworkOptions) => [
      ...neuralNetwork(options).sample(randomStream('inputs'), { numDatasets: 200, numContext: 20, numQuery: 0 })
        .contextX,
    ];
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

  it('are noisy versions of one function in context and query', () => {
    const options = { noise: 1e-3, depth: 0 } as const; // a line goes through all rows
    const { contextX, contextY, queryX, queryY } = neuralNetwork(options).sample(randomStream('one'), {
      numDatasets: 1,
      numContext: 2,
      numQuery: 5,
    });
    const slope = (contextY[1] - contextY[0]) / (contextX[1] - contextX[0]);
    queryX.forEach((x, i) => {
      expect(Math.abs(contextY[0] + slope * (x - contextX[0]) - queryY[i])).toBeLessThan(0.05);
    });
  });
});

describe('the MCMC posterior of a network', () => {
  const contextX = [-1.2, -0.3, 0.4, 1.1];
  const contextY = [0.8, 0.1, -0.4, 0.3];
  const queryX = [-2, 0, 0.7, 3];
  const observed = { numContext: 4, numQuery: 4, contextX, contextY, queryX };

  it('without hidden layers is that of Bayesian linear regression', () => {
    const options = { depth: 0, outputScale: 0.9, biasScale: 0.5, noise: 0.4 } as const;
    const answers = neuralNetwork(options).exact!.predict(observed, randomStream('line'));
    // Precision of (slope, intercept): prior 1 / 0.9^2 and 1 / 0.45^2, plus the sums of squares over the noise variance.
    const sum = (of: (i: number) => number) => contextX.reduce((total, _, i) => total + of(i), 0) / 0.16;
    const p11 = 1 / 0.81 + sum((i) => contextX[i] ** 2);
    const p12 = sum((i) => contextX[i]);
    const p22 = 1 / 0.2025 + 4 / 0.16;
    const [b1, b2] = [sum((i) => contextX[i] * contextY[i]), sum((i) => contextY[i])];
    const determinant = p11 * p22 - p12 ** 2;
    const slope = (p22 * b1 - p12 * b2) / determinant;
    const intercept = (p11 * b2 - p12 * b1) / determinant;
    queryX.forEach((x, i) => {
      const variance = (p22 * x * x - 2 * p12 * x + p11) / determinant;
      // 1600 samples, worth about 1000 independent ones.
      expect(Math.abs(answers[i].mean - (slope * x + intercept))).toBeLessThan(5 * sqrt(variance / 1000));
      expect(Math.abs((answers[i].variance - 0.16) / variance - 1)).toBeLessThan(5 * sqrt(2 / 1000));
    });
  });

  it('with hidden layers is that of prior draws weighted by their likelihood', () => {
    const options = { width: 3, depth: 1, noise: 0.4 } as const;
    const prior = neuralNetwork(options);
    const answers = prior.exact!.predict(observed, randomStream('hidden'));
    const { size, scales, forward } = createNetwork(prior.options as unknown as Architecture);
    const gauss = normals(randomStream('importance'));
    const weights = new Float64Array(size);
    const sums = queryX.map(() => ({ first: 0, second: 0 }));
    let [norm, squares] = [0, 0];
    for (let draw = 0; draw < 200_000; draw++) {
      for (let k = 0; k < size; k++) weights[k] = scales[k] * gauss();
      const log = contextX.reduce((total, _, i) => total - (contextY[i] - forward(weights, contextX, i)) ** 2, 0);
      const weight = exp(log / (2 * 0.16));
      norm += weight;
      squares += weight ** 2;
      queryX.forEach((_, i) => {
        const value = forward(weights, queryX, i);
        sums[i].first += weight * value;
        sums[i].second += weight * value ** 2;
      });
    }
    expect(norm ** 2 / squares).toBeGreaterThan(5000); // as good as that many draws of the posterior
    answers.forEach((answer, i) => {
      const expected = sums[i].first / norm;
      const variance = sums[i].second / norm - expected ** 2;
      expect(Math.abs(answer.mean - expected)).toBeLessThan(5 * sqrt(variance / 1000));
      expect(Math.abs((answer.variance - 0.16) / variance - 1)).toBeLessThan(5 * sqrt(3 / 1000));
    });
  });

  it('of nothing observed is the prior', () => {
    const nothing = { numContext: 0, numQuery: 1, contextX: [], contextY: [], queryX: [1] };
    const options = { activation: 'relu', width: 6, weightScale: 1, biasScale: 1, outputScale: 2 } as const;
    const [answer] = neuralNetwork(options).exact!.predict(nothing, randomStream('nothing'));
    // 4 (E[relu(N(0, 2))^2] + 1), plus the noise.
    const variance = 4 * 2 + 0.01;
    expect(Math.abs(answer.mean)).toBeLessThan(5 * sqrt(variance / 1000));
    expect(Math.abs(answer.variance / variance - 1)).toBeLessThan(5 * sqrt(4 / 1000));
  });

  it('is the same from the same stream', () => {
    const { exact } = neuralNetwork({ width: 2 });
    const answer = () => exact!.predict(observed, randomStream('same')).map((each) => [each.mean, each.variance]);
    expect(answer()).toEqual(answer());
  });
});

test('options are checked', () => {
  expect(neuralNetwork({ width: 8 }).options).toEqual({
    numFeatures: 1,
    maxRows: 110,
    width: 8,
    depth: 1,
    activation: 'tanh',
    weightScale: 2,
    biasScale: 0.7,
    outputScale: 1,
    noise: 0.1,
    inputs: 'normal',
    match: 'gp',
  });
  const refusal = (options: object) => expect(() => neuralNetwork(options));
  refusal({ numStep: 3 }).toThrow(
    new TypeError(
      'neural-network: expected only numFeatures, maxRows, width, depth, activation, weightScale, biasScale, outputScale, ' +
        "noise, inputs, match, got 'numStep'. Remove or correct it.",
    ),
  );
  refusal({ numFeatures: 0 }).toThrow('neural-network: numFeatures must be a whole number from 1 to 10, got 0.');
  refusal({ depth: 1.5 }).toThrow('neural-network: depth must be a whole number from 0 to 8, got 1.5.');
  refusal({ noise: 0 }).toThrow('neural-network: noise must be a number above 0, got 0.');
  refusal({ weightScale: -1 }).toThrow('neural-network: weightScale must be a number of at least 0, got -1.');
  refusal({ activation: 'sine' }).toThrow('neural-network: activation must be one of tanh, relu, gelu, got "sine".');
  refusal({ match: 'ntk' }).toThrow('neural-network: match must be one of gp, none, got "ntk".');
  const shape = { numDatasets: 1, numContext: 6, numQuery: 4 };
  expect(() => neuralNetwork({ maxRows: 9 }).sample(randomStream(1), shape)).toThrow(
    'neural-network: expected at most 9 rows, got 6 context + 4 query rows. Ask for fewer, or raise maxRows.',
  );
});

test('the law of the query targets is the posterior of the output weights given the hidden layers: a Gaussian process of their units', () => {
  // Without hidden layers f(x) = v x + c, a Gaussian process with covariance outputScale^2 (x x' + biasScale^2), whatever else is drawn.
  const options = { depth: 0, outputScale: 1.5, biasScale: 0.4, noise: 0.2 } as const;
  const shape = { numDatasets: 3, numContext: 4, numQuery: 2 };
  const { contextX, contextY, queryX, queryLaw } = neuralNetwork(options).sample(randomStream('law'), shape);
  for (let b = 0; b < 3; b++) {
    const x = [...contextX.subarray(4 * b, 4 * b + 4), ...queryX.subarray(2 * b, 2 * b + 2)];
    const covariance = Float64Array.from({ length: 36 }, (_, at) => {
      const [i, j] = [Math.floor(at / 6), at % 6];
      return 1.5 ** 2 * (x[i] * x[j] + 0.4 ** 2) + (i === j ? 0.2 ** 2 : 0);
    });
    const { means, variances } = conditionNormal(covariance, 6, contextY.subarray(4 * b, 4 * b + 4));
    for (let q = 0; q < 2; q++) {
      expect(queryLaw!.mean[2 * b + q]).toBeCloseTo(means[q], 5);
      expect(queryLaw!.sd[2 * b + q]).toBeCloseTo(sqrt(variances[q]), 5);
    }
  }
});
