import { expect, test } from 'vitest';
import { shortNames } from '../../../cli/plot/plot-names.ts';

test('short names stay as they are', () => {
  expect(shortNames(['resnet', 'vit'], 10)).toEqual(['resnet', 'vit']);
});

test('a long name loses its middle', () => {
  expect(shortNames(['resnet50_lr0.1_seed7', 'vit'], 11)).toEqual(['resne…seed7', 'vit']);
});

test('names that would look alike lose what they share', () => {
  const names = ['0', '1', '2'].map((lr) => `transformer_large_lr0.${lr}_batch256_warmup2000`);
  expect(shortNames(names, 12)).toEqual(['…0…', '…1…', '…2…']);
  const seeds = ['a_seed1', 'b_seed1', 'a_seed2'].map((end) => `cifar100_resnet50_${end}`);
  expect(new Set(shortNames(seeds, 10)).size).toBe(3);
});

test('letters are not cut in half, and control characters are not kept', () => {
  expect(shortNames(['🚀🚀🚀🚀🚀🚀'], 5)).toEqual(['🚀🚀…🚀🚀']);
  expect(shortNames(['a\u0000b\nc', '\ud800'], 9)).toEqual(['a b c', '\ufffd']);
});
