import { describe, expect, it } from 'vitest';
import { learningRateAt } from '../../train/schedule.ts';

describe('learning rate', () => {
  const plan = { steps: 200, learningRate: 0.5, warmup: 0.1 };
  it('rises linearly over the warm-up and reaches its maximum there', () => {
    expect(learningRateAt(0, plan)).toBeCloseTo(0.025, 12);
    expect(learningRateAt(9, plan)).toBeCloseTo(0.25, 12);
    expect(learningRateAt(19, plan)).toBeCloseTo(0.5, 12);
  });
  it('then falls along half a cosine: half way down in the middle, almost 0 at the end', () => {
    expect(learningRateAt(20, plan)).toBeCloseTo(0.5, 12);
    expect(learningRateAt(110, plan)).toBeCloseTo(0.25, 12);
    expect(learningRateAt(199, plan)).toBeLessThan(0.0001);
  });
  it('needs no warm-up', () => {
    expect(learningRateAt(0, { ...plan, warmup: 0 })).toBe(0.5);
  });
});
