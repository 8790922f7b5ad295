import { expect, test } from 'vitest';
import { plotCurve } from '../../../cli/plot/plot-data.ts';

const quantiles = { '0.05': [1, 2], '0.25': [3, 4], '0.5': [5, 6], '0.75': [7, 8], '0.95': [9, 10], '0.1': [0, 0] };
const curve = { name: 'run', steps: [100, 250, 1000, 4000], values: [0.5, Number.NaN, 0.25, 0.125] };

test('a picture has the steps of the file, the used points, and the quantiles of every predicted step', () => {
  expect(plotCurve(curve, { observed: 4, steps: [5000, 6000], later: null, quantiles })).toEqual({
    name: 'run',
    seen: [
      { step: 100, value: 0.5 },
      { step: 1000, value: 0.25 }, // the gap at 250 is no point
      { step: 4000, value: 0.125 },
    ],
    later: [],
    forecast: [
      { step: 5000, q05: 1, q25: 3, median: 5, q75: 7, q95: 9 },
      { step: 6000, q05: 2, q25: 4, median: 6, q75: 8, q95: 10 },
    ],
  });
});

test('points after the used ones are later, not seen', () => {
  const { seen, later } = plotCurve(curve, { observed: 2, steps: [1000, 4000], later: [0.25, Number.NaN], quantiles });
  expect(seen).toEqual([{ step: 100, value: 0.5 }]);
  expect(later).toEqual([{ step: 1000, value: 0.25 }]);
});
