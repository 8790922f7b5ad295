import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, redraw } from '../../cli/commands/watch.ts';
import { type LookSettings, look } from '../../cli/look.ts';
import { fileState, readGrowing } from '../../cli/read/watched-file.ts';
import { createLearningCurveModel } from '../../infer/learning-curve.ts';
import { fakePredictor } from '../infer/fake-predictor.ts';
import { runCommand } from './run-command.ts';

const MAIN = new URL('../../cli/main.ts', import.meta.url).pathname;
const ROOT = new URL('../..', import.meta.url).pathname;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const line = (step: number, accuracy: number) => `${JSON.stringify({ step, accuracy: Number(accuracy.toFixed(4)) })}\n`;

/** Learns up to step 8, then forgets at an even pace: it will not come back. */
const overfits = (step: number) => 0.8 - 0.6 * Math.exp(-step / 2) - 0.01 * Math.max(0, step - 8);
const learns = (step: number) => step / 100;

function log(name: string, values: (step: number) => number, count: number): string {
  const path = join(folder, name);
  writeFileSync(path, Array.from({ length: count }, (_, i) => line(i + 1, values(i + 1))).join(''));
  return path;
}

describe('one look', () => {
  /** Every later value is uniform within 0.05 of the last seen one. */
  const { predictor, calls } = fakePredictor((_, y) =>
    Array.from({ length: 40 }, (_, k) => (Math.abs(-0.475 + k / 20 - y[y.length - 1]) < 0.05 ? 0 : -1000)),
  );
  const model = async () => createLearningCurveModel(predictor);
  const notAsked = () => Promise.reject(new Error('no forecast is needed'));
  const curve = (name: string, values: readonly number[]) => ({ name, steps: values.map((_, i) => i + 1), values });
  const file = (...curves: ReturnType<typeof curve>[]) => ({ curves, stepTitle: 'step', valueTitle: 'acc', notes: [] });
  const settings: LookSettings = { goal: 'maximize', horizon: 50, patience: 1, minPoints: 3 };

  test('waits until there are enough points, without a model', async () => {
    expect(await look(file(curve('a', [0.1, 0.2])), settings, notAsked)).toEqual({
      state: 'waiting',
      reason: "'a' has 2 points, waiting for 3",
    });
  });

  test('stops a run that has diverged, without a model', async () => {
    const diverged = { ...curve('a', [0.1, 0.2, 0.3, 0.4]), diverged: 5 };
    expect(await look(file(diverged), settings, notAsked)).toMatchObject({
      state: 'stop',
      reason: 'diverged: nothing but NaN or infinities from step 5 on',
      best: 0.4,
      forecast: null,
    });
  });

  test('a value to beat tells in which unit a share is', async () => {
    const young = file(curve('a', [0.1, 0.4, 0.9]));
    const auto = { ...settings, goal: 'auto' as const };
    expect(await look(young, auto, model)).toMatchObject({ lower: 0, upper: 1 });
    expect(await look(young, { ...auto, best: 2 }, model)).toMatchObject({ lower: 0, upper: 100 });
  });

  test('goes on while the best can be beaten, stops once it cannot', async () => {
    const first = await look(file(curve('a', [0.2, 0.4, 0.6, 0.8])), settings, model);
    expect(first).toMatchObject({ state: 'go on', best: 0.8, horizon: 50 });
    const then = await look(file(curve('a', [0.2, 0.4, 0.6, 0.8, 0.6])), settings, model);
    expect(then).toMatchObject({
      state: 'stop',
      best: 0.8,
      reason: 'at most 0 % chance to beat 0.8 at any step up to 50',
    });
  });

  test('with patience each of the last points is judged by the best up to it, as it was then', async () => {
    const young = file(curve('a', [0.1, 0.3, 0.58, 0.81]));
    // After 0.58 uniform on [0.55, 0.65], above it with 0.7; after 0.81 on [0.75, 0.85], above it with 0.4.
    const patient = { ...settings, patience: 2, confidence: 0.4, lower: -Infinity, upper: Infinity };
    const status = await look(young, patient, model);
    expect(status).toMatchObject({ state: 'go on', advice: { stop: true, probability: expect.closeTo(0.4, 4) } });
    expect(status.reason).toMatch(/; so at the last 1 point of 2$/);
    // The best that was to come is out of reach of the first of them.
    expect((await look(young, { ...patient, best: 0.81 }, model)).state).toBe('stop');
  });

  test('is finished at the horizon, without a model', async () => {
    expect(await look(file(curve('a', [0.1, 0.2, 0.3])), { ...settings, horizon: 3 }, notAsked)).toMatchObject({
      state: 'finished',
      reason: 'reached step 3 of 3',
      forecast: null,
    });
  });

  test('watches the last curve of the file or the named one, against the best of all', async () => {
    const both = file(curve('a', [0.2, 0.4, 0.9]), curve('b', [0.2, 0.4, 0.5]));
    expect(await look(both, settings, model)).toMatchObject({ state: 'stop', best: 0.9, curve: { name: 'b' } });
    expect(await look(both, { ...settings, curve: 'a' }, model)).toMatchObject({
      state: 'go on',
      curve: { name: 'a' },
    });
    expect(await look(both, { ...settings, curve: 'c' }, notAsked)).toEqual({
      state: 'waiting',
      reason: "no curve 'c' yet, only 'a', 'b'",
    });
  });

  test('a value to beat counts beside the best of the file', async () => {
    const one = file(curve('a', [0.2, 0.4, 0.6]));
    expect(await look(one, { ...settings, best: 0.7 }, model)).toMatchObject({ state: 'stop', best: 0.7 });
    expect(await look(one, { ...settings, best: 0.3 }, model)).toMatchObject({ state: 'go on', best: 0.6 });
  });

  test('with patience the advice must hold at the last points in a row, however many were new', async () => {
    const patient = { ...settings, patience: 2 };
    const values = [0.2, 0.4, 0.8, 0.6];
    const once = await look(file(curve('a', values)), patient, model);
    expect(once.state).toBe('go on');
    expect(once.reason).toMatch(/; so at the last 1 point of 2$/);
    calls.length = 0;
    expect((await look(file(curve('a', [...values, 0.6])), patient, model)).state).toBe('stop');
    expect(calls.map(({ numContext }) => numContext).sort()).toEqual([4, 5]);
    // A run with too few points for so much patience goes on.
    expect((await look(file(curve('a', [0.2, 0.8, 0.6])), patient, model)).state).toBe('go on');
  });

  test('without a horizon it looks to step 100', async () => {
    const status = await look(file(curve('a', [0.2, 0.4, 0.6])), { ...settings, horizon: undefined }, model);
    expect(status).toMatchObject({ horizon: 100 });
  });
});

