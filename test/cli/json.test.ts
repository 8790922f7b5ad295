import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { command as evaluate } from '../../cli/commands/evaluate.ts';
import { command as extrapolate } from '../../cli/commands/extrapolate.ts';
import { bump, contextPredictor, fakePredictor } from '../infer/fake-predictor.ts';
import { runCommand as run } from './run-command.ts';

// The commands with a predictor whose answers are known: what is tested here is the contract of their output.
vi.mock('../../infer/load.node.ts', () => ({
  loadPredictor: async (name: string) => (name === 'in context' ? contextPredictor : fakePredictor)(bump).predictor,
}));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const values = Array.from({ length: 40 }, (_, i) => (0.8 - 0.7 / (i + 1)).toFixed(4));
const regular = () => write('run.csv', `accuracy\n${values.join('\n')}\n`);
const real = () =>
  write('real.csv', `step,accuracy\n${values.map((value, i) => `${i * 2400 + 1},${value}`).join('\n')}\n`);

describe('extrapolate --json', () => {
  test('is one document of the documented shape', async () => {
    const { out, notes } = await run(extrapolate, regular(), { json: true, observed: 10, target: 0.75, horizon: 30 });
    const { curves, seconds, ...rest } = JSON.parse(out);
    const reason = "'accuracy' is better the higher it is";
    expect(rest).toEqual({
      checkpoint: 'fake',
      device: { name: 'cpu', reason: 'a test' },
      goal: { goal: 'maximize', reason },
    });
    expect(seconds).toBeGreaterThan(0);
    expect(notes).toEqual([
      `goal maximize: ${reason}. Another one: --goal.`,
      "bounds by the names of metrics: 'accuracy' from 0 to 1. Others: --lower, --upper, none for no bound.",
    ]);
    expect(curves).toHaveLength(1);
    const [curve] = curves;
    expect(Object.keys(curve)).toEqual(
      'name observed goal lower upper steps mean variance quantiles final target logDensity'.split(' '),
    );
    expect([curve.name, curve.observed]).toEqual(['accuracy', 10]);
    expect(curve.steps).toEqual(Array.from({ length: 20 }, (_, i) => i + 11));
    expect(Object.keys(curve.quantiles)).toEqual(['0.05', '0.25', '0.5', '0.75', '0.95']);
    for (const list of [curve.mean, curve.variance, curve.logDensity, ...Object.values(curve.quantiles)]) {
      expect(list).toHaveLength(20);
    }
    expect(curve.final).toEqual({
      step: 30,
      mean: curve.mean[19],
      quantiles: Object.fromEntries(Object.entries<number[]>(curve.quantiles).map(([p, list]) => [p, list[19]])),
    });
    expect(curve.target.value).toBe(0.75);
    expect(curve.target.probability).toBeGreaterThan(0);
  });

  test('has only the quantiles that were asked for, and null where nothing is known', async () => {
    const { out } = await run(extrapolate, regular(), { json: true, quantiles: [0.1, 0.9] });
    const [curve] = JSON.parse(out).curves;
    expect(Object.keys(curve.quantiles)).toEqual(['0.1', '0.9']);
    expect(Object.keys(curve.final.quantiles)).toEqual(['0.1', '0.9']);
    expect([curve.target, curve.logDensity, curve.steps[0], curve.final.step]).toEqual([null, null, 41, 100]);
  });

  test('gives steps in the numbers of the file', async () => {
    const seen = await run(extrapolate, real(), { json: true, observed: '50%' });
    const [curve] = JSON.parse(seen.out).curves;
    expect(curve.steps).toEqual(Array.from({ length: 20 }, (_, i) => (20 + i) * 2400 + 1));
    const all = await run(extrapolate, real(), { json: true });
    // Twice as far as was seen, since nobody said how far.
    expect(JSON.parse(all.out).curves[0].final.step).toBe(2 * 39 * 2400 + 1);
  });
});

