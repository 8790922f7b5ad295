import { expect, test } from 'vitest';
import { logTicks, numberText, ticks } from '../../../cli/plot/ticks.ts';

test('ticks are round numbers that cover the range', () => {
  expect(ticks(0.07, 0.71, 5).labels).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8']);
  expect(ticks(1, 100, 7).values).toEqual([0, 20, 40, 60, 80, 100]);
  expect(ticks(0.5, 0.52, 4).labels).toEqual(['0.500', '0.505', '0.510', '0.515', '0.520']);
});

test('large labels are short and small ones stay numbers', () => {
  expect(ticks(0, 1.2e6, 6).labels).toEqual(['0', '0.2M', '0.4M', '0.6M', '0.8M', '1.0M', '1.2M']);
  expect(ticks(10, 240_000, 5).labels).toEqual(['0', '50k', '100k', '150k', '200k', '250k']);
  expect(ticks(0, 3e9, 3).labels).toEqual(['0', '1B', '2B', '3B']);
  expect(ticks(0.00012, 0.00018, 3).labels).toEqual(['0.00012', '0.00014', '0.00016', '0.00018']);
  expect(ticks(1.2e-9, 1.8e-9, 3).labels).toEqual(['1.2e-9', '1.4e-9', '1.6e-9', '1.8e-9']);
  expect(ticks(-300, 0, 3).labels).toEqual(['-300', '-200', '-100', '0']);
});

test('labels that a suffix would make equal are written out', () => {
  expect(ticks(1_200_000, 1_200_010, 2).labels).toEqual(['1200000', '1200005', '1200010']);
});

test('ticks of a logarithmic axis: powers of ten, with numbers between where there is room', () => {
  expect(logTicks(0.8, 120, 10).labels).toEqual(['1', '2', '5', '10', '20', '50', '100']);
  expect(logTicks(0.8, 120, 5).labels).toEqual(['1', '3', '10', '30', '100']);
  expect(logTicks(1e-9, 1e9, 5).values).toEqual([1e-9, 1e-5, 0.1, 1e3, 1e7]);
  expect(logTicks(0.8, 120_000, 6).labels).toEqual(['1', '10', '100', '1000', '10k', '100k']);
});

test('ticks of a logarithmic axis within one decade are as on any other', () => {
  expect(logTicks(0.31, 0.46, 4).labels).toEqual(['0.35', '0.40', '0.45']);
});

test('a number is written to the digit that matters', () => {
  expect(numberText(0.73218, 0.001)).toBe('0.732');
  expect(numberText(12345.6, 7)).toBe('12346');
  expect(numberText(0.000123456, 1e-7)).toBe('0.0001235');
  expect(numberText(1.23456e-12, 1e-14)).toBe('1.23e-12');
  expect(numberText(-0.0001, 0.01)).toBe('0.00');
  expect(numberText(2.5e20, 1e18)).toBe('2.50e+20');
});
