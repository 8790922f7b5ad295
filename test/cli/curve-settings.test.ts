import { describe, expect, it } from 'vitest';
import { type Asked, settingsOf } from '../../cli/curve-settings.ts';

const UP = [0.1, 0.2, 0.3];
const DOWN = [3, 2, 1];
const file = (curves: Readonly<Record<string, readonly number[]>>, valueTitle = 'value') => ({
  areColumns: true,
  curves: Object.entries(curves).map(([name, values]) => ({ name, steps: values.map((_, i) => i), values })),
  valueTitle,
});
const decide = (curves: Readonly<Record<string, readonly number[]>>, valueTitle?: string, asked: Partial<Asked> = {}) =>
  settingsOf({ goal: 'auto', ...asked }, file(curves, valueTitle), Object.values(curves));
const goalsOf = (curves: Readonly<Record<string, readonly number[]>>, valueTitle?: string) => {
  const { settings, areMetrics } = decide(curves, valueTitle);
  return { goals: settings.map(({ goal }) => goal), areMetrics };
};

describe('the curves of a file', () => {
  it('are runs where no name is that of a metric: one goal, that of most', () => {
    const { goals, areMetrics } = goalsOf({ 'focal-loss': UP, baseline: UP, diverged: DOWN });
    expect(areMetrics).toBe(false);
    expect(goals).toEqual(Array(3).fill({ goal: 'maximize', reason: '2 of 3 curves rise from where they start' }));
  });

  it('are runs of the metric that the values are called by, whichever way they go', () => {
    const { goals, areMetrics } = goalsOf({ a: UP, b: DOWN, c: UP }, 'val_loss');
    expect(areMetrics).toBe(false);
    expect(goals.map(({ goal }) => goal)).toEqual(['minimize', 'minimize', 'minimize']);
  });

  it('are metrics of one run where a name is that of one; the others then decide alone', () => {
    const { goals, areMetrics } = goalsOf({ loss: UP, val_acc: DOWN, pck: UP, gap: DOWN });
    expect(areMetrics).toBe(true);
    expect(goals.map(({ goal }) => goal)).toEqual(['minimize', 'maximize', 'maximize', 'minimize']);
  });

  it('are runs where all names end in the same metric, as Weights & Biases has them, and metrics where in several', () => {
    const { goals, areMetrics } = goalsOf({ 'fast - eval/loss': UP, 'slow - run 2 - eval/loss': UP });
    expect(areMetrics).toBe(false);
    expect(goals.map(({ goal }) => goal)).toEqual(['minimize', 'minimize']);
    const both = goalsOf({ 'a - val_loss': DOWN, 'b - val_loss': DOWN, 'a - val_acc': UP });
    expect(both.areMetrics).toBe(true);
    expect(both.goals.map(({ goal }) => goal)).toEqual(['minimize', 'minimize', 'maximize']);
  });

  it('are runs where only one is called like a metric, by chance', () => {
    const { goals, areMetrics } = goalsOf({ r1: DOWN, r2: DOWN, r3: DOWN });
    expect(areMetrics).toBe(false);
    expect(goals.map(({ goal }) => goal)).toEqual(['minimize', 'minimize', 'minimize']);
  });

  it('are metrics where one of them is called as no run is, however many others there are', () => {
    const { goals, areMetrics } = goalsOf({ 'time/fps': UP, 'train/loss': UP, entropy: DOWN, clip: UP });
    expect(areMetrics).toBe(true);
    expect(goals.map(({ goal }) => goal)).toEqual(['maximize', 'minimize', 'minimize', 'maximize']);
    const sweep = goalsOf({ 'a - loss': UP, 'b - loss': UP, c: DOWN });
    expect(sweep.areMetrics).toBe(false);
  });

  it('are runs where most are not called like metrics, even if two are', () => {
    expect(goalsOf({ a: DOWN, b: DOWN, c: DOWN, r2: DOWN, precision: DOWN }).areMetrics).toBe(false);
    expect(goalsOf({ a: DOWN, b: DOWN, r2: DOWN, precision: DOWN }).areMetrics).toBe(true);
  });

  it('are runs where rows name them, whatever they are called', () => {
    const curves = { mse: DOWN, mae: DOWN, accuracy: DOWN };
    const { settings, areMetrics } = settingsOf({ goal: 'auto' }, { ...file(curves), areColumns: false }, [
      DOWN,
      DOWN,
      DOWN,
    ]);
    expect(areMetrics).toBe(false);
    expect(settings.map(({ goal }) => goal.goal)).toEqual(['minimize', 'minimize', 'minimize']);
  });

  it('do not take the name of their file for that of their values', () => {
    expect(goalsOf({ accuracy: DOWN }, 'kl').goals[0].goal).toBe('minimize');
    expect(goalsOf({ accuracy: DOWN }, 'value').goals[0].goal).toBe('maximize');
  });

  it('have the goal that is asked for, and then are runs', () => {
    const { settings, areMetrics, goalNote } = decide({ loss: DOWN, acc: UP }, undefined, { goal: 'maximize' });
    expect(settings.map(({ goal }) => goal)).toEqual(Array(2).fill({ goal: 'maximize', reason: 'asked for' }));
    expect([areMetrics, goalNote]).toEqual([false, null]);
    expect(settings.map(({ lower, upper }) => [lower, upper])).toEqual([
      [0, undefined],
      [0, 1], // an accuracy is one, whatever its goal
    ]);
    const percents = decide({ loss: DOWN, acc: UP }, undefined, { goal: 'maximize', known: 85 }).settings;
    expect(percents[1]).toMatchObject({ lower: 0, upper: 100 });
  });

  it('are told apart in the note, those that decided by their values by themselves', () => {
    const { goalNote, boundsNote } = decide({ val_loss: DOWN, val_acc: UP, pck: UP });
    expect(goalNote).toBe(
      "goals by the names of metrics: minimize 'val_loss'; maximize 'val_acc'; by their values: maximize 'pck'. One for all: --goal.",
    );
    expect(boundsNote).toBe(
      "bounds by the names of metrics: 'val_loss' at least 0; 'val_acc' from 0 to 1. Others: --lower, --upper, none for no bound.",
    );
  });

  it('are decided in one pass, however many runs there are', () => {
    const values = Array.from({ length: 100 }, (_, i) => 1 / (i + 1));
    let reads = 0;
    const counting = new Proxy(values, {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
        return Reflect.get(target, key);
      },
    });
    const runs = Array.from({ length: 50 }, (_, i) => ({ name: `run ${i}`, steps: values, values: counting }));
    settingsOf(
      { goal: 'auto' },
      { curves: runs, valueTitle: 'distance' },
      runs.map(() => counting),
    );
    expect(reads).toBeLessThan(10 * 50 * 100);
  });
});