test('extrapolate --out has a row for each curve and step, with what happened where it is known', async () => {
  const two = write('two.csv', `a,b\n${values.map((value, i) => `${value},${i < 25 ? value : ''}`).join('\n')}\n`);
  const options = { observed: 20, horizon: 23, goal: 'maximize', quantiles: [0.5, 0.975] };
  for (const path of [two, regular()]) {
    const out = join(folder, 'forecasts.csv');
    const { notes } = await run(extrapolate, path, { ...options, out });
    const { curves } = JSON.parse((await run(extrapolate, path, { ...options, json: true })).out);
    expect(notes.at(-1)).toBe(`wrote ${out}: ${3 * curves.length} rows`);
    const [header, ...rows] = parse(readFileSync(out, 'utf8'));
    expect(header).toEqual(['curve', 'step', 'mean', 'sd', 'median', 'q975', 'actual']);
    const expected = curves.flatMap(({ name, steps, mean, variance, quantiles }: Record<string, never[]>) =>
      steps.map((step, i) => [name, step, mean[i], Math.sqrt(variance[i]), quantiles['0.5'][i], quantiles['0.975'][i]]),
    );
    expect(rows.map((row: string[]) => [row[0], ...row.slice(1, -1).map(Number)])).toEqual(expected);
    expect(rows.map((row: string[]) => row.at(-1))).toEqual(
      curves.flatMap(() => values.slice(20, 23).map((value) => String(Number(value)))),
    );
  }
  const out = join(folder, 'ahead.csv');
  await run(extrapolate, regular(), { out, horizon: 42 });
  expect(readFileSync(out, 'utf8')).toMatch(/^curve,step,mean,sd,q05,q25,median,q75,q95\naccuracy,41,/);
});

test('curves of one file are forecast up to one horizon, which is told', async () => {
  const path = write('ends.csv', `a,b\n${values.map((value, i) => `${i < 12 ? value : ''},${value}`).join('\n')}\n`);
  const asked = { json: true, goal: 'maximize' };
  const { out, notes } = await run(extrapolate, path, asked);
  expect(JSON.parse(out).curves.map(({ final }: { final: { step: number } }) => final.step)).toEqual([100, 100]);
  const ofHorizon = (all: readonly string[]) => all.filter((note) => note.startsWith('horizon'));
  expect(ofHorizon(notes)).toEqual([
    'horizon 100: twice as far as was seen, and at least step 100 where steps are counted. Another one: --horizon.',
  ]);
  expect(ofHorizon((await run(extrapolate, path, { ...asked, horizon: 90 })).notes)).toEqual([]);
  const state = write(
    'trainer_state.json',
    JSON.stringify({ max_steps: 70, log_history: values.map((loss, i) => ({ step: i + 1, loss: Number(loss) })) }),
  );
  const named = await run(extrapolate, state, { json: true });
  expect(JSON.parse(named.out).curves[0].final.step).toBe(70);
  expect(named.notes).toContain('horizon 70: the end that the file names. Another one: --horizon.');
});

test('metrics have an axis of values each in a picture, and --log-y makes it logarithmic', async () => {
  const rows = values.map((value, i) => `${i + 1},${3 - Number(value)},${value}`);
  const path = write('two.csv', `epoch,val_loss,val_accuracy\n${rows.join('\n')}\n`);
  const plot = join(folder, 'two.html');
  await run(extrapolate, path, { plot, json: true });
  expect(readFileSync(plot, 'utf8')).toContain('each curve has its own axis of values');
  const runs = write('runs.csv', `a,b\n${values.map((value) => `${value},${value}`).join('\n')}\n`);
  await run(extrapolate, runs, { plot, json: true });
  expect(readFileSync(plot, 'utf8')).not.toContain('each curve has its own axis of values');
  await expect(
    run(extrapolate, write('negative.csv', 'gap\n-1\n-0.5\n-0.3\n'), { plot, json: true, logY: true }),
  ).rejects.toMatchObject({
    name: 'UsageError',
    message: "--log-y shows values above 0 only, and curve 'gap' has -1. Leave it out.",
  });
  await expect(run(extrapolate, path, { logY: true })).rejects.toThrow(
    '--log-y is about the picture. Add --plot, or leave it out.',
  );
});

test('extrapolate prints a plot, a table and the device', async () => {
  const { out } = await run(extrapolate, real(), { observed: 20, target: 0.7 });
  const lines = out.split('\n');
  expect(lines[0]).toBe('accuracy by step');
  expect(out).toContain('⠒⠒ median   ▒ 50 %   ░ 90 % band   ╌ target');
  const header = lines.find((line) => line.startsWith('curve '));
  expect(header).toMatch(
    /seen +last +final step +median +50 % interval +90 % interval +P\(> 0\.7\) +reaches 0\.7 at +actual +nats\/point$/,
  );
  expect(lines[lines.indexOf(header ?? '') + 1]).toMatch(
    /^accuracy +20 +0\.765 +93601 +0\.\d+ .* % +\d+ \(seen\) +0\.78\d+ +-?\d\.\d\d$/,
  );
  expect(lines.at(-1)).toMatch(/^fake on cpu \(a test\), \d\.\d{3} s$/);
});

test('extrapolate says that nothing beyond the file is forecast with --observed', async () => {
  const note = '--observed forecasts the later points of the file, which end at step 93601, before --horizon';
  expect((await run(extrapolate, real(), { observed: 20, horizon: 200_000, json: true })).notes).toContain(note);
  expect((await run(extrapolate, real(), { observed: 20, horizon: 93_000, json: true })).notes).not.toContain(note);
});

