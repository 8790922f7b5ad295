import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorLine, exitCode, UsageError } from '../../cli/errors.ts';
import { finiteNumber, numberList, oneOf, pointsOrShare, wholeNumber } from '../../cli/options.ts';
import { writeFileAtomic } from '../../train/write-file.ts';

test('an error is one line, whatever was thrown', () => {
  expect(errorLine('pfn extrapolate', new Error('a\n  b\n'))).toBe('pfn extrapolate: a b');
  expect(errorLine('pfn extrapolate', new RangeError('extrapolate: no.'))).toBe('pfn extrapolate: no.');
  expect(errorLine('pfn', 'text')).toBe('pfn: text');
  expect(errorLine('pfn', new Error())).toBe('pfn: failed without a message; PFN_DEBUG=1 shows the stack.');
});

test('a wrong call is 2, any other failure 1', () => {
  expect(exitCode(new UsageError('x'))).toBe(2);
  expect(exitCode(new Error('x'))).toBe(1);
  expect(exitCode('x')).toBe(1);
});

test('options are parsed or refused with what was expected and what came', () => {
  expect(wholeNumber('--n', 1, 9)('7')).toBe(7);
  expect(() => wholeNumber('--n', 1, 9)('10')).toThrow(
    new UsageError("--n must be a whole number from 1 to 9, got '10'."),
  );
  expect(() => wholeNumber('--n', 1, Infinity)('')).toThrow(
    new UsageError("--n must be a whole number of at least 1, got ''."),
  );
  expect(finiteNumber('--x')('-1e-3')).toBe(-0.001);
  expect(() => finiteNumber('--x')('x')).toThrow(new UsageError("--x must be a number, got 'x'."));
  expect(numberList('--q', 0, 1)('0.9, 0.1,0.9')).toEqual([0.1, 0.9]);
  expect(() => numberList('--q', 0, 1)('0.5,,1')).toThrow(
    new UsageError("--q must be numbers between 0 and 1 with commas between, got '0.5,,1'."),
  );
  expect(pointsOrShare('--o')('20')).toBe(20);
  expect(pointsOrShare('--o')('20%')).toBe('20%');
  for (const wrong of ['', '%', '0', '2.5', '101%', 'x']) expect(() => pointsOrShare('--o')(wrong)).toThrow(UsageError);
  expect(() => oneOf('--d', ['cpu', 'cuda'])('tpu')).toThrow(
    new UsageError("--d must be one of cpu, cuda, got 'tpu'."),
  );
});

test('a file is written whole or not at all', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
  try {
    const path = join(folder, 'a.svg');
    writeFileAtomic(path, 'first');
    writeFileAtomic(path, 'second');
    expect(readFileSync(path, 'utf8')).toBe('second');
    expect(readdirSync(folder)).toEqual(['a.svg']);
    const nowhere = join(folder, 'no', 'b.svg');
    expect(() => writeFileAtomic(nowhere, 'x')).toThrow(
      new Error(`${nowhere}: cannot be written (ENOENT). Check folder and permissions.`),
    );
    expect(existsSync(nowhere)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
