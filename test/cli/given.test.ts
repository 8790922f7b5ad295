import { expect, it } from 'vitest';
import { parseGiven } from '../../cli/given.ts';

it('--given reads values, ranges and choices', () => {
  expect(parseGiven('lengthScale=0.3, noise=0.01..0.1')).toEqual({ lengthScale: 0.3, noise: [0.01, 0.1] });
  expect(parseGiven('noise=1e-3')).toEqual({ noise: 0.001 });
  expect(parseGiven('kernel=matern32,numInputs=2')).toEqual({ kernel: 'matern32', numInputs: 2 });
});

it('--given comes as often as one likes, with each name once', () => {
  const first = parseGiven('lengthScale=0.3');
  expect(parseGiven('noise=0.1,kernel=rbf', first)).toEqual({ lengthScale: 0.3, noise: 0.1, kernel: 'rbf' });
  expect(parseGiven('toString=3')).toEqual({ toString: 3 }); // for the checkpoint to refuse
  for (const again of ['lengthScale=1', 'noise=0.2,noise=0.1']) {
    expect(() => parseGiven(again, first)).toThrow(/^--given must have each name once, got \w+ twice\.$/);
  }
});

it.each(['noise', 'noise=', '=3', 'noise=0', 'noise=-1', 'noise=0.1..', 'noise=0.2..0.1', 'noise=1=2', 'a=1..2..3'])(
  '--given refuses %s',
  (text) => {
    expect(() => parseGiven(text)).toThrow(/^--given must be name=value, name=low\.\.high or name=choice, .*got '/);
  },
);
