import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../../cli/commands/sample.ts';
import { PRIOR_SUMMARIES } from '../../cli/prior-summaries.ts';
import { createPrior, priors, randomStream } from '../../priors/index.ts';
import { runCommand } from './run-command.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const sample = (prior: string, options: object = {}) => runCommand(command, prior, options);
const parse = (flag: string, text: string) =>
  command.options.find(({ flags }) => flags.startsWith(`${flag} `))?.parse?.(text);

describe('sample on stdout', () => {
  test('is CSV with a row per row: data set, role, x, y, context first', async () => {
    const { out, notes } = await sample('training-run', { datasets: 2, rows: 5, context: 3 });
    const [header, ...lines] = out.split('\n');
    expect(header).toBe('dataset,role,x1,y');
    expect(lines.map((line) => line.split(',').slice(0, 2).join())).toEqual(
      ['1', '2'].flatMap((b) => [...Array(3).fill(`${b},context`), ...Array(2).fill(`${b},query`)]),
    );
    expect(notes).toEqual([]);
  });

  test('has the numbers of the prior exactly, with no more digits than single precision needs', async () => {
    const { out } = await sample('training-run', { rows: 8, seed: 3 });
    const shape = { numDatasets: 1, numContext: 4, numQuery: 4 };
    const { contextX, contextY, queryX, queryY } = createPrior('training-run').sample(randomStream(3, 'sample'), shape);
    const cells = out
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').slice(2));
    expect(Float32Array.from(cells, ([x]) => Number(x))).toEqual(Float32Array.from([...contextX, ...queryX]));
    expect(Float32Array.from(cells, ([, y]) => Number(y))).toEqual(Float32Array.from([...contextY, ...queryY]));
    expect(Math.max(...cells.flat().map((cell) => cell.replace(/^-?0?\.?0*|e.*$|\./g, '').length))).toBeLessThan(10);
  });

  test('is half context of 100 rows by default, or of what the prior has', async () => {
    const roles = async (name: string, options = {}) => {
      const { out } = await sample(name, { options });
      return [out.match(/context/g)?.length, out.match(/query/g)?.length];
    };
    expect(await roles('training-run')).toEqual([50, 50]);
    expect(await roles('learning-curve', { numSteps: 11 })).toEqual([5, 6]);
  });

  test('is the same for the same seed, other data for another', async () => {
    const { out } = await sample('training-run', { seed: 1 });
    expect((await sample('training-run', { seed: 1 })).out).toBe(out);
    expect((await sample('training-run', { seed: 2 })).out).not.toBe(out);
  });

  test('has empty cells and nulls where values are missing', async () => {
    const options = { options: { maxShare: 1 }, datasets: 4 };
    expect((await sample('missing-values', options)).out).toMatch(/^\d,context,,-?[\d.e-]+$/m);
    const { datasets } = JSON.parse((await sample('missing-values', { ...options, json: true })).out);
    expect(JSON.stringify(datasets)).toContain('[null]');
  });

  test('--json is one document of the documented shape', async () => {
    const { out } = await sample('classify', { json: true, datasets: 2, rows: 5, seed: 9 });
    const { datasets, ...rest } = JSON.parse(out);
    expect(rest).toEqual({
      prior: { name: 'classify', options: createPrior('classify').options },
      numFeatures: 1,
      numClasses: 3,
      hyperparameters: [],
      seed: 9,
      numContext: 2,
      numQuery: 3,
    });
    expect(datasets).toHaveLength(2);
    expect(Object.keys(datasets[0])).toEqual(['context', 'query']);
    expect([datasets[0].context.x.length, datasets[0].query.x.length]).toEqual([2, 3]);
    expect(datasets[0].context.x[0]).toHaveLength(1);
    expect(datasets[0].query.y.every((y: number) => [0, 1, 2].includes(y))).toBe(true);
  });
});

describe('sample --list', () => {
  test('has a line per prior, each with a summary', async () => {
    const { out } = await runCommand(command, undefined as never, { list: true });
    const lines = out.split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(Object.keys(priors));
    for (const line of lines) expect(line).toMatch(/^\S+ {2,}\S.{20,}$/);
    for (const name of Object.keys(priors)) expect(PRIOR_SUMMARIES).toHaveProperty(name);
  });

  test('--json has the same', async () => {
    const { out } = await runCommand(command, undefined as never, { list: true, json: true });
    expect(JSON.parse(out)[0]).toEqual({ name: 'learning-curve', summary: PRIOR_SUMMARIES['learning-curve'] });
  });
});

/** The lines that join rows. */
const linesOf = (svg: string) => svg.match(/<path [^>]*stroke="#93bbe0"/g);