describe('where a metric lies by its definition', () => {
  const boundsOf = (...parameters: Parameters<typeof decide>) =>
    decide(...parameters).settings.map(({ lower, upper }) => [lower, upper]);

  it('is decided by all runs of a metric together', () => {
    const shares = [
      [0, 100],
      [0, 100],
    ];
    expect(boundsOf({ a: [0.5, 0.9], b: [20, 90] }, 'accuracy')).toEqual(shares);
  });

  it('is decided by later values, too, which tell in which unit a share is', () => {
    const late = { curves: [{ name: 'run', steps: [1, 2, 3], values: [0.5, 0.9, 70] }], valueTitle: 'accuracy' };
    expect(settingsOf({ goal: 'auto' }, late, [[0.5, 0.9]]).settings).toMatchObject([{ lower: 0, upper: 100 }]);
  });

  it('gives way to what is asked for, one side at a time', () => {
    expect(boundsOf({ run: UP }, 'accuracy', { upper: 0.5 })).toEqual([[0, 0.5]]);
    const { settings, boundsNote } = decide({ run: UP }, 'accuracy', { lower: -Infinity, upper: Infinity });
    expect(settings).toMatchObject([{ lower: -Infinity, upper: Infinity }]);
    expect(boundsNote).toBeNull();
  });

  it('is decided by a target as well', () => {
    expect(boundsOf({ run: UP }, 'accuracy', { known: 75 })).toEqual([[0, 100]]);
  });
});