describe('a growing file', () => {
  test.each([
    ['no.jsonl', null, 'there is no such file yet'],
    ['empty.jsonl', '', 'no points yet'],
    ['cut.jsonl', '{"step": 1, "los', 'no points yet'],
    ['header.csv', 'step,loss\n', 'no points yet'],
    ['empty.csv', '', 'no points yet'],
  ])('%s with %j has no points yet', (name, content, reason) => {
    const path = join(folder, name);
    if (content !== null) writeFileSync(path, content);
    expect(readGrowing(path, {})).toBe(`${path}: ${reason}`);
  });

  test('a folder without runs may get some', () => {
    mkdirSync(join(folder, 'runs'));
    expect(readGrowing(join(folder, 'runs'), {})).toBe(`${join(folder, 'runs')}: a folder without event files yet`);
  });

  test('a run that never had a value has diverged, and is not waited for', async () => {
    const path = join(folder, 'lost.jsonl');
    const log = (count: number) =>
      Array.from({ length: count }, (_, i) => `{"step": ${i + 1}, "loss": NaN}\n`).join('');
    writeFileSync(path, log(20));
    const message = `${path}: diverged: nothing but NaN or infinities in 'lost', from step 1 on.`;
    expect(() => readGrowing(path, {})).toThrow(new Error(message));
    await expect(runCommand(command, path, {})).rejects.toThrow(message);
    // Fewer may be the wait for a first evaluation.
    writeFileSync(path, log(19));
    expect(readGrowing(path, {})).toBe(`${path}: no points yet`);
  });

  test('a file that is no log is an error', () => {
    writeFileSync(join(folder, 'text.csv'), 'loss\n0.5\nhigh\n');
    expect(() => readGrowing(join(folder, 'text.csv'), {})).toThrow("'high' is not a number");
  });

  test('its stamp changes when it grows, and a line without an end is noticed', () => {
    const path = join(folder, 'state.csv');
    expect(fileState(path)).toEqual({ stamp: null, isWhole: true });
    writeFileSync(path, 'loss\n0.5\n');
    const before = fileState(path);
    expect(before.isWhole).toBe(true);
    appendFileSync(path, '0.0');
    const after = fileState(path);
    expect([after.isWhole, after.stamp === before.stamp]).toEqual([false, false]);
  });

  test('the stamp of a folder changes when a file in it grows or is added', () => {
    const runs = join(folder, 'stamps', 'a');
    mkdirSync(runs, { recursive: true });
    const stamps = new Set([fileState(join(folder, 'stamps')).stamp]);
    for (const [file, text] of [
      ['1', ''],
      ['1', 'x'],
      ['2', ''],
    ] as const) {
      appendFileSync(join(runs, file), text);
      stamps.add(fileState(join(folder, 'stamps')).stamp);
    }
    expect(stamps.size).toBe(4);
  });
});

