import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import { categorical } from '../../model/categorical.ts';

describe('categorical', () => {
  test('odds of 1 : 2 : 5', () => {
    const { probabilities, argmax, entropy, logProbability } = categorical([Math.log(1), Math.log(2), Math.log(5)]);
    [0.125, 0.25, 0.625].forEach((p, label) => {
      expect(probabilities[label]).toBeCloseTo(p, 14);
      expect(logProbability(label)).toBeCloseTo(Math.log(p), 14);
    });
    expect(argmax).toBe(2);
    // 1/8 log 8 + 1/4 log 4 + 5/8 log(8/5)
    expect(entropy).toBeCloseTo(Math.log(8) / 8 + Math.log(4) / 4 + (5 * Math.log(1.6)) / 8, 14);
  });

  test('outputs beyond the first C classes take no part', () => {
    const restricted = categorical([1, 3, 2, 99, NaN], 3);
    expect(restricted).toMatchObject({ argmax: 1 });
    expect(restricted.probabilities).toEqual(categorical([1, 3, 2]).probabilities);
    for (const wrong of [3, -1, 1.5]) {
      expect(() => restricted.logProbability(wrong)).toThrow(
        `logProbability: expected a class from 0 to 2, got ${wrong}.`,
      );
    }
  });

  test('a common shift of the logits changes nothing, and probabilities sum to 1', () => {
    const random = seedrandom('categorical');
    for (let trial = 0; trial < 100; trial++) {
      const logits = Array.from({ length: 1 + Math.floor(random() * 10) }, () => 20 * random() - 10);
      const plain = categorical(logits);
      const shifted = categorical(logits.map((logit) => logit + 700));
      expect(plain.probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 14);
      plain.probabilities.forEach((p, label) => {
        expect(shifted.probabilities[label]).toBeCloseTo(p, 12);
      });
      expect(plain.entropy).toBeLessThanOrEqual(Math.log(logits.length) + 1e-14);
    }
  });

  test('logits far apart', () => {
    const { probabilities, entropy, logProbability } = categorical([0, 5000, -Infinity]);
    expect([...probabilities]).toEqual([0, 1, 0]);
    expect([0, 1, 2].map(logProbability)).toEqual([-5000, 0, -Infinity]);
    expect(entropy).toBe(0);
    expect(categorical([3]).entropy).toBe(0);
  });

  test.each([
    [[], undefined, 'categorical: expected 1 to 0 classes, as the head has outputs, got 0.'],
    [
      [1, 2],
      3,
      'categorical: expected 1 to 2 classes, as the head has outputs, got 3. Use a checkpoint for more classes.',
    ],
    [[1, 2], 1.5, 'categorical: expected 1 to 2 classes, as the head has outputs, got 1.5.'],
    [[1, NaN], undefined, 'categorical: expected numbers or -Infinity, at least one finite, got 1, NaN. Check'],
    [[1, Infinity], undefined, 'got 1, Infinity.'],
    [[-Infinity, -Infinity, 4], 2, 'got -Infinity, -Infinity.'],
  ])('refuses %j, %s', (logits, numClasses, message) => {
    expect(() => categorical(logits, numClasses)).toThrow(message);
  });
});
