import { describe, expect, it } from 'vitest';
import { fileGoals, goalOfMetric } from '../../cli/goals.ts';

const UP = [0.1, 0.2, 0.3];
const DOWN = [3, 2, 1];
const file = (curves: Readonly<Record<string, readonly number[]>>, valueTitle = 'value') => ({
  curves: Object.entries(curves).map(([name, values]) => ({ name, steps: values.map((_, i) => i), values })),
  valueTitle,
});
const goalsOf = (curves: Readonly<Record<string, readonly number[]>>, valueTitle?: string) =>
  fileGoals('auto', file(curves, valueTitle), Object.values(curves));

describe('the name of a metric', () => {
  it.each([
    ...['loss', 'val_loss', 'train/loss', 'eval.rmse', 'Validation Loss', 'loss/train', 'train_loss_epoch'],
    ...['mean_squared_error', 'val_mean_absolute_error', 'test-perplexity', 'dev WER', 'error rate', 'train/box_loss'],
  ])("'%s' says that lower is better", (name) => {
    expect(goalOfMetric(name)).toBe('minimize');
  });

  it.each([
    ...[
      'accuracy',
      'val_acc',
      'eval/f1',
      'validation ssim',
      'sparse_categorical_accuracy',
      'top5_acc',
      'val_top_5_accuracy',
    ],
    ...['ROC AUC', 'test_mIoU', 'metrics/mAP50-95(B)', 'reward'],
  ])("'%s' says that higher is better", (name) => {
    expect(goalOfMetric(name)).toBe('maximize');
  });

  it.each(['focal-loss', 'no error feedback', 'score-matching', 'lr-0.1', 'baseline', 'value', 'run loss 3', ''])(
    "'%s' is not one of a metric alone",
    (name) => {
      expect(goalOfMetric(name)).toBeNull();
    },
  );
});

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

  it('are runs where all names end in the same metric, as Weights & Biases has them', () => {
    const { goals, areMetrics } = goalsOf({ 'fast - eval/loss': UP, 'slow - run 2 - eval/loss': UP });
    expect(areMetrics).toBe(false);
    expect(goals.map(({ goal }) => goal)).toEqual(['minimize', 'minimize']);
  });

  it('have the goal that is asked for', () => {
    const curves = { loss: DOWN, acc: UP };
    expect(fileGoals('maximize', file(curves), Object.values(curves))).toEqual({
      goals: Array(2).fill({ goal: 'maximize', reason: 'asked for' }),
      areMetrics: true,
    });
  });
});