test('extrapolate --plot writes the picture and says so', async () => {
  const path = join(folder, 'plot.svg');
  const { notes } = await run(extrapolate, regular(), { json: true, plot: path });
  expect(readFileSync(path, 'utf8')).toMatch(/^<svg .*<\/svg>\s*$/s);
  expect(notes.at(-1)).toBe(`wrote ${path}`);
  const page = join(folder, 'plot.html');
  await run(extrapolate, regular(), { json: true, plot: page, goal: 'maximize' });
  expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>.*<\/html>\s*$/is);
});

test('a file of falling curves has one goal, and an option overrules it', async () => {
  const path = write('losses.csv', 'a,b,c\n3,2,1\n2,1,2\n1.5,0.8,3\n1.2,0.7,4\n');
  const { notes } = await run(extrapolate, path, { json: true, lower: 0 });
  expect(notes[0]).toBe('goal minimize: 2 of 3 curves fall from where they start. Another one: --goal.');
  const asked = await run(extrapolate, path, { json: true, goal: 'maximize' });
  expect(JSON.parse(asked.out).goal).toEqual({ goal: 'maximize', reason: 'asked for' });
});

test('metrics of one run have a goal each, and settings of the training are none of them', async () => {
  const rows = values.map((value, i) => `${i + 1},${2 - Number(value)},${value},${1 - Number(value)},${0.1 / (i + 1)}`);
  const path = write('history.csv', `epoch,val_loss,val_accuracy,gap,learning_rate\n${rows.join('\n')}\n`);
  const { out, notes } = await run(extrapolate, path, { json: true });
  expect(notes).toContain(`${path}: columns left out: 'learning_rate'.`);
  expect(notes).toContain(
    "goals by the names of metrics: minimize 'val_loss'; maximize 'val_accuracy'; by their values: minimize 'gap'. One for all: --goal.",
  );
  const { goal, curves } = JSON.parse(out) as {
    goal: null;
    curves: { name: string; goal: { goal: string }; mean: number[] }[];
  };
  expect(goal).toBeNull();
  expect(curves.map((curve) => [curve.name, curve.goal.goal])).toEqual([
    ['val_loss', 'minimize'],
    ['val_accuracy', 'maximize'],
    ['gap', 'minimize'],
  ]);
  // Each as if it were alone.
  for (const [i, valueKey] of ['val_loss', 'val_accuracy', 'gap'].entries()) {
    const alone = await run(extrapolate, path, { json: true, valueKey });
    expect(JSON.parse(alone.out).curves[0].mean).toEqual(curves[i].mean);
  }
});

test('curves that are too short for a forecast are left out and named, unless all of them are', async () => {
  const path = write('short.csv', 'run,step,quality\nold,1,0.1\nold,2,0.2\nold,3,0.3\nnew,1,0.1\n');
  const checkpoint = 'in context';
  const { out, notes } = await run(extrapolate, path, { json: true, checkpoint });
  expect(JSON.parse(out).curves.map(({ name }: { name: string }) => name)).toEqual(['old']);
  expect(notes).toContain(`${path}: left out, with fewer than the 2 points that a forecast needs: 'new'.`);
  await expect(run(extrapolate, write('shorter.csv', 'a,b\n1,2\n'), { checkpoint })).rejects.toThrow(
    "extrapolate: curve 'a' has 1 point, at least 2 are needed. Wait for more, or leave it out.",
  );
});

test('curves that have reached the horizon are left out and named, unless all of them have', async () => {
  const path = write('done.csv', 'run,step,quality\nold,1,0.1\nold,9,0.2\nnew,1,0.1\nnew,2,0.2\n');
  const { out, notes } = await run(extrapolate, path, { json: true, horizon: 9 });
  expect(JSON.parse(out).curves.map(({ name }: { name: string }) => name)).toEqual(['new']);
  expect(notes).toContain(`${path}: left out, as seen up to the horizon 9 or beyond: 'old'.`);
  const first = await run(extrapolate, path, { json: true, horizon: 9, observed: 1 });
  expect(JSON.parse(first.out).curves).toHaveLength(2);
  await expect(run(extrapolate, path, { horizon: 2 })).rejects.toThrow('at or past the horizon 2');
});

test('a metric that is left out as too short still tells that the others are metrics', async () => {
  const path = write('young.csv', 'step,val_loss,acc,gap\n1,,0.1,3\n2,3,0.2,2\n3,,0.3,1\n');
  const { out } = await run(extrapolate, path, { json: true, checkpoint: 'in context' });
  const { curves } = JSON.parse(out) as { curves: { name: string; goal: { goal: string }; upper: number | null }[] };
  expect(curves.map(({ name, goal, upper }) => [name, goal.goal, upper])).toEqual([
    ['acc', 'maximize', 1],
    ['gap', 'minimize', null],
  ]);
});

