import { expect, test } from 'vitest';
import { type FrameKind, frameKind } from '../../infer/curve-frame.ts';
import type { CheckpointConfig } from '../../model/checkpoint.ts';
import { contextPredictor, fakePredictor } from './fake-predictor.ts';

const context = frameKind(contextPredictor(() => []).predictor.config);
const paper = frameKind(fakePredictor(() => []).predictor.config);
const free = { lower: -Infinity, upper: Infinity };
const seen = { steps: [2, 3, 5, 10], values: [1, 3, 4, 6] };
const frameOf = (kind: FrameKind, { goal = 'maximize', bounds = free, horizon = 20, observed = seen } = {}) =>
  kind.frame(observed, goal as 'maximize', bounds, horizon);

test('how many points a network may see follows from what it was trained on', () => {
  expect([context.minObserved, context.maxObserved]).toEqual([2, 100]);
  expect([paper.minObserved, paper.maxObserved]).toEqual([1, 99]);
});

test('a network that was trained on few rows still sees what a forecast needs', () => {
  for (const maxRows of [5, 20, 21]) {
    const { predictor } = contextPredictor(() => []);
    const config = { ...predictor.config, prior: { ...predictor.config.prior, options: { maxRows } } };
    expect(frameKind(config).maxObserved).toBe(2);
  }
});

test('a checkpoint of another prior is refused', () => {
  const refused =
    (prior: object, model = {}) =>
    () =>
      frameKind({ name: 'x', prior, model } as unknown as CheckpointConfig);
  const message =
    "x: expected a checkpoint of the prior 'training-run' in units of the context, or of 'learning-curve' with numSteps 100, got ";
  expect(refused({ name: 'gp', options: { noise: 1 } })).toThrow(`${message}'gp' {"noise":1}. Use another checkpoint.`);
  expect(refused({ name: 'learning-curve', options: { numSteps: 50 } })).toThrow(`${message}'learning-curve'`);
  expect(refused({ name: 'training-run', options: { maxRows: 120 } }, { units: 'own' })).toThrow(message);
  expect(refused({ name: 'learning-curve', options: { numSteps: 100 } }, { head: 'normals' })).toThrow(
    'x: expected a checkpoint of curves that answers with bars, got one with kernels. Use another checkpoint.',
  );
});

test('units of the context: the axis spans 0..1, values are asinh of their distance in typical changes', () => {
  const { toModelStep, values } = frameOf(context);
  expect([2, 10, 18].map(toModelStep)).toEqual([0, 1, 2]);
  // Changes 2, 1, 2: the median is 2. The last three values are 3, 4, 6: the center is 4.
  for (const y of [-50, 1, 4, 5, 1e6]) expect(values.toModel(y)).toBeCloseTo(Math.asinh((y - 4) / 2), 12);
  expect(values.rising).toBe(true);
});

test('units of the context: a metric to minimize is turned around', () => {
  const [up, down] = [frameOf(context), frameOf(context, { goal: 'minimize' })];
  for (const y of [-50, 1, 4, 5, 1e6]) {
    expect(down.values.toModel(y)).toBeCloseTo(-up.values.toModel(y), 12);
    expect(down.values.logSlope(y)).toBeCloseTo(up.values.logSlope(y), 12);
  }
  expect(down.values.rising).toBe(false);
});

test('units of the context: bounds are moved along, low and high exchanged where the metric is turned', () => {
  const bounds = { lower: 0, upper: Infinity };
  expect(frameOf(context, { bounds }).values.modelRange).toEqual([Math.asinh(-2), Infinity]);
  expect(frameOf(context, { bounds, goal: 'minimize' }).values.modelRange).toEqual([-Infinity, Math.asinh(2)]);
});

test('units of the context: the horizon is not in them', () => {
  const [near, far] = [frameOf(context, { horizon: 11 }), frameOf(context, { horizon: 1e9 })];
  expect(near.toModelStep(11)).toBe(far.toModelStep(11));
  expect(near.values.toModel(5)).toBe(far.values.toModel(5));
});

test('units of the context: steps that no float32 holds end where they still do', () => {
  const observed = { steps: [0, 1e-90], values: [1, 2] };
  expect(Number.isFinite(Math.fround(frameOf(context, { observed }).toModelStep(1e90)))).toBe(true);
});

