import { expect, it } from 'vitest';
import { expOfNegative } from '../../model/exponential.ts';

it('is Math.exp to 1e-15 of the value, from 0 down to where doubles end', () => {
  let worst = 0;
  // Math.exp itself is right to one unit in the last place.
  for (let i = 0; i <= 200_000; i++) {
    const x = -708 * (i / 200_000) ** 3;
    worst = Math.max(worst, Math.abs(expOfNegative(x) / Math.exp(x) - 1));
  }
  expect(worst).toBeLessThan(1e-15);
});

it.each([0, -0, -1e-300, -709, -740, -746, -1e9, -Infinity, NaN])('is Math.exp at %s', (x) => {
  expect(expOfNegative(x)).toBe(Math.exp(x));
});
