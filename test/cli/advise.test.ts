import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { command } from '../../cli/commands/advise.ts';
import { CHECKPOINT_OPTION } from '../../cli/stop-options.ts';
import { DEFAULT_CURVE_CHECKPOINT } from '../../infer/learning-curve.node.ts';
import { fakePredictor } from '../infer/fake-predictor.ts';
import { runCommand } from './run-command.ts';

// Every later value is uniform within 0.05 of the last seen one.
const uniformAroundLast = () =>
  fakePredictor((_, y) =>
    Array.from({ length: 40 }, (_, k) => (Math.abs(-0.475 + k / 20 - y[y.length - 1]) < 0.05 ? 0 : -1000)),
  );
vi.mock('../../infer/load.node.ts', () => ({ loadPredictor: async () => uniformAroundLast().predictor }));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, runs: Readonly<Record<string, readonly number[]>>, metric = 'quality'): string {
  const rows = Object.entries(runs).flatMap(([run, values]) => values.map((value, i) => `${run},${i + 1},${value}`));
  writeFileSync(join(folder, name), `run,step,${metric}\n${rows.join('\n')}\n`);
  return join(folder, name);
}

/** Rises by equal steps from 0.1 to `end`. */
const rising = (count: number, end: number) =>
  Array.from({ length: count }, (_, i) => Number((0.1 + ((end - 0.1) * i) / Math.max(1, count - 1)).toFixed(4)));

// The best value is 0.8, of 'leader': P(> 0.8) is 0.5 for a run at 0.8, 0.3 at 0.78 and so on, 0 at 0.5 and at 0.6.
const RUNS = {
  hopeless: rising(10, 0.5),
  leader: rising(12, 0.8),
  done: rising(40, 0.7),
  young: [0.1],
  late: rising(8, 0.6),
};

