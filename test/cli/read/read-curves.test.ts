import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReadCurvesOptions, readCurves } from '../../../cli/read/read-curves.ts';
import { parseCsvCurves } from '../../../cli/read/read-curves-csv.ts';
import { readMatrix } from '../../../cli/read/read-matrix.ts';

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

function write(content: string | Uint8Array): string {
  writeFileSync('f.csv', content);
  return 'f.csv';
}

const read = (content: string, options: ReadCurvesOptions = {}) => readCurves(write(content), options);

describe('layouts', () => {
  const a = { name: 'a', steps: [1, 2, 3], values: [0.1, 0.2, 0.3] };
  const b = { name: 'b', steps: [1, 2], values: [0.4, 0.5] };

  test.each([
    ['a column per curve, the shorter one with blank cells at its end', 'a,b\n0.1,0.4\n0.2,0.5\n0.3,\n'],
    ['a step column', 'epoch,a,b\n1,0.1,0.4\n2,0.2,0.5\n3,0.3,\n'],
    ['a step column that is not the first', 'a,global_step,b\n0.1,1,0.4\n0.2,2,0.5\n0.3,3,\n'],
    ['an index as pandas writes it', ',a,b\n1,0.1,0.4\n2,0.2,0.5\n3,0.3,\n'],
    ['an index beside a step column', ',iter,a,b\n0,1,0.1,0.4\n1,2,0.2,0.5\n2,3,0.3,\n'],
    ['curve, step, value', 'curve,step,value\na,1,0.1\na,2,0.2\na,3,0.3\nb,1,0.4\nb,2,0.5\n'],
    ['value, curve, step in capitals', 'Value,CURVE,Step\n0.1,a,1\n0.4,b,1\n0.2,a,2\n0.5,b,2\n0.3,a,3\n'],
    ['run and a metric', 'epoch,run,accuracy\n1,a,0.1\n2,a,0.2\n3,a,0.3\n1,b,0.4\n2,b,0.5\n'],
    ['Windows line ends and a byte-order mark', '\ufeffa,b\r\n0.1,0.4\r\n0.2,0.5\r\n0.3,\r\n\r\n'],
    ['quotes and spaces', '"a", "b"\n"0.1", 0.4\n 0.2 ,0.5\n0.3,\n'],
    ['blank lines first', '\n\na,b\n0.1,0.4\n0.2,0.5\n0.3,\n'],
  ])('%s', (_, content) => {
    const file = read(content);
    expect(file.curves.map(({ name }) => name).sort()).toEqual(['a', 'b']);
    expect(file.curves.find(({ name }) => name === 'a')).toEqual(a);
    expect(file.curves.find(({ name }) => name === 'b')).toEqual(b);
    expect(file.notes).toEqual([]);
  });

  test('where steps come again, a column with which they do not tells curves apart', () => {
    for (const [name, a, b] of [
      ['fold', '1', '2'],
      ['model', 'resnet', 'vit'],
      ['lr', '0.1', '0.01'],
    ]) {
      const file = read(`${name},epoch,val_loss\n${a},1,3\n${a},2,2\n${b},1,4\n${b},2,1\n`);
      expect(file).toMatchObject({
        valueTitle: 'val_loss',
        areColumns: false,
        curves: [
          { name: a, steps: [1, 2], values: [3, 2] },
          { name: b, steps: [1, 2], values: [4, 1] },
        ],
        notes: [`f.csv: '${name}' is read as what tells curves apart. Another one: --curve-key.`],
      });
    }
    // A run that was taken up again: nothing tells its points apart.
    expect(read('epoch,val_loss\n1,3\n2,2\n2,1.5\n3,1\n').curves).toEqual([
      { name: 'val_loss', steps: [1, 2, 3], values: [3, 1.5, 1] },
    ]);
  });

  test('and where that takes two columns, both tell them apart together', () => {
    const rows = ['A', 'B'].flatMap((data) =>
      ['x', 'y'].flatMap((model) => [1, 2].map((step) => [data, model, step, 4 / step])),
    );
    const text = (first: string) => `${first},model,epoch,val_loss\n${rows.map((row) => `${row}\n`).join('')}`;
    const names = ['A - x', 'A - y', 'B - x', 'B - y'];
    for (const first of ['dataset', 'run']) {
      const { curves, notes } = read(text(first));
      expect(curves.map(({ name }) => name)).toEqual(names);
      expect(curves[3]).toEqual({ name: 'B - y', steps: [1, 2], values: [4, 2] });
      expect(notes).toEqual([
        `f.csv: '${first}', 'model' are read as what tells curves apart. Another one: --curve-key.`,
      ]);
    }
    expect(read(text('dataset'), { curveKey: 'dataset,model' }).curves.map(({ name }) => name)).toEqual(names);
  });

  test('also of three, beside a column that pandas counts rows in', () => {
    const rows = ['A', 'B'].flatMap((data) =>
      ['x', 'y'].flatMap((model) =>
        [1, 2].flatMap((seed) => [1, 2].map((step) => [data, model, seed, step, 4 / step])),
      ),
    );
    for (const index of ['', 'Unnamed: 0']) {
      const text = `${index},data,model,seed,epoch,val_loss\n${rows.map((row, i) => `${i},${row}\n`).join('')}`;
      expect(read(text).curves.map(({ name }) => name)).toEqual(
        ['A', 'B'].flatMap((data) =>
          ['x', 'y'].flatMap((model) => [1, 2].map((seed) => `${data} - ${model} - ${seed}`)),
        ),
      );
      const asked = read(text, { curveKey: 'Model, data', valueKey: 'val_loss' });
      expect(asked.curves[0]).toMatchObject({ name: 'x - A', steps: [1, 2] });
    }
  });

  test('but no column is taken for it that few rows need: a run that was taken up again stays one', () => {
    const log = (run: string, more: (epoch: number) => string) =>
      Array.from({ length: 20 }, (_, i) => `${run}${i},${1 / (i + 1)},${more(i)}\n`).join('');
    const isBest = (i: number) => (i % 2 ? 'True' : 'False');
    const two = `run,epoch,val_loss,is_best\n${log('a,', isBest)}${log('b,', isBest)}b,19,0.02,False\n`;
    expect(read(two).curves.map(({ name, steps }) => [name, steps.length])).toEqual([
      ['a', 20],
      ['b', 20],
    ]);
    for (const more of [(i: number) => String(60 + (i % 3)), (i: number) => (i % 2 ? '0.1' : '0.01')])
      expect(read(`epoch,val_loss,lr\n${log('', more)}19,0.02,59\n`).curves).toHaveLength(1);
    // Values are values.
    const scores = Array.from({ length: 10 }, (_, i) => `${i},${(5 + (i % 5)) / 10}\n`).join('');
    expect(read(`epoch,score\n${scores}8,0.5\n9,0.6\n`).curves[0]).toMatchObject({ name: 'score' });
    // A run that has just begun shares its steps.
    const young = `seed,epoch,val_loss\n${log('1,', () => '').replaceAll(',\n', '\n')}2,0,3\n2,1,2\n`;
    expect(read(young).curves.map(({ steps }) => steps.length)).toEqual([20, 2]);
  });

  test('of a run that was taken up again, and of numbers that are the same each time, nothing of that', () => {
    const resumed = read('step,samples,loss\n1,512,3\n2,1024,2\n2,1536,1.9\n3,2048,1\n');
    expect([resumed.stepTitle, resumed.curves[0].values]).toEqual(['step', [3, 1.9, 1]]);
    // Rows are counted.
    expect(read('samples,loss\n512,3\n512,2\n512,1\n').curves).toEqual([
      { name: 'loss', steps: [1, 2, 3], values: [3, 2, 1] },
    ]);
    expect(read('batch,loss\n1,3\n2,2.5\n1,2\n2,1.5\n').curves[0].steps).toEqual([1, 2, 3, 4]);
    // Each host has a part of the steps, so that is one run.
    expect(read('epoch,loss,host\n1,4,a\n2,3,a\n2,2.9,b\n3,2,b\n').curves).toHaveLength(1);
    const runs = read('run,epoch,global_step,loss\na,1,100,3\na,2,200,2\nb,1,101,3\nb,2,202,2\n');
    expect([runs.stepTitle, runs.curves.map(({ name }) => name)]).toEqual(['epoch', ['a', 'b']]);
    const sizes = read('train_size,seed,accuracy\n100,1,0.5\n200,1,0.6\n100,2,0.4\n200,2,0.7\n');
    expect([sizes.stepTitle, sizes.curves.map(({ name }) => name)]).toEqual(['train_size', ['1', '2']]);
  });

  test('of an epoch and a step within it the step is taken', () => {
    const { stepTitle, curves } = read('epoch,global_step,train_loss\n1,10,3\n1,20,2.5\n2,30,2\n2,40,1.5\n');
    expect([stepTitle, curves[0].steps]).toEqual(['global_step', [10, 20, 30, 40]]);
    expect(read('epoch,_step,loss\n1,10,3\n2,30,2\n').stepTitle).toBe('epoch');
  });

  describe('a column of metrics', () => {
    test('stands beside a column that tells the curves apart', () => {
      const log = 'experiment,metric,step,value\na,loss,1,3\na,acc,1,0.1\nb,loss,1,4\nb,acc,1,0.3\n';
      expect(read(log, { curveKey: 'experiment' }).curves.map(({ name }) => name)).toEqual([
        'a - loss',
        'a - acc',
        'b - loss',
        'b - acc',
      ]);
      // A tag beside a metric is none.
      expect(read(log.replace('experiment', 'tag'), { curveKey: 'tag' }).curves[1].name).toBe('a - acc');
      // Which is any one with which steps do not come again.
      expect(read(log).curves[1].name).toBe('a - acc');
      const sites = read(`${log.replace('experiment', 'site')}a,loss,2,2\na,acc,2,0.2\nb,loss,2,3\nb,acc,2,0.4\n`);
      expect([sites.curves[1].name, sites.notes]).toEqual([
        'a - acc',
        ["f.csv: 'site' is read as what tells curves apart. Another one: --curve-key."],
      ]);
      const mlflow = read(
        'key,value,timestamp,step,is_nan,run_uuid\nloss,3,17,1,0,a\nloss,2,18,2,0,a\nloss,4,17,1,0,b\nloss,1,18,2,0,b\n',
      );
      expect(mlflow.curves.map(({ name, values }) => [name, ...values])).toEqual([
        ['a - loss', 3, 2],
        ['b - loss', 4, 1],
      ]);
      expect(() => read('metric,step,value\nloss,1,3\n,2,2\nloss,3,1\n')).toThrow(
        "f.csv, row 3, column 'metric': blank. Name the curve in every row.",
      );
    });

    const tidy =
      'run,epoch,metric,value\na,1,val_loss,3\na,1,val_acc,0.1\na,2,val_loss,2\na,2,val_acc,0.2\nb,1,val_acc,0.3\n';

    test('is part of the name of a curve', () => {
      const { curves, areColumns, notes } = read(tidy);
      expect(curves).toEqual([
        { name: 'a - val_loss', steps: [1, 2], values: [3, 2] },
        { name: 'a - val_acc', steps: [1, 2], values: [0.1, 0.2] },
        { name: 'b - val_acc', steps: [1], values: [0.3] },
      ]);
      expect([areColumns, notes]).toEqual([true, []]);
      const alone = tidy.replaceAll(/^(run|a|b),/gm, '');
      expect(read(alone.split('\n').slice(0, 5).join('\n')).curves.map(({ name }) => name)).toEqual([
        'val_loss',
        'val_acc',
      ]);
    });

    test('has one that --value-key names, as the metric of runs', () => {
      const { curves, valueTitle, areColumns } = read(tidy, { valueKey: 'val_acc' });
      expect(curves).toEqual([
        { name: 'a', steps: [1, 2], values: [0.1, 0.2] },
        { name: 'b', steps: [1], values: [0.3] },
      ]);
      expect([valueTitle, areColumns]).toEqual(['val_acc', false]);
      expect(() => read(tidy, { valueKey: 'f1' })).toThrow("no column 'f1' (--value-key)");
    });
  });

  test('steps are known by many names, also behind that of who counts', () => {
    for (const name of ['trainer/global_step', 'time/total_timesteps', 'timesteps', 'tokens', 'n_samples', 'Round']) {
      const { curves, stepTitle, notes } = read(`${name},val_loss\n100,3\n250,2\n`);
      expect([stepTitle, curves, notes]).toEqual([name, [{ name: 'val_loss', steps: [100, 250], values: [3, 2] }], []]);
    }
  });

  test('a first column of whole numbers that rise is the steps, whatever it is called, if that is no metric', () => {
    const { curves, stepTitle, notes } = read('Epoche;Verlust\n5;3,5\n10;2\n20;1\n');
    expect([stepTitle, curves]).toEqual(['Epoche', [{ name: 'Verlust', steps: [5, 10, 20], values: [3.5, 2, 1] }]]);
    expect(notes).toContain("f.csv: 'Epoche' is read as the steps, since it rises. Another one: --step-key.");
    for (const runs of [
      'a,b\n1,3\n2,2\n3,1.5\n'.replace('2,2', '2.5,2'),
      'reward,loss\n1,3\n2,2\n3,1\n',
      'a,b\n1,3\n3,2\n2,1\n',
      'resnet18,resnet34\n41,44\n44,47\n47,50\n',
    ])
      expect(read(runs).curves).toHaveLength(2);
    const timed = read('Relative Time (Process),x - loss\n0.5,3\n1.75,2\n4,1\n');
    expect([timed.stepTitle, timed.curves[0].steps]).toEqual(['Relative Time (Process)', [0.5, 1.75, 4]]);
  });

  test('a header may begin with a sign of comments, as numpy writes it', () => {
    const { stepTitle, curves } = read('# epoch,loss\n1,3\n2,2\n');
    expect([stepTitle, curves]).toEqual(['epoch', [{ name: 'loss', steps: [1, 2], values: [3, 2] }]]);
    expect(read('# by hand\n# epoch,loss\n1,3\n2,2\n').curves).toEqual(curves);
    expect(read('#epoch,loss\n1,3\n2,2\n').curves).toEqual(curves);
    for (const comments of [
      ...['# lr=0.1, wd=0\n', '# run 7\n# by hand\n', '#by hand\n', 'sep=,\n', 'sep=,\n# by hand\n'],
      ...['# lr 3, wd 1\n\n', '\n# by hand\n', '# a\n\n# b\n'],
    ])
      expect(read(`${comments}epoch,loss\n1,3\n2,2\n`).curves).toEqual(curves);
    expect(read('# two\n# lines\nloss\n3\n2\n').curves).toMatchObject([{ name: 'loss', values: [3, 2] }]);
    expect(read('# loss\n3\n2\n').curves).toMatchObject([{ name: 'loss', values: [3, 2] }]);
  });

  test('a header that comes again, where a program was started again, is skipped', () => {
    const { curves, notes } = read('step,loss\n1,3\nstep,loss\n1,2.5\n2,2\n');
    expect(curves).toEqual([{ name: 'loss', steps: [1, 2], values: [2.5, 2] }]);
    expect(notes[0]).toBe('f.csv: the header comes again once, which is skipped.');
    // Without a header, equal rows are rows.
    expect(read('0.5,1\n0.5,1\n0.4,2\n').curves[0].values).toEqual([0.5, 0.5, 0.4]);
  });

  test('spaces part no cells, which the error says', () => {
    expect(() => read('loss\n1 0.5\n')).toThrow(
      "f.csv, row 2, column 'loss': '1 0.5' is not a number. Part cells by commas, semicolons or tabs.",
    );
  });

  test('comments before the header are none of the rows', () => {
    const log = '# run 7, "unfinished\n#{"t_start": 0}\nstep,loss\n1,3\n2,x\n';
    expect(() => read(log)).toThrow("f.csv, row 5, column 'loss': 'x' is not a number.");
    expect(read(log.replace('x', '2')).curves).toEqual([{ name: 'loss', steps: [1, 2], values: [3, 2] }]);
  });

  test('lines may end in different ways, as where two programs wrote them', () => {
    expect(read('step,loss\r\n1,3\n2,2\n').curves[0]).toEqual({ name: 'loss', steps: [1, 2], values: [3, 2] });
    expect(read('step,loss\n1,3\r\n2,2\r\n').curves[0].values).toEqual([3, 2]);
  });

  test('columns without names write numbers each in its own way', () => {
    const { curves } = read('1;1\n1.234;1,5\n1.5;2,5\n1.75;3,5\n');
    expect(curves.map(({ values }) => values)).toEqual([
      [1, 1.234, 1.5, 1.75],
      [1, 1.5, 2.5, 3.5],
    ]);
  });

  test('a blank line between rows is a step without values', () => {
    expect(read('a,b\n0.1,0.4\n\n0.3,0.6\n').curves).toEqual([
      { name: 'a', steps: [1, 3], values: [0.1, 0.3] },
      { name: 'b', steps: [1, 3], values: [0.4, 0.6] },
    ]);
  });

  test('no header', () => {
    expect(read('0.1,0.4\n0.2,0.5\n').curves).toEqual([
      { name: 'curve1', steps: [1, 2], values: [0.1, 0.2] },
      { name: 'curve2', steps: [1, 2], values: [0.4, 0.5] },
    ]);
  });

  test('no header, but a first column that rises in whole numbers: these are the steps, and a note says so', () => {
    expect(read('0,0.1\n500,0.2\n1000,0.3\n')).toMatchObject({
      curves: [{ name: 'curve1', steps: [0, 500, 1000], values: [0.1, 0.2, 0.3] }],
      stepTitle: 'step',
      valueTitle: 'curve1',
      areColumns: true,
      notes: ['f.csv has no header; its first column rises in whole numbers and gives the steps.'],
    });
  });

  test('columns that pandas numbered are a header', () => {
    expect(read(',0,1\n0,0.1,0.4\n1,0.2,0.5\n').curves).toEqual([
      { name: '0', steps: [0, 1], values: [0.1, 0.2] },
      { name: '1', steps: [0, 1], values: [0.4, 0.5] },
    ]);
  });

  test('step, value is one curve named after the file', () => {
    expect(read('step,value\n1,0.1\n2,0.2').curves).toEqual([{ name: 'f', steps: [1, 2], values: [0.1, 0.2] }]);
  });

  test('titles of the axes come from the columns', () => {
    expect(read('Epoch,accuracy\n1,0.1\n2,0.2')).toMatchObject({ stepTitle: 'Epoch', valueTitle: 'accuracy' });
    expect(read('a,b\n0.1,0.4\n0.2,0.5')).toMatchObject({ stepTitle: 'step', valueTitle: 'value' });
    expect(read('run,epoch,loss\na,1,0.1\na,2,0.2')).toMatchObject({ stepTitle: 'epoch', valueTitle: 'loss' });
  });

  test.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('%s are found and noted', (name, separator) => {
    const file = read(['a,b', '0.1,0.4', '0.2,0.5'].join('\n').replaceAll(',', separator));
    expect(file.curves[1].values).toEqual([0.4, 0.5]);
    expect(file.notes).toEqual([`f.csv is read as separated by ${name}.`]);
  });

  test('tabs in a .tsv need no note', () => {
    writeFileSync('f.tsv', 'a\tb\n1\t2\n');
    expect(readCurves('f.tsv').notes).toEqual([]);
  });

  test('a last row that is cut short, as in a file being written, is left out', () => {
    const { curves, notes } = read('step,a,b\n1,2,3\n2,1,2\n3,0.');
    expect(curves.map(({ steps }) => steps)).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(notes).toEqual(['f.csv: the last row is cut short (is it still being written?) and left out.']);
  });

  test('text that was read already', () => {
    expect(parseCsvCurves('a\n3\n2\n', 'stdin').curves).toEqual([{ name: 'a', steps: [1, 2], values: [3, 2] }]);
  });
});

