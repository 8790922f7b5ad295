import { describe, expect, it } from 'vitest';
import { boundsOfMetric, metricOf } from '../../infer/metric.ts';

describe('the name of a metric', () => {
  it.each([
    ...['loss', 'val_loss', 'train/loss', 'eval.rmse', 'Validation Loss', 'loss/train', 'train_loss_epoch'],
    ...[
      'mean_squared_error',
      'val_mean_absolute_error',
      'test-perplexity',
      'dev WER',
      'negative log-likelihood',
      'val_brier_score',
      'error rate',
      'val_top5_error',
      'top-1 error rate',
      'train/box_loss',
    ],
  ])("'%s' says that lower is better", (name) => {
    expect(metricOf(name)?.goal).toBe('minimize');
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
    ...['ROC AUC', 'test_mIoU', 'metrics/mAP50-95(B)', 'metrics/mAP_0.5:0.95', 'val_acc (%)', 'reward'],
    ...['episode_reward', 'rollout/ep_rew_mean', 'eval/mean_reward', 'success_rate', 'top1'],
  ])("'%s' says that higher is better", (name) => {
    expect(metricOf(name)?.goal).toBe('maximize');
  });

  it.each([
    'focal-loss',
    'no error feedback',
    'score-matching',
    'lr-0.1',
    'baseline',
    'value',
    'run loss 3',
    '',
    'val_some_score',
    'test_neg_mean_squared_error',
    'test/1-acc',
    'val_inverse_accuracy',
    'mse (dB)',
    '-loss',
    'score',
  ])("'%s' is not one of a metric alone", (name) => {
    expect(metricOf(name)).toBeUndefined();
  });
});

describe('where a metric lies by its definition', () => {
  it.each([
    ['accuracy', [0.2, 0.9], 0, 1],
    ['accuracy', [20, 90], 0, 100],
    ['accuracy', [200, 900], undefined, undefined],
    ['val_rmse', [300, 20], 0, undefined],
    ['perplexity', [300, 20], 1, undefined],
    ['R2', [-3, 0.4], undefined, 1],
    ['loss', [3, 2], 0, undefined],
    ['loss', [3, -2], undefined, undefined],
    ['nll', [3, 2], undefined, undefined],
    ['train/box_loss', [3, 2], 0, undefined],
    ['val_object_acc', [0.3, 0.2], undefined, undefined],
    ['success_rate', [0, 0.2], 0, 1],
    ['val_acc', [0.5, 1.0000001], 0, 1.0000001],
    ['val_acc', [50, 100.00001], 0, 100.00001],
    ['val_acc', [50, 100.1], undefined, undefined],
    ['mse', [0.3, -0.1], undefined, undefined],
    ['something', [0.2, 0.3], undefined, undefined],
  ])('%s with values like %j', (name, values, lower, upper) => {
    expect(boundsOfMetric(name, values)).toEqual({ lower, upper });
  });

  it.each([
    ['one side that is told', { lower: 0.1 }, { lower: 0.1, upper: 1 }],
    ['no bound', { lower: -Infinity }, { lower: -Infinity, upper: 1 }],
    ['a bound beyond its own', { lower: 2 }, { lower: 2, upper: undefined }],
  ])('%s comes first', (_, told, expected) => {
    expect(boundsOfMetric('accuracy', [0.2, 0.9, Number.NaN], told)).toEqual(expected);
  });
});
