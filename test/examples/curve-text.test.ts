import { describe, expect, it } from 'vitest';
import { curveOf } from '../../examples/browser/curve-text.ts';

describe('a curve that is pasted into the page', () => {
  it.each([
    ['values', '0.5\n0.6\n\n0.7\n', [1, 2, 3]],
    ['steps and values', '10, 0.5\n20, 0.6\n40, 0.7', [10, 20, 40]],
    ['lines without a value', '10,0.5\n15,\n20,0.6\n30,NaN\n40,0.7', [10, 20, 40]],
    ['a header, tabs and Windows line ends', 'epoch\tloss\r\n10\t0.5\r\n20\t0.6\r\n40\t0.7\r\n', [10, 20, 40]],
  ])('is read from %s', (_, text, steps) => {
    expect(curveOf(text)).toEqual({ steps, values: [0.5, 0.6, 0.7] });
  });

  it.each([
    ['1,0.5\n2,0.6,7', /^Line 2: expected a value, or a step and a value, got '2 0\.6 7'\.$/],
    ['0.5\nabout 0.6', /^Line 2: /],
    [',0.6', /^Line 1: /],
  ])('is refused with the line that is wrong', (text, message) => {
    expect(() => curveOf(text)).toThrow(message);
  });
});
