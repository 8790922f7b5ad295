import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkOutputs } from '../../cli/check-outputs.ts';
import { errorLine, exitCode, UsageError } from '../../cli/errors.ts';
import { checkDraws, fileOf, finiteNumber, numberList, oneOf, pointsOrShare, wholeNumber } from '../../cli/options.ts';
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
  for (const wrong of ['x', '', ' ', 'Infinity']) {
    expect(() => finiteNumber('--x')(wrong)).toThrow(new UsageError(`--x must be a number, got '${wrong}'.`));
  }
  expect(numberList('--q', 0, 1)('0.9, 0.1,0.9')).toEqual([0.1, 0.9]);
  for (const wrong of ['0.5,1', '0,0.5']) expect(() => numberList('--q', 0, 1)(wrong)).toThrow(UsageError);
  expect(() => numberList('--q', 0, 1)('0.5,,1')).toThrow(
    new UsageError("--q must be numbers between 0 and 1 with commas between, got '0.5,,1'."),
  );
  expect(pointsOrShare('--o')('20')).toBe(20);
  expect(pointsOrShare('--o')('20%')).toBe('20%');
  for (const wrong of ['', '%', '0', '2.5', '101%', 'x']) expect(() => pointsOrShare('--o')(wrong)).toThrow(UsageError);
  expect(() => oneOf('--d', ['cpu', 'cuda'])('tpu')).toThrow(
    new UsageError("--d must be one of cpu, cuda, got 'tpu'."),
  );
  expect(fileOf('--plot', 'svg', 'html')('A.SVG')).toBe('A.SVG');
  expect(() => fileOf('--plot', 'svg', 'html')('a.png')).toThrow(
    new UsageError("--plot writes SVG or HTML, so its file must end in .svg or .html, got 'a.png'."),
  );
});

test('draws that go into no picture and no JSON must be enough to tell when a target is reached', () => {
  const few =
    '--draws: from 100 on they tell when --target is reached, fewer are in the picture and in the JSON. Ask for more, or add --plot or --json.';
  expect(() => checkDraws({ draws: 99, target: 1 })).toThrow(new UsageError(few));
  for (const fine of [{ draws: 100, target: 1 }, { draws: 1, json: true }, { draws: 1, plot: 'a.svg' }, {}])
    expect(() => checkDraws(fine)).not.toThrow();
  expect(() => checkDraws({ draws: 500 })).toThrow('--draws: they are in the picture and in the JSON.');
});

test('colours are those of a picture', () => {
  expect(() => checkOutputs([], { theme: 'dark', out: 'a.csv' })).toThrow(
    new UsageError('--theme is about the picture. Add --plot, or leave it out.'),
  );
  expect(() => checkOutputs([], { theme: 'dark', plot: 'a.svg' })).not.toThrow();
});

test('no command writes over a file that it reads, by whatever name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
  const [data, link, other] = ['data.csv', 'link.csv', 'other.csv'].map((name) => join(folder, name));
  writeFileAtomic(data, 'x,y\n1,2\n');
  symlinkSync(data, link);
  const refused = new UsageError(`--out: '${data}' is read as well, and would be lost. Name another file.`);
  expect(() => checkOutputs([other, data], { out: data })).toThrow(refused);
  expect(() => checkOutputs([link], { out: data })).toThrow(refused);
  expect(() => checkOutputs([data], { plot: link })).toThrow(`--plot: '${link}' is read as well`);
  for (const fine of [{ out: other }, { plot: other }, {}]) expect(() => checkOutputs([data, '-'], fine)).not.toThrow();
  rmSync(folder, { recursive: true });
});

test('a file is replaced, not written into: whoever has it open reads the whole of what was there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
  try {
    const [path, before] = [join(folder, 'a.svg'), join(folder, 'before.svg')];
    writeFileAtomic(path, 'first');
    linkSync(path, before); // another name of the same file
    writeFileAtomic(path, 'second');
    expect([before, path].map((each) => readFileSync(each, 'utf8'))).toEqual(['first', 'second']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('where a file cannot be written nothing is left of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
  try {
    const path = join(folder, 'a.svg');
    mkdirSync(join(path, 'inside'), { recursive: true });
    expect(() => writeFileAtomic(path, 'x')).toThrow(
      new Error(`${path}: cannot be written (EISDIR). Check folder and permissions.`),
    );
    expect(readdirSync(folder)).toEqual(['a.svg']);
  } finally {
    rmSync(folder, { recursive: true });
  }
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