describe('extrapolate --draws', () => {
  test('the JSON has whole futures of each curve at the steps of its forecast, decided by the seed', async () => {
    const path = write('two.csv', `a,b\n${values.map((value) => `${value},${1 - Number(value)}`).join('\n')}\n`);
    const ask = async (seed: number) => {
      const { out } = await run(extrapolate, path, { json: true, observed: 30, draws: 3, seed });
      return JSON.parse(out).curves as { steps: number[]; draws: number[][] }[];
    };
    const curves = await ask(1);
    for (const { steps, draws } of curves) {
      expect(draws).toHaveLength(3);
      for (const draw of draws) expect([draw.length, draw.every(Number.isFinite)]).toEqual([steps.length, true]);
    }
    expect(await ask(1)).toEqual(curves);
    expect((await ask(2))[0].draws).not.toEqual(curves[0].draws);
  });

  test('a target is reached when the futures reach it, in the JSON and in the table', async () => {
    const options = { observed: 30, draws: 100, target: 0.785 };
    const { out } = await run(extrapolate, regular(), { ...options, json: true });
    const [{ steps, draws, target }] = JSON.parse(out).curves as {
      steps: number[];
      draws: number[][];
      target: { reachedBy: Record<string, number | null>; reachedFrom: string };
    }[];
    expect(target.reachedFrom).toBe('draws');
    const first = draws.map((future) => steps[future.findIndex((value) => value >= 0.785)] ?? Infinity);
    const sorted = first.toSorted((a, b) => a - b);
    const at = (p: number) => (sorted[100 * p - 1] === Infinity ? null : sorted[100 * p - 1]);
    expect(target.reachedBy['0.05']).toBe(at(0.05));
    expect(target.reachedBy['0.5']).toBe(at(0.5));
    expect(target.reachedBy['0.95']).toBe(at(0.95));
    const table = await run(extrapolate, regular(), options);
    expect(table.out).toContain(`${target.reachedBy['0.5']} (${target.reachedBy['0.05']}..`);
  });

  test('the picture has a line for each', async () => {
    const path = join(folder, 'futures.svg');
    await run(extrapolate, regular(), { observed: 30, draws: 4, plot: path });
    const svg = readFileSync(path, 'utf8');
    expect(svg).toContain('>drawn</text>');
    // Vega draws lines of several series as groups, the median in one of its own.
    expect(svg.match(/<g class="mark-line role-mark/g)).toHaveLength(5);
  });

  test('where nobody would see them they are refused', async () => {
    await expect(run(extrapolate, regular(), { draws: 3 })).rejects.toThrow(
      '--draws: they are in the picture and in the JSON. Add --plot or --json.',
    );
    await expect(run(extrapolate, regular(), { draws: 99, target: 1 })).rejects.toThrow(
      '--draws: from 100 on they tell when --target is reached, fewer are in the picture and in the JSON. Ask for more, or add --plot or --json.',
    );
  });
});

test('a band that goes where no value is, is told with the option that bounds it, until that is given', async () => {
  const path = write('small.csv', 'distance\n3\n1.5\n0.7\n0.2\n');
  const hint = 'the 90 % band goes below 0, where no value is. If none can be there: --lower 0.';
  expect((await run(extrapolate, path, { json: true })).notes).toContain(hint);
  expect((await run(extrapolate, path, { json: true, lower: 0 })).notes).not.toContain(hint);
});

describe('evaluate', () => {
  const matrix = () => write('m.csv', Array.from({ length: 3 }, () => values.join(',')).join('\n'));

  test('--json is one document of the documented shape', async () => {
    const { out } = await run(evaluate, 'fake', { json: true, curves: matrix() });
    const { curves, cutoffs, secondsPerCurve, ...rest } = JSON.parse(out);
    expect([curves, Object.keys(cutoffs), rest]).toEqual([3, ['10', '20', '40', '80'], {}]);
    expect(Object.keys(cutoffs['10'])).toEqual(['logLikelihood', 'mse', 'coverage90', 'standardError']);
    expect(secondsPerCurve).toBeGreaterThan(0);
  });

  test('prints a table', async () => {
    const { out } = await run(evaluate, 'fake', { curves: matrix(), cutoffs: [50] });
    expect(out).toMatch(/^seen +log-likelihood \(nats\) +MSE of the mean +90 % interval covers\n50 % +\S+ ± 0\.000 +/);
  });
});
