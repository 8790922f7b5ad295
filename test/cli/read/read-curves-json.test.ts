import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReadCurvesOptions, readCurves } from '../../../cli/read/read-curves.ts';
import { parseJsonl } from '../../../cli/read/read-curves-jsonl.ts';

let folder: string;
const before = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

function read(content: string | Uint8Array, options: ReadCurvesOptions = {}, file = 'log.jsonl') {
  writeFileSync(file, content);
  return readCurves(file, options);
}

describe('a log with one JSON object per line', () => {
  test('a step and one other number: one curve, named after the file', () => {
    expect(read('{"step":10,"loss":2.5}\n\n{"loss":-1e-3,"step":20}\r\n')).toEqual({
      curves: [{ name: 'log', steps: [10, 20], values: [2.5, -0.001] }],
      stepTitle: 'step',
      valueTitle: 'loss',
      areMetrics: false,
      notes: [],
    });
  });

  test('of a single run, each key that is a metric by its name is a curve, and the others are named', () => {
    const log = [
      '{"loss":3,"grad_norm":1,"learning_rate":0.1,"epoch":0.5,"step":10}',
      '{"loss":2,"grad_norm":1,"learning_rate":0.1,"epoch":1,"step":20}',
      '{"eval":{"loss":2.5,"accuracy":0.5},"eval_runtime":12,"epoch":1,"step":20}',
      '{"total_flos":1e15,"train_loss":2.5,"epoch":1,"step":20}',
      '{"done":true}',
    ].join('\n');
    const { curves, valueTitle, areMetrics, notes } = read(log);
    expect(curves).toEqual([
      { name: 'loss', steps: [10, 20], values: [3, 2] },
      { name: 'eval.loss', steps: [20], values: [2.5] },
      { name: 'eval.accuracy', steps: [20], values: [0.5] },
      { name: 'train_loss', steps: [20], values: [2.5] },
    ]);
    expect([valueTitle, areMetrics]).toEqual(['value', true]);
    expect(notes).toEqual([
      "log.jsonl: reads 'loss', 'eval.loss', 'eval.accuracy', 'train_loss'; keys left out: 'eval_runtime', 'total_flos'. Another one: --value-key.",
      'log.jsonl: 1 of 5 lines has no value and is skipped.',
    ]);
  });

  test('metrics share the steps that all have, else each has those of its own records', () => {
    const both = '{"epoch":1,"step":50,"loss":3}\n{"epoch":2,"step":100,"loss":2}\n{"epoch":2,"eval_loss":2.5}\n';
    expect(read(both)).toMatchObject({ stepTitle: 'epoch', curves: [{ steps: [1, 2] }, { steps: [2] }], notes: [] });
    const apart = "log.jsonl: metrics have steps of their own: 'loss' by 'step'; 'eval_loss' by 'epoch'.";
    for (const log of [
      '{"step":50,"loss":3}\n{"step":100,"loss":2}\n{"epoch":2,"eval_loss":2.5}\n',
      // By epochs there would be two losses at one step.
      '{"epoch":2,"step":50,"loss":3}\n{"epoch":2,"step":100,"loss":2}\n{"epoch":2,"eval_loss":2.5}\n',
    ]) {
      const { stepTitle, curves, notes } = read(log);
      expect([stepTitle, ...curves.map(({ steps }) => steps)]).toEqual(['step or epoch', [50, 100], [2]]);
      expect(notes).toEqual([apart]);
    }
    const asked = read('{"step":50,"loss":3}\n{"epoch":2,"eval_loss":2.5}\n', { stepKey: 'step' });
    expect(asked.curves.map(({ name }) => name)).toEqual(['loss']);
    expect(asked.notes).toEqual([
      "log.jsonl: 1 of 2 lines has 'eval_loss' but no 'step' and is skipped.",
      "log.jsonl: left out for want of a number: 'eval_loss'.",
    ]);
    const counted = read('{"loss":3,"acc":1}\n{"loss":2}\n{"acc":2}');
    expect(counted.curves.map(({ steps }) => steps)).toEqual([[1, 2], [1, 2]]); // biome-ignore format: one line
    expect(counted.notes).toEqual(
      ['loss', 'acc'].map(
        (key) => `log.jsonl: no key of steps (see --step-key), so the lines with '${key}' are counted from 1.`,
      ),
    );
    const lacking = read('{"step":1,"loss":3,"acc":1}\n{"loss":2,"acc":2}\n{"loss":1}');
    expect(lacking.notes).toEqual([
      "log.jsonl: 2 of 3 lines have 'loss' but no 'step' and are skipped.",
      "log.jsonl: 1 of 3 lines has 'acc' but no 'step' and is skipped.",
    ]);
  });

  test('metrics of one run may have its name in every record, those of several runs need a choice', () => {
    const one = '{"run":"a","step":1,"loss":3,"acc":1}\n{"run":"a","step":2,"loss":2}\n{"step":2,"acc":2}';
    expect(read(one).curves.map(({ name, values }) => [name, ...values])).toEqual([
      ['loss', 3, 2],
      ['acc', 1, 2],
    ]);
    const two = '{"run":"a","step":1,"loss":3}\n{"run":"b","step":1,"loss":2}\n{"step":1,"acc":2}';
    expect(() => read(two)).toThrow("log.jsonl: 2 keys could be the values: 'loss', 'acc'. Choose with --value-key.");
    expect(read(two, { valueKey: 'loss' }).curves.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('runs may be told apart by whole numbers, and are never mixed', () => {
    const runs = (key: string) =>
      [1, 2].flatMap((id) => [1, 2].map((step) => `{"${key}":${id},"step":${step},"loss":${id * step}}`)).join('\n');
    expect(read(runs('run')).curves).toEqual([
      { name: '1', steps: [1, 2], values: [1, 2] },
      { name: '2', steps: [1, 2], values: [2, 4] },
    ]);
    expect(() => read(runs('seed'))).toThrow(
      "log.jsonl: steps come again with another 'seed'. Where that tells runs apart: --curve-key seed; else choose the values with --value-key.",
    );
    expect(read(runs('seed'), { curveKey: 'seed' }).curves.map(({ name }) => name)).toEqual(['1', '2']);
    expect(() => read(runs('seed').replaceAll(':1,"step', ':"train","step').replaceAll('seed', 'phase'))).toThrow(
      "steps come again with another 'phase'. Where that tells runs apart: --curve-key phase;",
    );
    const sweep = ['A', 'B'].flatMap((data) =>
      ['x', 'y'].flatMap((model) =>
        [1, 2].map((step) => JSON.stringify({ data, opts: { model }, lr: 1, step, loss: step })),
      ),
    );
    const flat = sweep
      .join('\n')
      .replaceAll('"opts":{"model":"x"}', '"model":"x"')
      .replaceAll('"opts":{"model":"y"}', '"model":"y"');
    expect(() => read(flat)).toThrow(
      "steps come again with another 'data', 'model'. Where that tells runs apart: --curve-key data,model;",
    );
    expect(read(flat, { curveKey: 'data,model' }).curves.map(({ name }) => name)).toEqual([
      'A - x',
      'A - y',
      'B - x',
      'B - y',
    ]);
    // Values that are asked for are read, with a note.
    const asked = read(runs('seed'), { valueKey: 'loss' });
    expect(asked.curves).toHaveLength(1);
    expect(asked.notes).toContain(
      "log.jsonl: steps come again with another 'seed'. Where that tells runs apart: --curve-key seed.",
    );
    const named = flat.replaceAll('data', 'run');
    expect(() => read(named)).toThrow("another 'model'. Where that tells runs apart: --curve-key run,model;");
    // A resumed run counts its tokens again.
    const resumed = [1, 2, 2, 3].map((step) => `{"tokens":${9 * step},"step":${step},"loss":${step}}`).join('\n');
    expect(read(resumed).curves[0].steps).toEqual([1, 2, 3]);
  });

  test('a metric may be written as text', () => {
    const { curves } = read('{"step":1,"loss":"2.0000","acc":"0.1"}\n{"step":2,"loss":"1.5","acc":"0.2","note":"3"}');
    expect(curves.map(({ name, values }) => [name, ...values])).toEqual([
      ['loss', 2, 1.5],
      ['acc', 0.1, 0.2],
    ]);
  });

  test('the only metric among other numbers is read', () => {
    const { curves, notes } = read('{"step":1,"memory":10,"loss":3}\n{"step":2,"memory":20,"loss":2}');
    expect(curves).toEqual([{ name: 'log', steps: [1, 2], values: [3, 2] }]);
    expect(notes).toEqual(["log.jsonl: reads 'loss'; keys left out: 'memory'. Another one: --value-key."]);
  });

  test('text that was read already', () => {
    expect(parseJsonl('{"epoch":1,"acc":0.5}\n', 'run/a.jsonl').curves[0].name).toBe('a');
  });

  test.each(['step', 'epoch', 'iteration', 'iter', 'global_step', '_step'])('%s gives the steps', (key) => {
    const file = read(`{"${key}":0.5,"loss":2}\n{"${key}":7,"loss":1}`);
    expect([file.stepTitle, file.curves[0].steps, file.notes]).toEqual([key, [0.5, 7], []]);
  });

  test('the first of several step keys, unless another is asked for; times are no values', () => {
    const log =
      '{"epoch":1,"step":50,"_timestamp":1.7e9,"loss":2}\n{"epoch":2,"step":100,"_timestamp":1.8e9,"loss":1}\n';
    expect(read(log).curves[0].steps).toEqual([50, 100]);
    expect(read(log, { stepKey: 'epoch' }).curves[0].steps).toEqual([1, 2]);
    expect(read(log, { stepKey: '_timestamp' }).curves[0].steps).toEqual([1.7e9, 1.8e9]);
  });

  test('records of several kinds: those without the value are skipped and counted', () => {
    const log = [
      '{"config":{"lr":0.1}}',
      '{"step":1,"loss":3}',
      '{"step":1,"eval":{"loss":4},"time":9}',
      '{"step":2,"loss":2}',
      '{"epoch":1,"eval":{"loss":3.5}}',
      '{"step":3,"eval":{"loss":3}}',
    ].join('\n');
    const { curves, valueTitle, notes } = read(log, { valueKey: 'eval.loss' });
    expect(curves).toEqual([{ name: 'log', steps: [1, 3], values: [4, 3] }]);
    expect(valueTitle).toBe('eval.loss');
    expect(notes).toEqual([
      "log.jsonl: 3 of 6 lines have no 'eval.loss' and are skipped.",
      "log.jsonl: 1 of 6 lines has 'eval.loss' but no 'step' and is skipped.",
    ]);
    expect(read(log, { valueKey: 'loss' }).curves[0].values).toEqual([3, 2]);
  });

  test('a step key that all have is preferred to one that some have', () => {
    const log = '{"epoch":1,"loss":3}\n{"epoch":2,"step":9,"loss":2}\n';
    expect(read(log)).toMatchObject({ stepTitle: 'epoch', curves: [{ steps: [1, 2] }] });
  });

  test('a key with dots in its name is found as it is, also inside of an object', () => {
    const log = '{"step":1,"eval.loss":3,"a":{"b.c":4}}\n{"step":2,"eval.loss":2,"a":{"b.c":5}}';
    expect(read(log, { valueKey: 'eval.loss' }).curves[0].values).toEqual([3, 2]);
    expect(read(log, { valueKey: 'a.b.c' }).curves[0].values).toEqual([4, 5]);
  });

  test.each(['NaN', 'null', '"NaN"', '"nan"', '""'])('%s is a missing point', (value) => {
    const { curves, notes } = read(`{"step":1,"loss":3}\n{"step":2,"loss":${value}}\n{"step":3,"loss":"1.5"}\n`);
    expect(curves[0]).toEqual({ name: 'log', steps: [1, 3], values: [3, 1.5] });
    expect(notes).toEqual([]);
  });

  test('sets of data with the same metrics, as XGBoost has them, are columns', () => {
    const text = '{"train":{"rmse":[3,2],"mae":[2,1]},"eval":{"rmse":[4,3],"mae":[3,2]}}';
    const { curves, areColumns } = read(text, {}, 'evals.json');
    expect(curves.map(({ name }) => name)).toEqual(['train - rmse', 'train - mae', 'eval - rmse', 'eval - mae']);
    expect([curves[2].values, areColumns]).toEqual([[4, 3], true]);
  });

  test('infinities are left out and counted; what is in text stays as it is', () => {
    const log = '{"step":1,"loss":3,"run":"a NaN \\" -Infinity"}\n';
    const infinite = ['Infinity', '-Infinity', '"inf"', '1e999'].map(
      (value, i) => `{"step":${i + 2},"loss":${value},"run":"a NaN \\" -Infinity"}`,
    );
    const { curves, notes } = read(log + infinite.join('\n'));
    expect(curves).toEqual([{ name: 'a NaN " -Infinity', steps: [1], values: [3] }]);
    expect(notes).toEqual(['log.jsonl: 4 infinite values are left out.']);
  });

  test('a curve that ends in NaN has diverged, where it does not end for want of a value', () => {
    const points = [3, 2, 'null', 'NaN', 'NaN', '"nan"'];
    const lines = (values: readonly unknown[]) =>
      values.map((value, i) => `{"step":${i + 1},"loss":${value}}`).join('\n');
    expect(read(lines(points)).curves[0]).toEqual({ name: 'log', steps: [1, 2], values: [3, 2], diverged: 4 });
    for (const none of ['null', '""']) {
      expect(read(lines([3, 2, none, none, none])).curves[0]).toEqual({ name: 'log', steps: [1, 2], values: [3, 2] });
    }
    // A run that was taken up again and went well.
    const resumed = '\n{"step":4,"loss":1}\n{"step":5,"loss":0.9}\n{"step":6,"loss":0.8}';
    expect(read(lines(points) + resumed).curves[0]).not.toHaveProperty('diverged');
  });

  test.each(['curve', 'run', 'name'])('a text at %s tells curves apart', (key) => {
    const log = `{"${key}":"a","step":2,"loss":1}\n{"${key}":"b","step":1,"loss":9}\n{"${key}":"a","step":1,"loss":2}\n`;
    const { curves, notes } = read(log);
    expect(curves).toEqual([
      { name: 'a', steps: [1, 2], values: [2, 1] },
      { name: 'b', steps: [1], values: [9] },
    ]);
    expect(notes).toEqual(["log.jsonl: steps were not in order and are sorted: 'a'."]);
  });

  test('a curve key that is asked for may be a number or inside of an object', () => {
    const log = '{"config":{"seed":1},"step":1,"loss":3}\n{"config":{"seed":2},"step":1,"loss":4}';
    const { curves } = read(log, { curveKey: 'config.seed' });
    expect(curves.map(({ name, values }) => [name, ...values])).toEqual([
      ['1', 3],
      ['2', 4],
    ]);
  });

  test('a resumed run: the last value of a step is kept', () => {
    const log = '{"step":1,"loss":3}\n{"step":2,"loss":2}\n{"step":2,"loss":2.5}\n{"step":3,"loss":1}\n';
    const { curves, notes } = read(log);
    expect(curves[0].values).toEqual([3, 2.5, 1]);
    expect(notes).toEqual(['log.jsonl: 1 point came again at the same step; the last one in the file is kept.']);
  });

  test('without a key of steps the lines with a value are counted', () => {
    const { curves, notes } = read('{"loss":3}\n{"text":"x"}\n{"loss":null}\n{"loss":1}\n');
    expect(curves[0]).toEqual({ name: 'log', steps: [1, 3], values: [3, 1] });
    expect(notes).toEqual([
      "log.jsonl: 1 of 4 lines has no 'loss' and is skipped.",
      "log.jsonl: no key of steps (see --step-key), so the lines with 'loss' are counted from 1.",
    ]);
  });

  test('a last line that is cut short anywhere is left out, also inside of a character', () => {
    const last = Buffer.from('{"step":3,"loss":1,"text":"caf\u00e9"}');
    for (let length = 1; length < last.length; length++) {
      const start = Buffer.from('{"step":1,"loss":3}\n{"step":2,"loss":2}\n');
      const { curves, notes } = read(Buffer.concat([start, last.subarray(0, length)]));
      expect(curves[0].steps).toEqual([1, 2]);
      expect(notes).toEqual(['log.jsonl, line 3: cut short (is it still being written?) and left out.']);
    }
  });
});

describe('an object of objects', () => {
  test('has its curves in the only one with arrays of numbers: the history of Keras beside its parameters', () => {
    const { curves, notes } = read(
      '{"params":{"epochs":3},"history":{"loss":[3,2,1],"acc":[0.1,0.2,0.3]}}',
      {},
      'h.json',
    );
    expect(curves).toEqual([
      { name: 'loss', steps: [1, 2, 3], values: [3, 2, 1] },
      { name: 'acc', steps: [1, 2, 3], values: [0.1, 0.2, 0.3] },
    ]);
    expect(notes).toEqual(["h.json: the curves are read from 'history'."]);
  });

  test("has its steps beside it, as Keras' History has its epochs", () => {
    const text = '{"history":{"loss":[3,2,1],"acc":[0.1,0.2,0.3]},"params":{"epochs":3},"epoch":[0,1,2]}';
    const { curves, stepTitle } = read(text, {}, 'h.json');
    expect(stepTitle).toBe('epoch');
    expect(curves).toEqual([
      { name: 'loss', steps: [0, 1, 2], values: [3, 2, 1] },
      { name: 'acc', steps: [0, 1, 2], values: [0.1, 0.2, 0.3] },
    ]);
  });

  test('of sets of data whose metrics differ, beside their steps', () => {
    const { curves } = read(
      '{"epoch":[1,2],"train":{"loss":[3,2]},"valid":{"loss":[4,3],"acc":[0.1,0.2]}}',
      {},
      'h.json',
    );
    expect(curves.map(({ name, steps }) => [name, ...steps])).toEqual([
      ['train - loss', 1, 2],
      ['valid - loss', 1, 2],
      ['valid - acc', 1, 2],
    ]);
  });

  test('with a number of its own is a line of a log', () => {
    const { curves } = read('{"step":1,"loss":2.3,"gradients":{"bins":[1,2,3]}}', {}, 'h.json');
    expect(curves.map(({ values }) => values)).toEqual([[2.3]]);
  });

  test('is runs where each has the same one', () => {
    const { curves } = read('{"run1":{"loss":[3,2,1]},"run2":{"lr":0.1,"loss":[2,1]}}', {}, 'h.json');
    expect(curves).toEqual([
      { name: 'run1 - loss', steps: [1, 2, 3], values: [3, 2, 1] },
      { name: 'run2 - loss', steps: [1, 2], values: [2, 1] },
    ]);
  });
});

describe('each bad log gets one line', () => {
  const ONE = 'Expected one object per line, such as {"step": 1, "loss": 0.5}.';
  test.each<[string, string, ReadCurvesOptions, string]>([
    ['empty', ' \n', {}, `log.jsonl: no records. Expected one JSON object per line, such as {"step": 1, "loss": 0.5}.`],
    ['a cut line inside', '{"step":1,"lo\n{"step":2,"loss":1}', {}, `log.jsonl, line 1: not a JSON object. ${ONE}`],
    ['a cut line that is ended', '{"step":2,"loss":1}\n{"st\n', {}, `log.jsonl, line 2: not a JSON object. ${ONE}`],
    ['no object', '{"step":2,"loss":1}\n\n[1]\n', {}, `log.jsonl, line 3: not a JSON object. ${ONE}`],
    ['text', '{"step":2,"loss":1}\nhello', {}, `log.jsonl, line 2: not a JSON object. ${ONE}`],
    [
      'several numbers',
      '{"step":1,"size":3,"eval":{"size":4,"top":{"k":1}},"flag":true}\n{"lr":1}',
      {},
      "log.jsonl: 3 keys could be the values: 'size', 'eval.size', 'eval.top.k'. Choose with --value-key.",
    ],
    [
      'several metrics of runs',
      '{"run":"a","step":1,"loss":3,"acc":4,"k":1}\n{"run":"b","step":1,"loss":3}',
      {},
      "log.jsonl: 2 keys could be the values: 'loss', 'acc'. Choose with --value-key.",
    ],
    [
      'no such value',
      '{"step":1,"loss":3}',
      { valueKey: 'acc' },
      "log.jsonl: no key 'acc' (--value-key). There are 'step', 'loss'.",
    ],
    [
      'no such value and no numbers',
      '{"a":"x"}',
      { valueKey: 'acc' },
      "log.jsonl: no key 'acc' (--value-key). There is none with a number.",
    ],
    [
      'no such step',
      '{"step":1,"loss":3}',
      { stepKey: 'n' },
      "log.jsonl: no key 'n' (--step-key). There are 'step', 'loss'.",
    ],
    [
      'no such curve',
      '{"step":1,"loss":3}',
      { curveKey: 'n' },
      "log.jsonl, line 1: no name at 'n'. Name the curve in every line with a value.",
    ],
    [
      'text as a value',
      '{"step":1,"loss":3}\n{"step":2,"loss":"high"}',
      {},
      'log.jsonl, line 2, key \'loss\': "high" is not a number. Expected a number or null.',
    ],
    ['no number', '{"a":"x"}', {}, 'log.jsonl: no key has a number. Expected a step and a value per object.'],
    [
      'only missing values',
      '{"step":1,"loss":null}',
      { valueKey: 'loss' },
      "log.jsonl: no number in 'log'. Expected at least one finite value.",
    ],
  ])('%s', (_, content, options, message) => {
    expect(() => read(content, options)).toThrow(new Error(message));
  });

  test('very deep or strange objects are no trouble', () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    expect(read(`{"step":1,"loss":2,"deep":${deep}}`).curves[0].values).toEqual([2]);
    expect(() => read(`{"step":1,"loss":${deep}}`, { valueKey: 'loss' })).toThrow(
      new Error("log.jsonl, line 1, key 'loss': an object is not a number. Expected a number or null."),
    );
    expect(read('{"__proto__":{"step":"x"},"step":1,"loss":2}').curves[0].steps).toEqual([1]);
    expect(() => read('{"step":1,"loss":2}', { valueKey: 'constructor.length' })).toThrow(/no key/);
  });
});

describe('a JSON document', () => {
  const curve = { name: 'log', steps: [1, 2], values: [3, 2] };

  test('an array of objects', () => {
    const text = '[{"epoch":1,"loss":3},\n {"epoch":2,"loss":2},\n {"note":"end"}]';
    const file = read(text, {}, 'log.json');
    expect(file.curves).toEqual([curve]);
    expect(file.notes).toEqual(["log.json: 1 of 3 records has no 'loss' and is skipped."]);
  });

  test("the only array of objects in an object, as a trainer's state has it", () => {
    const text = '{"best":null,"log_history":[{"step":1,"loss":3},{"step":2,"loss":2}],"epochs":[1,2]}';
    const file = read(text, {}, 'log.json');
    expect(file.curves).toEqual([curve]);
    expect(file.notes).toEqual(["log.json: the records are read from 'log_history'."]);
  });

  test('an object of arrays: a curve per key, as a history has it', () => {
    const text = '{"loss":[3,2,NaN,1],"acc":[0.1,null,Infinity],"optimizer":{"name":"x"}}';
    const file = read(text, {}, 'log.json');
    expect(file.curves).toEqual([
      { name: 'loss', steps: [1, 2, 4], values: [3, 2, 1] },
      { name: 'acc', steps: [1], values: [0.1] },
    ]);
    expect(file.notes).toEqual(['log.json: 1 infinite value is left out.']);
    expect(read('{"step":[10,20],"loss":[3,2]}', {}, 'log.json').curves).toEqual([
      { name: 'loss', steps: [10, 20], values: [3, 2] },
    ]);
  });

  test('one object per line in a file of another name is seen from its first bytes', () => {
    const lines = '\n {"step":1,"loss":3}\n{"step":2,"loss":2}\n{"st';
    expect(read(lines, {}, 'log.txt')).toMatchObject({
      curves: [curve],
      notes: ['log.txt is read as JSON.', 'log.txt, line 4: cut short (is it still being written?) and left out.'],
    });
    expect(read(lines, {}, 'log.json').curves).toEqual([curve]);
    expect(read('{"step":7,"loss":1}', {}, 'log').curves[0].steps).toEqual([7]);
  });

  test('an array of numbers is a curve, an array of such arrays has one each', () => {
    expect(read('[3, 2.5, null, 2]', {}, 'losses.json').curves).toEqual([
      { name: 'curve1', steps: [1, 2, 4], values: [3, 2.5, 2] },
    ]);
    expect(read('[[3, 2, 1], [5, 4]]', {}, 'losses.json').curves).toEqual([
      { name: 'curve1', steps: [1, 2, 3], values: [3, 2, 1] },
      { name: 'curve2', steps: [1, 2], values: [5, 4] },
    ]);
  });

  test.each([
    ['["a", "b"]', 'no curves in this JSON'],
    ['[[1, 2], "b"]', 'no curves in this JSON'],
    ['[]', 'no curves in this JSON'],
    ['12', 'no curves in this JSON'],
    ['{\n"a": [1,\n', 'not readable as JSON'],
    ['step,a\n1,2\n', 'not readable as JSON'],
  ])('%j: %s', (content, what) => {
    expect(() => read(content, {}, 'log.json')).toThrow(
      new Error(
        `log.json: ${what}. Expected an array of objects, an object of arrays, an array of numbers, or one object per line.`,
      ),
    );
  });
});

test('a scalar as TensorBoard downloads it is one curve, by its steps', () => {
  const text = '[[1700000000.5,0,2.5],[1700000001,100,"NaN"],[1700000002.25,200,1.5]]';
  const { curves, stepTitle } = read(text, {}, 'run-a-tag-loss.json');
  expect([stepTitle, curves]).toEqual(['step', [{ name: 'run-a-tag-loss', steps: [0, 200], values: [2.5, 1.5] }]]);
  expect(read('[[3,1,2],[6,4,5]]', {}, 'two.json').curves).toHaveLength(2);
});