describe('any steps and any finite values', () => {
  test('steps stay in the unit of the file, and values fall, grow, and have any sign and size', () => {
    const [curve] = read('step,a\n-10,1e300\n0,-1e-300\n0.5,-7\n2397,0\n1e9,+.5\n').curves;
    expect(curve).toEqual({ name: 'a', steps: [-10, 0, 0.5, 2397, 1e9], values: [1e300, -1e-300, -7, 0, 0.5] });
  });

  test('a single point, and more than 100', () => {
    expect(read('a\n5\n').curves).toEqual([{ name: 'a', steps: [1], values: [5] }]);
    const values = Array.from({ length: 1500 }, (_, i) => i / 7);
    expect(read(`a\n${values.join('\n')}`).curves[0].values).toEqual(values);
  });

  test('missing points are left out without a note, at their step', () => {
    const missing = ['', 'NaN', 'nan', 'None', 'null', 'NA', 'n/a', '-nan'];
    for (const cell of missing) {
      const { curves, notes } = read(`a,b\n0.1,0.4\n${cell},0.5\n0.3,0.7\n`);
      expect(curves[0]).toEqual({ name: 'a', steps: [1, 3], values: [0.1, 0.3] });
      expect(notes).toEqual([]);
    }
    expect(read('a\n0.1\n\n0.3\n').curves[0].steps).toEqual([1, 3]);
    expect(read('step,a\n1,0.1\n,\n3,0.3\n').curves[0].steps).toEqual([1, 3]);
  });

  test('infinite values are left out and counted', () => {
    const { curves, notes } = read('a,b\n1,inf\n-Infinity,2\n1e999,3\n4,4\n');
    expect(curves.map(({ steps }) => steps)).toEqual([
      [1, 4],
      [2, 3, 4],
    ]);
    expect(notes).toEqual(['f.csv: 3 infinite values are left out.']);
    expect(read('a\n1\ninf\n').notes).toEqual(['f.csv: 1 infinite value is left out.']);
  });

  test('unsorted steps are sorted', () => {
    const { curves, notes } = read('curve,step,value\na,3,0.3\nb,1,0.4\na,1,0.1\nb,2,0.5\na,2,0.2\n');
    expect(curves[0]).toEqual({ name: 'a', steps: [1, 2, 3], values: [0.1, 0.2, 0.3] });
    expect(notes).toEqual(["f.csv: steps were not in order and are sorted: 'a'."]);
  });

  test('a resumed run logs steps again: the last value in the file is kept', () => {
    const { curves, notes } = read('step,a\n1,9\n2,8\n3,7\n2,6\n3,5\n4,4\n');
    expect(curves[0]).toEqual({ name: 'a', steps: [1, 2, 3, 4], values: [9, 6, 5, 4] });
    expect(notes).toEqual([
      "f.csv: steps were not in order and are sorted: 'a'.",
      'f.csv: 2 points came again at the same step; the last one in the file is kept.',
    ]);
    // A missing value replaces nothing, and other curves may share the step.
    expect(read('step,a,b\n1,1,1\n1,2,\n').curves.map(({ values }) => values)).toEqual([[2], [1]]);
  });

  test('curves without a number are dropped where others remain', () => {
    const { curves, notes } = read('a,b,c\n,1,x\nnan,2,y\n');
    expect(curves.map(({ name }) => name)).toEqual(['b']);
    expect(notes).toEqual(["f.csv: columns left out: 'c'.", "f.csv: left out for want of a number: 'a'."]);
  });
});