describe('watch', () => {
  test('--once looks at a log and says that it should stop', async () => {
    const { out } = await runCommand(command, log('over.jsonl', overfits, 60), { once: true, horizon: 100 });
    expect(out).toMatch(
      /^over: step 60 \| last 0\.28 \| best 0\.\d+ \| .* \| P\(beats best\) \d.* % \| stop\nstop: at most /,
    );
  });

  test('--once --json is one document, also where there is nothing to say yet', async () => {
    const path = log('over.jsonl', overfits, 60);
    const { out, notes } = await runCommand(command, path, { once: true, json: true, horizon: 100 });
    const status = JSON.parse(out);
    expect(Object.keys(status)).toEqual(
      'checkpoint device state reason goal lower upper horizon confidence patience best run'.split(' '),
    );
    expect(status).toMatchObject({
      state: 'stop',
      horizon: 100,
      confidence: 0.95,
      patience: 1,
      goal: { goal: 'maximize' },
    });
    expect(Object.keys(status.run)).toEqual('name observed lastStep last probability step final'.split(' '));
    expect(status.run).toMatchObject({ name: 'over', observed: 60, lastStep: 60, last: 0.28 });
    expect(status.run.probability).toBeLessThanOrEqual(0.05);
    expect(status.run.final.step).toBe(100);
    expect(notes).toContain('goal: maximize; --goal sets it');
    const waiting = await runCommand(command, join(folder, 'none.jsonl'), { once: true, json: true });
    expect(JSON.parse(waiting.out)).toMatchObject({ checkpoint: null, state: 'waiting', run: null });
    expect(waiting.notes).toEqual([`${join(folder, 'none.jsonl')}: there is no such file yet`]);
  });

  test('--once goes on with a log that improves', async () => {
    const { out } = await runCommand(command, log('good.jsonl', learns, 20), { once: true, horizon: 60 });
    expect(out).toMatch(/\| go on$/);
  });

  test('follows a log that grows, and ends when stopping is advised', async () => {
    const path = log('grows.jsonl', overfits, 4);
    let written = 4;
    // Whenever something is said, the run goes on by two steps.
    const grow = () => {
      for (let i = 0; i < 2 && written < 100; i++) appendFileSync(path, line(++written, overfits(written)));
    };
    const { out } = await runCommand(command, path, { interval: 0.01, minPoints: 4, horizon: 100 }, grow);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^grows: step 4 .* go on$/);
    expect(lines[1]).toMatch(/^grows: step 6 .* go on$/);
    expect(lines.at(-2)).toMatch(/ stop$/);
    expect(lines.at(-1)).toMatch(/^stop: at most /);
    expect(written).toBeLessThan(100);
  });

  describe('of a log with several metrics', () => {
    const lines = (from: number, to: number, fields: (step: number) => object) =>
      Array.from(
        { length: to - from + 1 },
        (_, i) => `${JSON.stringify({ step: from + i, ...fields(from + i) })}\n`,
      ).join('');
    const both = (step: number) => ({ loss: 1 / step, acc: step / 100 });
    const acc = (step: number) => ({ acc: step / 100 });

    /** What is said where `later` is written once something was said. */
    async function grow(begin: string, later: string, options: object = {}) {
      const path = join(folder, 'metrics.jsonl');
      writeFileSync(path, begin);
      let isWritten = false;
      const said = () => {
        if (!isWritten) appendFileSync(path, later);
        isWritten = true;
      };
      return runCommand(command, path, { interval: 0.01, horizon: 10, ...options }, said, said);
    }

    test.each([
      ['the only one', acc],
      ['the last of two', both],
    ])('it stays with %s where another comes', async (_, fields) => {
      const { out } = await grow(lines(1, 5, fields), `{"step":6,"train_loss":0.5}\n${lines(6, 10, fields)}`);
      expect(out).toContain('metrics: step 10 | last 0.1 | best 0.1 | finished');
    });

    test('it takes the last with enough points, not a summary at the end', async () => {
      const log = `${lines(1, 10, both)}{"step":10,"train_loss":0.5}\n`;
      const { out, notes } = await grow(log, '', { once: true });
      expect(out).toContain('metrics: step 10 | last 0.1 | best 0.1 | finished');
      expect(notes).toContain("watches 'acc' of 3 metrics; --value-key chooses another");
    });

    test('--curve names one of them, which may come later', async () => {
      const { out, notes } = await grow(
        lines(1, 5, (step) => ({ loss: 1 / step })),
        lines(6, 10, acc),
        { curve: 'acc' },
      );
      expect(notes).toContain("no curve 'acc' yet, only 'metrics'");
      expect(out).toContain('metrics: step 10 | last 0.1 | best 0.1 | finished');
      const alone = await grow(lines(1, 10, acc), '', { curve: 'acc', once: true });
      expect(alone.out).toContain('finished');
    });

    test('a goal does not make runs of them: no metric has to beat another', async () => {
      const { out } = await grow(lines(1, 10, both), '', { goal: 'maximize', once: true });
      expect(out).toContain('best 0.1 | finished');
      const path = join(folder, 'metrics.csv');
      const rows = Array.from({ length: 10 }, (_, i) => `${i + 1},${(1 + i) / 100},${2 / (1 + i)}`);
      writeFileSync(path, `step,acc,loss\n${rows.join('\n')}\n`);
      const table = await runCommand(command, path, { goal: 'minimize', once: true, horizon: 10 });
      expect(table.out).toContain('last 0.2 | best 0.2 | finished');
    });

    test('--curve may name the run that they are of', async () => {
      const log = lines(1, 10, (step) => ({ run: 'mine', ...both(step) }));
      const { out } = await grow(log, '', { curve: 'mine', once: true });
      expect(out).toContain('step 10 | last 0.1 | best 0.1 | finished');
    });

    test('a learning rate is left once there is a metric', async () => {
      const rate = lines(1, 6, () => ({ lr: 0.1 }));
      const { out } = await grow(
        rate,
        lines(7, 10, (step) => ({ lr: 0.1, acc: step / 100 })),
        { minPoints: 4 },
      );
      expect(out).toContain('metrics: step 10 | last 0.1 | best 0.1 | finished');
    });

    test('a column that was watched stays so in a file that is written anew with another', async () => {
      const path = join(folder, 'lightning.csv');
      const rows = (from: number, to: number, extra: string) =>
        Array.from({ length: to - from + 1 }, (_, i) => `${from + i},${(from + i) / 100}${extra}\n`).join('');
      writeFileSync(path, `step,acc\n${rows(1, 6, '')}`);
      const { out } = await runCommand(command, path, { interval: 0.01, horizon: 10 }, () =>
        writeFileSync(path, `step,acc,val_loss\n${rows(1, 10, ',1')}`),
      );
      expect(out).toContain('acc: step 10 | last 0.1 | best 0.1 | finished');
    });

    test('a key of steps that is not there is an error, not waited for', async () => {
      await expect(grow(lines(1, 10, both), '', { stepKey: 'stpe', once: true })).rejects.toThrow(
        "no key 'stpe' (--step-key)",
      );
    });

    test('a number in the first line that is no metric is not what is watched', async () => {
      const { out } = await grow('{"num_params":124000000}\n', lines(1, 10, acc));
      expect(out).toContain('metrics: step 10 | last 0.1 | best 0.1 | finished');
    });

    test('a log that begins anew, without it at first, is waited for', async () => {
      const path = join(folder, 'anew.jsonl');
      writeFileSync(path, lines(1, 6, acc));
      const again = () => writeFileSync(path, '{"step":1,"loss":3}\n');
      const { notes, out } = await runCommand(command, path, { interval: 0.01, horizon: 10 }, again, (note) => {
        if (note.endsWith("no 'acc' yet")) appendFileSync(path, '{"step":10,"acc":0.2}\n');
      });
      expect(notes).toContain(`${path}: no 'acc' yet`);
      expect(out).toContain('anew: step 10 | last 0.2 | best 0.2 | finished');
    });
  });

  test('ends at the horizon', async () => {
    const path = log('ends.jsonl', learns, 8);
    const { out } = await runCommand(command, path, { interval: 0.01, horizon: 10 }, () => {
      appendFileSync(path, line(9, learns(9)) + line(10, learns(10)));
    });
    expect(out.split('\n').slice(1)).toEqual([
      'ends: step 10 | last 0.1 | best 0.1 | finished',
      'finished: reached step 10 of 10',
    ]);
  });

  test('a last line without an end is not read while it is written, and is where nothing comes any more', async () => {
    const path = join(folder, 'half.csv');
    const rows = Array.from({ length: 8 }, (_, i) => `${i + 1},0.0${i + 1}\n`).join('');
    writeFileSync(path, `step,acc\n${rows}9,0.0`);
    // Watching begins at once; what is written now comes after its first look.
    const running = runCommand(command, path, { interval: 0.01, horizon: 10 });
    appendFileSync(path, '9\n10,0.1');
    expect((await running).out.split('\n').slice(-2)).toEqual([
      'acc: step 10 | last 0.1 | best 0.1 | finished',
      'finished: reached step 10 of 10',
    ]);
    expect((await running).out).not.toContain('step 9 ');
  });

  test('a file that stays unreadable is an error', async () => {
    writeFileSync(join(folder, 'bad.csv'), 'loss\n0.5\nhigh\n');
    await expect(runCommand(command, join(folder, 'bad.csv'), { interval: 0.01 })).rejects.toThrow(
      "'high' is not a number",
    );
  });

  test('waits for a file that is not there yet', async () => {
    const path = join(folder, 'later.jsonl');
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', MAIN, 'watch', path, '--interval', '0.05', '--horizon', '100', '--json'],
      { cwd: ROOT },
    );
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      if (!stderr.includes('no such file yet')) log('later.jsonl', overfits, 60); // the writer starts once the wait is announced
      stderr += data;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(stderr).toContain(`pfn watch: ${path}: there is no such file yet\n`);
    expect([code, JSON.parse(stdout).state]).toEqual([0, 'stop']);
  });

  test('a picture is drawn over the one before', () => {
    expect(redraw('text', 0)).toBe('text');
    expect(redraw('text', 12)).toBe('\x1b[12A\x1b[Jtext');
  });

  test('refuses an interval that is no time', () => {
    const option = command.options.find(({ flags }) => flags.startsWith('--interval '));
    expect(() => option?.parse?.('0')).toThrow(
      "--interval must be a number of seconds above 0 and at most 86400, got '0'.",
    );
    // A day.
    expect(option?.parse?.('86400')).toBe(86400);
    expect(() => option?.parse?.('86401')).toThrow("at most 86400, got '86401'.");
  });
});