test("the paper's frame: steps within 1..100 and rising values in [0, 1] are the model's own", () => {
  const observed = { ...seen, values: [0.1, 0.3, 0.4, 0.6] };
  const { toModelStep, values } = frameOf(paper, { observed, horizon: 100 });
  expect([2, 10, 100].map(toModelStep)).toEqual([2, 10, 100]);
  expect([values.toModel(0.3), values.fromModel(0.3), values.logSlope(0.3)]).toEqual([0.3, 0.3, 0]);
});

test("the paper's frame: bounds change nothing in how such values are seen, only where they can be", () => {
  const observed = { ...seen, values: [0.1, 0.3, 0.4, 0.6] };
  const { toModel, modelRange, bounds } = frameOf(paper, { observed, bounds: { lower: 0, upper: 1 } }).values;
  expect([toModel(0.3), modelRange, bounds]).toEqual([0.3, [0, 1], { lower: 0, upper: 1 }]);
  // Those of per cents say that these are no shares of one.
  expect(frameOf(paper, { observed, bounds: { lower: 0, upper: 100 } }).values.toModel(0.3)).not.toBe(0.3);
});

test("the paper's frame: other axes are stretched from 1 to 100", () => {
  for (const [first, horizon] of [
    [0, 80],
    [1000, 99_000],
    [-1e90, 1e90],
    [0, 1e-320],
  ]) {
    const last = first / 2 + horizon / 2;
    const { toModelStep } = frameOf(paper, { observed: { steps: [first, last], values: [1, 2] }, horizon });
    expect(toModelStep(first)).toBe(1);
    expect(toModelStep(horizon)).toBe(100);
    expect(toModelStep(last)).toBeCloseTo(50.5, 1);
  }
});

test("the paper's frame: soft bounds are mapped to sigmoid(-1) and sigmoid(1) of LC-PFN's appendix A", () => {
  const sigmoid = (a: number) => 1 / (1 + Math.exp(-a));
  const up = frameOf(paper).values; // worst 1, best 6, so that the soft bounds are 1 and 11
  expect([1, 6, 11].map(up.toModel)).toEqual([sigmoid(-1), 0.5, sigmoid(1)]);
  const down = frameOf(paper, { goal: 'minimize' }).values; // worst 6, best 1: 6 and -4
  expect(down.toModel(6)).toBeCloseTo(sigmoid(-1), 12);
  expect(down.toModel(-4)).toBeCloseTo(sigmoid(1), 12);
});

test("the paper's frame: hard bounds go to 0 and 1", () => {
  const bounds = { lower: 0, upper: 10 };
  const up = frameOf(paper, { bounds }).values;
  expect([up.toModel(0), up.toModel(10)]).toEqual([0, 1]);
  const down = frameOf(paper, { bounds, goal: 'minimize' }).values;
  expect([down.toModel(0), down.toModel(10)]).toEqual([1, 0]);
});

test("the paper's frame: a soft bound does not lie beyond a hard one", () => {
  const sigmoid = (a: number) => 1 / (1 + Math.exp(-a));
  // Worst 1, best 6, so that the soft bounds would be 1 and 11: at 8 the line is at 1, and the sigmoid there is all there is.
  const { toModel } = frameOf(paper, { bounds: { ...free, upper: 8 } }).values;
  expect(toModel(1)).toBeCloseTo(sigmoid(-1) / sigmoid(1), 12);
  expect(toModel(4.5)).toBeCloseTo(0.5 / sigmoid(1), 12);
});

test('units of the context: a curve without change is seen in thousandths of its value', () => {
  for (const [value, scale] of [
    [5, 0.005],
    [-200, 0.2],
    [0, 0.001],
  ]) {
    const { values } = frameOf(context, { observed: { steps: [1, 2, 3], values: [value, value, value] } });
    expect(values.toModel(value + 2 * scale)).toBeCloseTo(Math.asinh(2), 9);
  }
});

test('curves without change, however small or large, have finite units', () => {
  for (const kind of [context, paper]) {
    for (const value of [0, 1, -7, 1e-310, 1e100, -1e100]) {
      const observed = { steps: [1, 2, 3], values: [value, value, value] };
      for (const goal of ['maximize', 'minimize']) {
        const { values } = frameOf(kind, { observed, goal });
        expect(Number.isFinite(values.toModel(value))).toBe(true);
        expect(Number.isFinite(values.logSlope(value))).toBe(true);
      }
    }
  }
});
