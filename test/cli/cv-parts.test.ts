import { expect, test } from 'vitest';
import { cvParts } from '../../cli/cv-parts.ts';

const SIZES = { a: 3, b: 5, c: 32 };
const labels = Object.entries(SIZES).flatMap(([name, count]) => Array<string>(count).fill(name));

test('each row is asked for once, from the rows of all other parts', () => {
  const parts = cvParts(labels, false, 7, 3);
  expect(parts.flatMap(({ asked }) => asked).sort((a, b) => a - b)).toEqual([...labels.keys()]);
  for (const { known, asked } of parts) expect([...known, ...asked].sort((a, b) => a - b)).toEqual([...labels.keys()]);
});

test('no part has more rows of a class than another by two, whatever the seed', () => {
  for (let seed = 0; seed < 100; seed++) {
    const parts = cvParts(labels, false, 5, seed);
    for (const name of Object.keys(SIZES)) {
      const counts = parts.map(({ asked }) => asked.filter((row) => labels[row] === name).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  }
});

test('parts have numbers of all sizes: one of every so many neighbours', () => {
  const numbers = Array.from({ length: 40 }, (_, i) => String((i * 7) % 40));
  for (let seed = 0; seed < 20; seed++) {
    for (const { asked } of cvParts(numbers, true, 4, seed)) {
      const sorted = asked.map((row) => Number(numbers[row])).sort((a, b) => a - b);
      expect(sorted.map((value) => Math.floor(value / 4))).toEqual(Array.from({ length: 10 }, (_, i) => i));
    }
  }
});

test('another seed has other parts, the same seed the same', () => {
  const asked = (seed: number) => cvParts(labels, false, 5, seed).map((part) => part.asked);
  expect(asked(1)).toEqual(asked(1));
  expect(asked(2)).not.toEqual(asked(1));
});