describe('sample into files', () => {
  test('--out writes CSV or JSON, and nothing to stdout', async () => {
    const [csv, json] = ['a.csv', 'a.json'].map((name) => join(folder, name));
    const { out, notes } = await sample('training-run', { rows: 6, out: csv });
    expect(out).toBe('');
    expect(notes).toEqual([`wrote ${csv}: 1 data set of 6 rows`]);
    expect(readFileSync(csv, 'utf8')).toBe(`${(await sample('training-run', { rows: 6 })).out}\n`);
    await sample('training-run', { rows: 6, out: json });
    expect(readFileSync(json, 'utf8')).toBe(`${(await sample('training-run', { rows: 6, json: true })).out}\n`);
  });

  test('--plot draws every data set: a point per row and a line through them', async () => {
    const path = join(folder, 'runs.svg');
    const { out, notes } = await sample('training-run', { datasets: 3, rows: 20, context: 12, plot: path });
    expect([out, notes]).toEqual(['', [`wrote ${path}`]]);
    const svg = readFileSync(path, 'utf8');
    expect(svg).toMatch(/^<svg role="img" aria-label="training-run: 3 data sets: y by x" .*<\/svg>\s*$/s);
    expect(svg).toContain('@media (prefers-color-scheme:dark)');
    expect(linesOf(svg)).toHaveLength(3);
    // Points and the two of the legend.
    expect(svg.match(/<path [^>]*fill="#1f2933"/g)).toHaveLength(3 * 12 + 1);
    expect(svg.match(/<path [^>]*fill="#c2410c"/g)).toHaveLength(3 * 8 + 1);
  });

  test('--plot draws classes as points at whole numbers, however rare', async () => {
    const path = join(folder, 'classes.svg');
    await sample('classify', { rows: 20, options: { numClasses: 2 }, plot: path });
    const svg = readFileSync(path, 'utf8');
    expect(linesOf(svg)).toBeNull();
    expect(svg).toMatch(/>0<\/text>.*>1<\/text>.*>class<\/text>/s);
    expect(svg.match(/<path [^>]*fill="#(?:1f2933|c2410c)"/g)).toHaveLength(20 + 2);
  });

  test('--plot writes a page that loads nothing and may run nothing', async () => {
    const path = join(folder, 'runs.html');
    await sample('training-run', { datasets: 2, plot: path, theme: 'dark' });
    const page = readFileSync(path, 'utf8');
    expect(page).toMatch(/^<!doctype html>.*<\/html>\s*$/s);
    expect(page.match(/<figure>/g)).toHaveLength(2);
    expect(page).not.toMatch(/<script|(?:src|href)="/);
  });

  test('--plot says that it shows one feature of several', async () => {
    const path = join(folder, 'features.svg');
    const recipe = join(folder, 'recipe.json');
    const module = join(folder, 'two-features.mjs');
    writeFileSync(
      module,
      `export default { name: 'two', options: {}, numFeatures: 2, maxRows: 9, sample(random, shape) {
        const { numDatasets, numContext, numQuery } = shape;
        const draw = (length) => Float32Array.from({ length }, random);
        return { ...shape, numFeatures: 2,
          contextX: draw(numDatasets * numContext * 2), contextY: draw(numDatasets * numContext),
          queryX: draw(numDatasets * numQuery * 2), queryY: draw(numDatasets * numQuery) };
      } };`,
    );
    writeFileSync(recipe, JSON.stringify({ prior: { name: 'two', module } }));
    const { notes } = await sample(recipe, { plot: path });
    expect(notes).toEqual([`wrote ${path}`, 'the picture shows y against x1, the first of 2 features']);
    const svg = readFileSync(path, 'utf8');
    expect(svg).toContain('>x1, the first of 2 features</text>');
    expect(linesOf(svg)).toBeNull();
    expect((await sample(recipe)).out).toMatch(/^dataset,role,x1,x2,y\n1,context,/);
  });
});

describe('tables of any number of columns', () => {
  const options = { datasets: 4, rows: 60, context: 40, options: { minFeatures: 6, maxFeatures: 9 } };
  const draw = (more: object = {}) => sample('structural-causal', { ...options, seed: 3, ...more });

  test('have as many columns as their batch, cells that are missing are empty or null', async () => {
    const { numFeatures, datasets } = JSON.parse((await draw({ json: true })).out);
    expect(numFeatures).toBeGreaterThan(5);
    expect(numFeatures).toBeLessThan(10);
    const cells = datasets.flatMap(({ context, query }: Record<'context' | 'query', { x: unknown[][] }>) =>
      [...context.x, ...query.x].flat(),
    );
    expect(cells).toHaveLength(4 * 60 * numFeatures);
    expect(cells).toContain(null);
    const [header, ...lines] = (await draw()).out.split('\n');
    expect(header.split(',')).toHaveLength(3 + numFeatures);
    expect(lines.join('\n')).toMatch(/,,/);
    for (const line of lines) expect(line.split(',')).toHaveLength(3 + numFeatures);
  });

  test('--plot draws two columns against each other, every row in the colour of its class', async () => {
    const path = join(folder, 'tables.svg');
    const { notes } = await draw({ plot: path });
    const subject = 'the two columns that tell most of the class against each other';
    expect(notes).toEqual([`wrote ${path}`, `the picture shows ${subject}`]);
    const svg = readFileSync(path, 'utf8');
    expect(svg).toContain(`aria-label="structural-causal: 4 data sets: ${subject}"`);
    const { datasets } = JSON.parse((await draw({ json: true })).out);
    const classes = datasets.flatMap(({ context, query }: Record<'context' | 'query', { y: number[] }>) => [
      ...context.y,
      ...query.y,
    ]);
    // Class 0 is blue, class 1 orange; one point more for the legend.
    for (const [k, color] of ['#1d6fb8', '#e8590c'].entries()) {
      const points = svg.match(new RegExp(`<path [^>]*(?:fill|stroke)="${color}"`, 'g'));
      expect(points).toHaveLength(classes.filter((y: number) => y === k).length + 1);
    }
    expect(svg).toContain('>cell is missing</text>');
  });

  test('--plot draws a real target, a single column, and a page', async () => {
    const path = join(folder, 'tables.html');
    await draw({ plot: path, options: { task: 'regression' } });
    expect(readFileSync(path, 'utf8')).toContain('y by the column that tells most of it');
    await draw({ plot: path, options: { maxFeatures: 1 } });
    expect(readFileSync(path, 'utf8').match(/<figure>/g)).toHaveLength(4);
  });
});

describe('the prior of a recipe', () => {
  const write = (content: string) => {
    const path = join(folder, 'r.json');
    writeFileSync(path, content);
    return path;
  };

  test('is that of its field prior, with its options', async () => {
    const path = write('{"prior": {"name": "learning-curve", "options": {"numSteps": 7}}, "training": {"steps": 5}}');
    expect((await sample(path)).out).toBe((await sample('learning-curve', { options: { numSteps: 7 } })).out);
  });

  test.each([
    ['{"prior": 5}', '5'],
    ['{}', 'none'],
    ['prior', 'no JSON'],
  ])('is missed in %s', async (content, got) => {
    const path = write(content);
    await expect(sample(path)).rejects.toThrow(
      `${path}: expected a recipe with a prior such as {"prior": {"name": "training-run"}}, got ${got}.`,
    );
  });

  test('takes no --options', async () => {
    await expect(sample(write('{}'), { options: {} })).rejects.toMatchObject({ name: 'UsageError' });
  });
});

test('the prior of a module is drawn from, with its options', async () => {
  const path = join(folder, 'mine.mjs');
  const draw = (count: string) => `Float32Array.from({ length: ${count} }, () => options.shift + random())`;
  writeFileSync(
    path,
    `export default (options) => ({
      name: 'mine', options, numFeatures: 1, maxRows: 20,
      sample: (random, { numDatasets: B, numContext: N, numQuery: M }) => ({
        numDatasets: B, numContext: N, numQuery: M, numFeatures: 1,
        contextX: ${draw('B * N')}, contextY: ${draw('B * N')}, queryX: ${draw('B * M')}, queryY: ${draw('B * M')},
      }),
    });`,
  );
  const { prior, datasets } = JSON.parse((await sample(path, { options: { shift: 5 }, json: true })).out);
  expect(prior).toEqual({ name: 'mine', options: { shift: 5 } });
  const targets: number[] = datasets[0].context.y;
  expect(targets).toHaveLength(10);
  expect(targets.every((y) => y >= 5 && y < 6)).toBe(true);
  await expect(sample(join(folder, 'none.ts'))).rejects.toThrow('got no such file');
});

describe('sample refuses in one line', () => {
  const names = Object.keys(priors).join(', ');
  test.each<[string, string | undefined, object, string]>([
    ['no prior', undefined, {}, `a prior is missing. Name one of ${names}, or a file: .ts, .js or a recipe (.json).`],
    [
      'an unknown prior',
      'curves',
      {},
      `expected a prior (${names}), a module that exports one (.ts, .js) or a recipe (.json), got 'curves'.`,
    ],
    [
      'more rows than there are',
      'training-run',
      { rows: 500 },
      "--rows must be at most 120, all the rows that 'training-run' has, got 500.",
    ],
    [
      'more context than rows',
      'training-run',
      { context: 101 },
      '--context must be at most 100, the number of rows, got 101.',
    ],
  ])('%s', async (_, prior, options, message) => {
    await expect(sample(prior as string, options)).rejects.toMatchObject({ name: 'UsageError', message });
  });

  test.each([
    ['--options', '[1]', `--options must be a JSON object such as '{"maxRows": 50}', got '[1]'.`],
    ['--options', '{a', `--options must be a JSON object such as '{"maxRows": 50}', got '{a'.`],
    ['--out', 'a.txt', "--out writes CSV or JSON, so its file must end in .csv or .json, got 'a.txt'."],
    ['--plot', 'a.png', "--plot writes SVG or HTML, so its file must end in .svg or .html, got 'a.png'."],
    ['--datasets', '0', "--datasets must be a whole number from 1 to 1000000, got '0'."],
  ])('%s %s', (flag, text, message) => {
    expect(() => parse(flag, text)).toThrow(message);
  });

  test('options that the prior does not know', async () => {
    await expect(sample('training-run', { options: { steps: 3 } })).rejects.toThrow(
      "training-run: expected only maxRows, got 'steps'. Remove or correct it.",
    );
  });
});
