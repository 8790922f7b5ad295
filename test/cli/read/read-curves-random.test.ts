import { expect, test } from 'vitest';
import type { CurveFile } from '../../../cli/read/curve-file.ts';
import { parseCsvCurves } from '../../../cli/read/read-curves-csv.ts';
import { parseJson } from '../../../cli/read/read-curves-json.ts';
import { parseJsonl } from '../../../cli/read/read-curves-jsonl.ts';
import type { Random } from '../../../priors/prior.ts';
import { randomStream } from '../../../priors/random.ts';

interface Entry {
  readonly curve: string;
  readonly step: number;
  /** NaN: missing. */
  readonly value: number;
}

const below = (random: Random, end: number): number => Math.floor(end * random());
const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)];

/** A log in the order it was written: steps of any kind, often again; values of any size, some missing or infinite. */
function drawLog(random: Random): Entry[] {
  const curves = ['a', 'b b', 'c/0'].slice(0, 1 + below(random, 3));
  const unit = pick(random, [1, 0.25, 1000, 1e7]);
  return Array.from({ length: 3 + below(random, 40) }, () => {
    const size = 10 ** (below(random, 600) - 300);
    const value = pick(random, [size, -size, random(), 0, Number.NaN, Number.POSITIVE_INFINITY]);
    return { curve: pick(random, curves), step: unit * (below(random, 30) - 5), value };
  });
}

/** What the log says: the last finite value of each step, by step; curves without any are not there. */
function expected(log: readonly Entry[]): { name: string; points: [number, number][] }[] {
  const finite = log.filter(({ value }) => Number.isFinite(value));
  return [...new Set(log.map(({ curve }) => curve))].flatMap((name) => {
    const points = new Map(finite.filter(({ curve }) => curve === name).map(({ step, value }) => [step, value]));
    return points.size === 0 ? [] : [{ name, points: [...points].sort(([a], [b]) => a - b) }];
  });
}

const found = ({ curves }: CurveFile) =>
  curves.map(({ name, steps, values }) => ({ name, points: steps.map((step, i) => [step, values[i]]) }));

/** The number as some program may write it; the names of what is not finite differ by program. */
function spell(random: Random, value: number, missing: readonly string[], infinite: readonly string[]): string {
  if (Number.isNaN(value)) return pick(random, missing);
  return Number.isFinite(value) ? pick(random, [String(value), value.toExponential()]) : pick(random, infinite);
}
const cell = (random: Random, value: number): string =>
  spell(random, value, ['', 'nan', 'NaN', 'NA', 'None'], ['inf', '+inf', 'Infinity', '1e999']);

test('a log reads the same as a long file, as a wide file and as lines of JSON', () => {
  const random = randomStream('formats');
  let logs = 0;
  while (logs < 300) {
    const log = drawLog(random);
    const oracle = expected(log);
    if (oracle.length === 0) continue;
    logs++;
    const separator = pick(random, [',', ';', '\t']);
    const end = pick(random, ['\n', '\r\n']);
    const table = (rows: readonly (readonly string[])[]) => rows.map((row) => row.join(separator)).join(end);
    const number = (value: number) => cell(random, value);

    const long = log.map(({ curve, step, value }) => [number(value), curve, String(step)]);
    expect(found(parseCsvCurves(table([['loss', 'run', 'Iter'], ...long]), 'log.csv'))).toEqual(oracle);

    const names = [...new Set(log.map(({ curve }) => curve))];
    const wide = log.map(({ curve, step, value }) => [
      String(step),
      ...names.map((name) => (name === curve ? number(value) : '')),
    ]);
    const read = parseCsvCurves(table([['step', ...names], ...wide]), 'log.csv');
    expect(found(read)).toEqual(oracle);

    const lines = log.flatMap(({ curve, step, value }) => {
      const text = spell(random, value, ['NaN', 'null', '"nan"'], ['Infinity', '1e999', '"inf"']);
      const record = `{"run": "${curve}", "step": ${step}, "m": {"loss": ${text}}}`;
      return random() < 0.2 ? [record, '{"run": "x", "step": 1, "m": {}}', ''] : [record];
    });
    expect(found(parseJsonl(lines.join(end), 'log.jsonl', { valueKey: 'm.loss' }))).toEqual(oracle);
  }
});

const CSV = [
  'step,a,b\n1,0.5,3\n2,,4\n30,1e-3,nan\n',
  'curve,step,value\na,1,3\na,2,2\nb b,1,4\n',
  'run;n;err\n"x;y";1;0.5\n"x;y";2;0.25\n',
  '0,1.5\n10,1.25\n20,inf\n',
];
const LINES = [
  '{"step":1,"loss":2,"eval":{"acc":0.5},"run":"a"}\n{"step":2,"loss":NaN}\n{"step":3,"loss":1}\n',
  '{"loss":2}\n\n{"loss":1}\n{"other":"x"}\n{"loss":-Infinity}',
];
const JSON_DOCUMENTS = ['[{"epoch":1,"loss":2},{"epoch":2,"loss":"inf"}]', '{"loss":[3,2,null],"step":[1,2,3]}'];
const PIECES = [
  '',
  ',',
  '\n',
  '"',
  '{',
  '}',
  '[',
  ':',
  ' ',
  '-',
  '0',
  '1e',
  'inf',
  'nan',
  'step',
  'run',
  '\\',
  ';',
  'é',
  '\r',
];

/** Cuts, copies and inserts at random. */
function spoil(random: Random, text: string): string {
  let result = text;
  for (let i = below(random, 4); i >= 0; i--) {
    const [at, to] = [below(random, result.length + 1), below(random, result.length + 1)];
    const middle = random() < 0.3 ? result.slice(at, to) : pick(random, PIECES);
    result = result.slice(0, at) + middle + result.slice(random() < 0.5 ? at : Math.max(at, to));
  }
  return result;
}

test('whatever the text, the answer is curves with rising finite steps, or an error of one line that names the file', () => {
  const random = randomStream('spoiled');
  const parsers = [
    { parse: parseCsvCurves, texts: CSV },
    { parse: parseJsonl, texts: LINES },
    { parse: parseJson, texts: [...LINES, ...JSON_DOCUMENTS] },
  ];
  for (const { parse, texts } of parsers) {
    let [answers, errors] = [0, 0];
    for (let i = 0; i < 3000; i++) {
      const text = spoil(random, pick(random, random() < 0.9 ? texts : [...CSV, ...JSON_DOCUMENTS]));
      const keys = pick(random, [{}, { valueKey: 'loss' }, { stepKey: 'step' }, { curveKey: 'run' }]);
      let file: CurveFile;
      try {
        file = parse(text, 'odd.file', keys);
      } catch (error) {
        expect((error as Error).constructor, text).toBe(Error);
        expect((error as Error).message, text).toMatch(/^odd\.file[:,] [^\n]+$/);
        errors++;
        continue;
      }
      answers++;
      expect(file.curves.length, text).toBeGreaterThan(0);
      for (const { steps, values } of file.curves) {
        expect(steps.length > 0 && steps.length === values.length, text).toBe(true);
        expect([...steps, ...values].every(Number.isFinite), text).toBe(true);
        expect(
          steps.every((step, at) => at === 0 || step > steps[at - 1]),
          text,
        ).toBe(true);
      }
      for (const note of file.notes) expect(note, text).toMatch(/^odd\.file[^\n]+$/);
    }
    // Both ends were reached.
    expect(Math.min(answers, errors)).toBeGreaterThan(50);
  }
});