describe('advise', () => {
  test('--json is one document of the documented shape, runs in the order of the file', async () => {
    const { out, notes } = await runCommand(command, write('runs.csv', RUNS), { json: true });
    const { runs, ...rest } = JSON.parse(out);
    expect(rest).toEqual({
      checkpoint: 'fake',
      device: { name: 'cpu', reason: 'a test' },
      goal: { goal: 'maximize', reason: '5 of 5 curves rise from where they start' },
      lower: null,
      upper: null,
      horizon: 40,
      confidence: 0.95,
      best: { name: 'leader', value: 0.8 },
    });
    expect(notes).toContain('goal: maximize (5 of 5 curves rise from where they start); --goal sets it');
    expect(runs.map(({ name, advice }: { name: string; advice: string }) => [name, advice])).toEqual([
      ['hopeless', 'stop'],
      ['leader', 'go on'],
      ['done', 'finished'],
      ['young', 'too short'],
      ['late', 'stop'],
    ]);
    const [hopeless, leader, done, young] = runs;
    expect(Object.keys(leader)).toEqual(
      'name observed last best advice probability step final target reason'.split(' '),
    );
    expect(leader).toMatchObject({ observed: 12, last: 0.8, best: 0.8, step: 13, target: null });
    expect(leader.probability).toBeCloseTo(0.5, 4);
    // Uniform on [0.75, 0.85].
    expect(leader.final.step).toBe(40);
    expect(leader.final.median).toBeCloseTo(0.8, 4);
    expect(leader.final.quantiles['0.05']).toBeCloseTo(0.755, 4);
    expect(leader.final.probability).toBeCloseTo(0.5, 4);
    expect([hopeless.probability, hopeless.reason]).toEqual([0, 'at most 0 % chance to beat 0.8 at any step up to 40']);
    expect(done).toMatchObject({ probability: null, step: null, final: null, reason: 'reached the horizon 40' });
    expect(young).toMatchObject({ final: null, reason: '1 point, no advice before 5: go on' });
  });

  test('the table has the runs to stop on top', async () => {
    const { out } = await runCommand(command, write('runs.csv', RUNS), {});
    expect(out).toMatchInlineSnapshot(`
      "run       seen  last  best so far  median final  P(beats best)     advice
      hopeless    10   0.5          0.5           0.5            0 %       stop
      late         8   0.6          0.6           0.6            0 %       stop
      leader      12   0.8          0.8           0.8           50 %      go on
      young        1   0.1          0.1                               too short
      done        40   0.7          0.7                                finished

      best so far: 0.8 (leader); stop 2 of 5: those with at most 5 % chance to beat it up to step 40
      fake on cpu (a test)"
    `);
  });

  test('of one advice the table has the clearest cases on top: least hope of those to stop, most of the others', async () => {
    const runs = { slim: rising(10, 0.78), fair: rising(10, 0.83), fallen: [...rising(8, 0.84), 0.6, 0.5] };
    // P(> 0.84) is that of a uniform on [0.75, 0.85] for 'slim', on [0.8, 0.9] for 'fair', and 0 for 'fallen'.
    for (const [confidence, expected] of [
      [0.95, ['fallen 0 % stop', 'fair 60 % go on', 'slim 10 % go on']],
      [0.85, ['fallen 0 % stop', 'slim 10 % stop', 'fair 60 % go on']],
    ] as const) {
      const { out } = await runCommand(command, write('hope.csv', runs), { horizon: 40, confidence });
      const rows = out.split('\n').slice(1, 4);
      expect(rows.map((row) => row.replace(/^(\w+) .* (\d+ %) +(stop|go on)$/, '$1 $2 $3'))).toEqual(expected);
    }
  });

  test('the name of the metric says which way it improves and where it can lie', async () => {
    const path = write('error-rates.csv', { worse: [0.03, 0.04, 0.05, 0.06, 0.05], other: [0.3, 0.1] }, 'error_rate');
    const { out, notes } = await runCommand(command, path, { json: true, horizon: 9 });
    const { goal, lower, upper, runs } = JSON.parse(out);
    expect([lower, upper]).toEqual([0, 1]);
    expect(notes).toContain(
      "bounds by the names of metrics: 'error_rate' from 0 to 1. Others: --lower, --upper, none for no bound.",
    );
    expect(goal).toEqual({ goal: 'minimize', reason: "'error_rate' is better the lower it is" });
    expect(runs[0].final.quantiles['0.05']).toBeGreaterThan(0);
    const free = await runCommand(command, path, { json: true, horizon: 9, lower: -Infinity });
    expect(JSON.parse(free.out).runs[0].final.quantiles['0.05']).toBeLessThan(runs[0].final.quantiles['0.05']);
  });

  test('a target tells in which unit a share is', async () => {
    const path = write('young.csv', { slow: [0.1, 0.3, 0.5, 0.6, 0.8], fast: [0.2, 0.9] }, 'accuracy');
    for (const [target, upper] of [
      [0.95, 1],
      [70, 100],
    ]) {
      const { out } = await runCommand(command, path, { json: true, horizon: 9, target });
      expect(JSON.parse(out)).toMatchObject({ lower: 0, upper });
    }
  });

  test('columns that are runs have no bounds by their names where one of the two differs', async () => {
    const path = join(folder, 'named.csv');
    writeFileSync(path, 'epoch,accuracy,mse\n1,0.1,0.3\n2,0.2,0.5\n3,0.3,0.6\n');
    const { out, notes } = await runCommand(command, path, { json: true, horizon: 9, goal: 'maximize', minPoints: 3 });
    // At least 0 are both, at most 1 the accuracy alone.
    expect(JSON.parse(out)).toMatchObject({ lower: null, upper: null });
    expect(notes).toContain(
      'the columns are compared as runs of one metric, so bounds by their names do not count. Tell them with --lower, --upper.',
    );
  });

  test('metrics of one run are not compared as runs', async () => {
    const path = join(folder, 'history.csv');
    writeFileSync(path, 'epoch,loss,val_loss,accuracy\n1,3,3,0.1\n2,2,2.5,0.2\n3,1.5,2.2,0.3\n');
    await expect(runCommand(command, path, { horizon: 9 })).rejects.toThrow(
      `${path}: expected runs of one metric, got several metrics: 'loss', 'val_loss', 'accuracy'. Choose one with --value-key, or tell --goal where these are runs.`,
    );
    const { out } = await runCommand(command, path, { horizon: 9, valueKey: 'val_loss', minPoints: 2, json: true });
    expect(JSON.parse(out)).toMatchObject({ goal: { goal: 'minimize' }, best: { name: 'val_loss', value: 2.2 } });
  });

  test('runs may be in a file each, and are then called by what tells the files apart', async () => {
    const paths = Object.entries(RUNS).map(([name, values]) => {
      mkdirSync(join(folder, 'each', name), { recursive: true });
      const path = join(folder, 'each', name, 'log.jsonl');
      writeFileSync(path, values.map((quality, i) => JSON.stringify({ step: i + 1, quality, lr: 0.1 })).join('\n'));
      return path;
    });
    const { out } = await runCommand(command, paths, { json: true });
    const { runs, ...rest } = JSON.parse(out);
    const one = JSON.parse((await runCommand(command, write('runs.csv', RUNS), { json: true })).out);
    expect({ ...rest, runs }).toEqual(one);
    await expect(runCommand(command, [paths[0], paths[0]], {})).rejects.toMatchObject({
      name: 'UsageError',
      message: `${paths[0]} is named twice. Name every file once.`,
    });
  });

  test('a run that ends in NaN is to stop, without a forecast; columns of runs may end so for want of values', async () => {
    const values = [...rising(10, 0.8), 'nan', 'inf', 'nan'] as readonly number[];
    const path = write('diverged.csv', { leader: rising(12, 0.7), diverged: values, young: [0.1, Number.NaN] });
    const { out, notes } = await runCommand(command, path, { json: true, horizon: 40 });
    const { runs } = JSON.parse(out);
    expect(runs[1]).toMatchObject({
      advice: 'stop',
      observed: 10,
      best: 0.8,
      final: null,
      reason: 'diverged: nothing but NaN or infinities from step 11 on',
    });
    expect(runs.map(({ advice }: { advice: string }) => advice)).toEqual(['stop', 'stop', 'too short']);
    expect(notes).toContain(`${path}: nothing but NaN or infinities at the end, from step 11 on: 'diverged'.`);
    const table = (await runCommand(command, path, { horizon: 40 })).out;
    expect(table).toMatch(/^diverged +10 +0\.8 +0\.8 +stop: diverged$/m);
    expect(table).toContain('up to step 40, and those that diverged');
    const wide = join(folder, 'padded.csv');
    const rows = rising(12, 0.8).map((value, i) => `${i + 1},${value},${i < 9 ? value : 'nan'}`);
    writeFileSync(wide, `step,long,short\n${rows.join('\n')}\n`);
    const padded = JSON.parse((await runCommand(command, wide, { json: true, horizon: 40 })).out);
    expect(padded.runs[1].reason).toContain('chance to beat');
    // Also where it alone is read; a metric beside others of one run is over when that is.
    const asked = { json: true, horizon: 40, minPoints: 2 };
    const alone = JSON.parse((await runCommand(command, wide, { ...asked, valueKey: 'short' })).out);
    expect(alone.runs[0].reason).not.toContain('diverged');
    writeFileSync(wide, `epoch,val_acc,val_loss\n${rows.join('\n')}\n`);
    const metric = JSON.parse((await runCommand(command, wide, { ...asked, valueKey: 'val_loss' })).out);
    expect(metric.runs[0].reason).toContain('diverged');
  });

  test('a run that has diverged needs no horizon, where no other one does', async () => {
    const values = [...rising(10, 0.8), 'nan', 'nan'] as readonly number[];
    const { out } = await runCommand(command, write('alone.csv', { diverged: values }), { json: true });
    expect(JSON.parse(out).runs[0].advice).toBe('stop');
    const both = write('both.csv', { diverged: values, other: rising(10, 0.8) });
    await expect(runCommand(command, both, {})).rejects.toThrow('Give the planned last step with --horizon.');
  });

  test('nor are those of a log, whatever the goal and before anything else is asked for', async () => {
    const path = join(folder, 'history.jsonl');
    writeFileSync(path, [1, 2, 3].map((step) => `{"step":${step},"loss":${3 / step},"accuracy":0.${step}}`).join('\n'));
    for (const options of [{}, { goal: 'minimize', horizon: 9 }]) {
      await expect(runCommand(command, path, options)).rejects.toThrow(
        `${path}: expected runs of one metric, got several metrics: 'loss', 'accuracy'. Choose one with --value-key.`,
      );
    }
  });

  test('where the metric is minimized, lower is better', async () => {
    const runs = { bad: [0.9, 0.8, 0.7, 0.6], good: [0.9, 0.6, 0.4, 0.2], done: [0.9, 0.8, 0.7, 0.6, 0.5, 0.4] };
    const path = write('distances.csv', runs, 'distance');
    const { out } = await runCommand(command, path, { json: true, target: 0.3, minPoints: 4 });
    const { goal, best, runs: judged } = JSON.parse(out);
    expect([goal.goal, best]).toEqual(['minimize', { name: 'good', value: 0.2 }]);
    const [bad, good, done] = judged;
    expect(good.target.probability).toBeGreaterThan(bad.target.probability);
    expect([good.target.value, done.target]).toEqual([0.3, null]);
    expect(JSON.parse((await runCommand(command, path, { json: true, goal: 'maximize' })).out).best.value).toBe(0.9);
  });

  test('a run shorter than --min-points gets no advice', async () => {
    const path = write('short.csv', { four: rising(4, 0.5), leader: rising(12, 0.8) });
    const four = async (options: object) =>
      JSON.parse((await runCommand(command, path, { json: true, horizon: 40, ...options })).out).runs[0].advice;
    expect(await four({})).toBe('too short');
    expect(await four({ minPoints: 4 })).toBe('stop');
  });

  test('--target asks for the final value, --confidence and --min-delta for more certainty or more gain', async () => {
    const path = write('runs.csv', RUNS);
    const leader = async (options: object) =>
      JSON.parse((await runCommand(command, path, { json: true, ...options })).out).runs[1];
    expect((await leader({ target: 0.77 })).target.probability).toBeCloseTo(0.8, 4);
    expect((await leader({ confidence: 0.45 })).advice).toBe('stop'); // P = 0.5 <= 0.55
    const demanding = await leader({ minDelta: 0.04 });
    expect(demanding.probability).toBeCloseTo(0.1, 4);
    expect((await runCommand(command, path, { target: 0.77 })).out).toMatch(/P\(> 0\.77\) +advice\n/);
  });

  test('--observed says what the advice would have been, up to the same horizon', async () => {
    const { out } = await runCommand(command, write('runs.csv', RUNS), { json: true, observed: 6 });
    const { best, horizon, runs } = JSON.parse(out);
    expect(horizon).toBe(40);
    // After 6 of 12 points the leader was at 0.1 + 0.7 * 5 / 11 = 0.4182, and 'late' at 0.1 + 0.5 * 5 / 7 = 0.4571.
    expect(best).toEqual({ name: 'late', value: 0.4571 });
    expect(runs.map(({ observed }: { observed: number }) => observed)).toEqual([6, 6, 6, 1, 6]);
    expect(runs[2].final.step).toBe(40);
  });

  test('runs that all end at one step need a horizon', async () => {
    const path = write('even.csv', { a: rising(10, 0.5), b: rising(10, 0.8) });
    await expect(runCommand(command, path, {})).rejects.toMatchObject({
      name: 'UsageError',
      message:
        'all runs end at step 10, so it is not known how far they would go. Give the planned last step with --horizon.',
    });
    const { out } = await runCommand(command, path, { json: true, horizon: 50 });
    expect(JSON.parse(out).runs.map(({ advice }: { advice: string }) => advice)).toEqual(['stop', 'go on']);
  });

  test('more runs than one call takes are all judged, each as it would be alone', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 150 }, (_, i) => [`run${i}`, rising(5 + (i % 3), i % 2 === 0 ? 0.8 : 0.5)]),
    );
    const { runs } = JSON.parse((await runCommand(command, write('many.csv', many), { json: true, horizon: 50 })).out);
    expect(runs.map(({ name }: { name: string }) => name)).toEqual(Object.keys(many));
    expect(runs.map(({ advice }: { advice: string }) => advice)).toEqual(
      Object.keys(many).map((_, i) => (i % 2 === 0 ? 'go on' : 'stop')),
    );
  });

  test.each([
    ['--confidence', '95', "--confidence must be a number between 0 and 1, such as 0.95, got '95'."],
    ['--min-delta', '-1', "--min-delta must be a number of at least 0, got '-1'."],
    ['--goal', 'up', "--goal must be one of maximize, minimize, auto, got 'up'."],
  ])('refuses %s %s', (flag, text, message) => {
    const option = command.options.find(({ flags }) => flags.startsWith(`${flag} `));
    expect(() => option?.parse?.(text)).toThrow(message);
  });

  test('takes the shipped checkpoint by default', () => {
    expect(CHECKPOINT_OPTION.default).toBe(DEFAULT_CURVE_CHECKPOINT);
  });
});