describe('which columns are read', () => {
  test('a long file whose steps have an unusual name', () => {
    const file = read('curve,anchor_index,error_rate\na/0,0,0.9\na/0,1,0.7\nb/1,0,0.8\n');
    expect(file.curves).toEqual([
      { name: 'a/0', steps: [0, 1], values: [0.9, 0.7] },
      { name: 'b/1', steps: [0], values: [0.8] },
    ]);
    expect(file).toMatchObject({ stepTitle: 'anchor_index', valueTitle: 'error_rate' });
    expect(file.notes).toEqual([
      "f.csv: 'anchor_index' is read as the steps and 'error_rate' as the values (see --step-key, --value-key).",
    ]);
  });

  test('of two unnamed columns the one that rises within each curve has the steps', () => {
    const file = read('run,error,size\n0,0.9,16\n0,0.7,32\n1,0.8,16\n');
    expect(file.curves[0]).toEqual({ name: '0', steps: [16, 32], values: [0.9, 0.7] });
  });

  test('rows of a curve are counted where nothing can be the steps', () => {
    const file = read('name,loss\na,3\nb,5\na,2\n');
    expect(file.curves).toEqual([
      { name: 'a', steps: [1, 2], values: [3, 2] },
      { name: 'b', steps: [1], values: [5] },
    ]);
    expect(file.notes).toEqual(['f.csv: no column of steps, so the rows of each curve are counted from 1.']);
  });

  test('settings of the training are no values, unless there is nothing else', () => {
    const yolo = 'epoch,train/box_loss,metrics/mAP_0.5,x/lr0,x/lr1,lr-Adam,grad_norm\n1,3,0.1,1,1,1,9\n2,2,0.2,1,1,1,8';
    expect(read(yolo).curves.map(({ name }) => name)).toEqual(['train/box_loss', 'metrics/mAP_0.5']);
    expect(read('epoch,time,lr\n1,5,0.1\n2,6,0.2').curves.map(({ name }) => name)).toEqual(['lr']);
    expect(read('step,lr-high,lr-0.1,lr1\n1,1,2,3\n2,1,2,3').curves).toHaveLength(3);
  });

  test('options choose the columns, in any case', () => {
    const log = 'seed,tokens,loss,acc\n1,10,3,0.1\n1,20,2,0.2\n2,10,4,0.3\n';
    expect(read(log, { curveKey: 'seed', stepKey: 'Tokens', valueKey: 'acc' })).toMatchObject({
      curves: [
        { name: '1', steps: [10, 20], values: [0.1, 0.2] },
        { name: '2', steps: [10], values: [0.3] },
      ],
      stepTitle: 'tokens',
      valueTitle: 'acc',
      areColumns: false,
      notes: [],
    });
    expect(read('step,tokens,a,b\n1,10,3,4\n2,20,5,6\n', { stepKey: 'tokens', valueKey: 'b' }).curves).toEqual([
      { name: 'b', steps: [10, 20], values: [4, 6] },
    ]);
    // The very name comes first where two differ in nothing but case.
    expect(read('step,Loss,loss\n1,3,4\n2,5,6\n', { valueKey: 'loss' }).curves).toEqual([
      { name: 'loss', steps: [1, 2], values: [4, 6] },
    ]);
  });

  test('a column called value is the value, and what is not read is said', () => {
    const file = read('run,seed,step,value\na,1,10,3\na,1,20,2\n');
    expect(file.curves).toEqual([{ name: 'a', steps: [10, 20], values: [3, 2] }]);
    expect(file.notes).toEqual(["f.csv: columns left out: 'seed'."]);
  });

  test("a log of Keras' or Lightning's kind: several metrics on one step, blank where not logged", () => {
    const file = read('epoch,step,train_loss,val_loss\n0,49,2.5,\n0,99,2.1,\n0,99,,2.2\n1,149,1.9,\n');
    expect(file.curves).toEqual([
      { name: 'train_loss', steps: [49, 99, 149], values: [2.5, 2.1, 1.9] },
      { name: 'val_loss', steps: [99], values: [2.2] },
    ]);
    expect(file.notes).toEqual(["f.csv: columns left out: 'epoch'."]);
  });

  test('a download from TensorBoard', () => {
    const file = read('Wall time,Step,Value\n1700000000.5,100,0.5\n1700000060.5,200,0.25\n');
    expect(file.curves).toEqual([{ name: 'f', steps: [100, 200], values: [0.5, 0.25] }]);
    expect(file).toMatchObject({ stepTitle: 'Step', valueTitle: 'Value' });
    expect(file.notes).toEqual(["f.csv: columns left out: 'Wall time'."]);
  });

  test('a download from Weights & Biases: ranges and steps beside a curve are no curves', () => {
    const header = '"Step","a - loss","a - loss__MIN","a - loss__MAX","a - _step","a - _step__MIN","a - _step__MAX"';
    const { curves } = read(`${header}\n"0","3","3","3","0","0","0"\n"10","2","2","2","10","10","10"\n`);
    expect(curves).toEqual([{ name: 'a - loss', steps: [0, 10], values: [3, 2] }]);
  });

  test("a curve may be called 'run': fractions are values", () => {
    const { curves } = read('step,run,baseline\n1,0.1,0.2\n2,0.3,0.4\n');
    expect(curves.map(({ name }) => name)).toEqual(['run', 'baseline']);
    expect(read('step,run\n1,5\n2,6\n').curves).toEqual([{ name: 'run', steps: [1, 2], values: [5, 6] }]);
  });

  test.each<[string, string, ReadCurvesOptions, string]>([
    [
      'several values',
      'curve,step,loss,acc\na,1,2,3\n',
      {},
      "f.csv: 2 columns could be the values: 'loss', 'acc'. Choose with --value-key.",
    ],
    [
      'several of all',
      'curve,n,loss,acc\na,1,2,3\n',
      {},
      "f.csv: 3 columns could be the steps or the values: 'n', 'loss', 'acc'. Choose with --step-key and --value-key.",
    ],
    [
      'several steps',
      'curve,n,m,loss\na,1,2,3\n',
      { valueKey: 'loss' },
      "f.csv: 2 columns could be the steps: 'n', 'm'. Choose with --step-key.",
    ],
    [
      'no unnamed column rises',
      'curve,acc,loss\na,2,3\na,1,2\n',
      {},
      "f.csv: 2 columns could be the steps or the values: 'acc', 'loss'. Choose with --step-key and --value-key.",
    ],
    [
      'a number twice is no step',
      'run,a,b\nx,1,0.3\nx,1,0.2\nx,2,0.1\n',
      {},
      "f.csv: 2 columns could be the steps or the values: 'a', 'b'. Choose with --step-key and --value-key.",
    ],
    ['no such column', 'a,b\n1,2\n', { valueKey: 'c' }, "f.csv: no column 'c' (--value-key). There are 'a', 'b'."],
    ['no such steps', 'a\n1\n', { stepKey: 'c' }, "f.csv: no column 'c' (--step-key). There is 'a'."],
    ['no such curves', 'a,b\n1,2\n', { curveKey: 'c' }, "f.csv: no column 'c' (--curve-key). There are 'a', 'b'."],
  ])('%s: the error names what there is', (_, content, options, message) => {
    expect(() => read(content, options)).toThrow(new Error(message));
  });
});

describe('each bad file gets one line with file, row and column', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['empty', '', 'f.csv, row 1: the file is empty. Expected CSV.'],
    ['blank cells', ',,\n,,\n', 'f.csv: only blank cells. Expected CSV with a header.'],
    ['blank', ' \n\n', 'f.csv, row 1: the file is empty. Expected CSV.'],
    ['header only', 'a,b\n', 'f.csv, row 1: only a header, no data. Expected a row of numbers per step.'],
    [
      'text',
      'a,b\n0.1,0.2\n0.3,high\n',
      "f.csv, row 3, column 'b': 'high' is not a number. Leave a cell blank where a point is missing.",
    ],
    [
      'decimal comma in a column that has text, too',
      'step;b\n0,1;0,2\ntwo;0,3\n',
      "f.csv, row 2, column 'step': '0,1' is not a number. Write decimals with a point.",
    ],
    [
      'text in the step column',
      'step,a\n1,0.1\ntwo,0.2\n',
      "f.csv, row 3, column 'step': 'two' is not a number. Leave a cell blank where a point is missing.",
    ],
    ['no step', 'step,a\n1,0.1\n,0.2\n', "f.csv, row 3, column 'step': no step. Every point needs one."],
    ['infinite step', 'step,a\n1,0.1\ninf,0.2\n', "f.csv, row 3, column 'step': no step. Every point needs one."],
    [
      'short row',
      'a,b\n0.1,0.2\n0.3\n',
      'f.csv, row 3: 1 cell, expected 2 as in row 1. Leave a cell blank where a point is missing.',
    ],
    [
      'long row',
      'a,b\n0.1,0.2,0.3\n',
      'f.csv, row 2: 3 cells, expected 2 as in row 1. Leave a cell blank where a point is missing.',
    ],
    ['no number', 'a,b\nnan,\ninf,NaN\n', "f.csv: no number in 'a', 'b'. Expected at least one finite value."],
    [
      'Latin-1',
      Uint8Array.from([...Buffer.from('a\n0.1\n'), 0xe9, 0x0a]),
      'f.csv, row 3: not valid UTF-8. Save the file as CSV in UTF-8.',
    ],
    [
      'Latin-1 at the end',
      Uint8Array.from([...Buffer.from('a\n0.1'), 0xe9]),
      'f.csv, row 2: not valid UTF-8. Save the file as CSV in UTF-8.',
    ],
    [
      'binary',
      Uint8Array.from([0x50, 0x4b, 0x0a, 0x00, 0xff]),
      'f.csv, row 2: not a text file (it has a zero byte). Expected CSV in UTF-8.',
    ],
    ['open quote', 'a\n0.1\n"0.2\n', 'f.csv, row 3: not readable as CSV (CSV_QUOTE_NOT_CLOSED). Check the quotes.'],
    [
      'same name',
      'a,a\n0.1,0.2\n0.3,0.4\n',
      "f.csv, row 1, column 'a': two columns have this name. Give every curve its own name.",
    ],
    [
      'no curve name',
      'curve,step,value\na,1,0.1\n,2,0.2\n',
      "f.csv, row 3, column 'curve': blank. Name the curve in every row.",
    ],
  ])('%s', (_, content, message) => {
    expect(() => readCurves(write(content))).toThrow(new Error(message));
  });

  test('missing, a folder, unreadable', () => {
    mkdirSync('d.csv', { recursive: true });
    expect(() => readCurves('no.csv')).toThrow(new Error('no.csv: there is no such file. Check the path.'));
    expect(() => readCurves('d.csv')).toThrow(
      new Error(
        'd.csv: a folder without event files (events.out.tfevents.*). Expected a file of curves, or a folder of runs; several files are named one by one, as by runs/*/metrics.csv.',
      ),
    );
    expect(() => readMatrix('d.csv')).toThrow(new Error('d.csv: is a directory, expected a CSV file.'));
    chmodSync(write('a\n0.1\n0.2\n'), 0);
    // The superuser may read everything.
    if (process.getuid?.() !== 0) {
      expect(() => readCurves('f.csv')).toThrow(
        new Error('f.csv: permission to read it is denied. Check its access rights.'),
      );
    }
    chmodSync('f.csv', 0o600);
  });
});

describe('a matrix of complete curves', () => {
  test('a row per curve, with or without a first row of names or steps', () => {
    for (const header of ['', 't1,t2,t3\n', '1,2,3\n', '0,1,2\n']) {
      expect(readMatrix(write(`${header}0.1,0.2,0.3\n0.4,0.5,1.6\n`))).toEqual([
        [0.1, 0.2, 0.3],
        [0.4, 0.5, 1.6],
      ]);
    }
  });

  test.each([',0,1\n0,', '"","V1","V2"\n"1",'])('as pandas and R write it, with an index: %j', (header) => {
    expect(readMatrix(write(`${header}0.1,0.2\n9,0.4,0.5\n`))).toEqual([
      [0.1, 0.2],
      [0.4, 0.5],
    ]);
  });

  test('refusals', () => {
    expect(() => readMatrix(write('0.1,0.2\n0.3,\n'))).toThrow(
      new Error("f.csv, row 2, column '2': '' is not a number. Every curve needs a value at every step."),
    );
    expect(() => readMatrix(write('0.1,0.2\n0.3\n'))).toThrow(
      new Error('f.csv, row 2: 1 cells, expected 2 as in row 1; every curve needs a value at every step.'),
    );
  });
});
