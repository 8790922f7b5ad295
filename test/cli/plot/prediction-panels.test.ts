import { expect, test } from 'vitest';
import { panelsHtml, panelsSvg } from '../../../cli/plot/panel-plot.ts';
import { DARK, LIGHT } from '../../../cli/plot/plot-theme.ts';
import { actualPanel, calibrationPanel } from '../../../cli/plot/prediction-panels.ts';
import { reliability } from '../../../model/scores.ts';

const options = { title: 'price, predicted by mine', theme: 'light' } as const;
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
/** Dots of a color in the plotting area, in its pixels. */
const dots = (svg: string, color: string) =>
  [...svg.matchAll(/<path transform="translate\(([-\d.]+),([-\d.]+)\)" d="M[\d.]+,0A[^>]*fill="([^"]*)"/g)]
    .filter(([, , y, fill]) => fill === color && Number(y) >= 0)
    .map(([, x, y]) => [Number(x), Number(y)]);
const rules = (svg: string, color: string) =>
  [...svg.matchAll(/<line [^>]*stroke="([^"]*)"/g)].filter(([, stroke]) => stroke === color).length;

const slices = reliability([0.1, 0.12, 0.52, 0.55, 0.9], [false, true, true, false, true]);
const ROWS = [
  { actual: 10, median: 12, low: 8, high: 15 },
  { actual: 20, median: 24, low: 21, high: 30 },
  { actual: 50, median: 48, low: 40, high: 55 },
];

test('a calibration curve has a dot per slice at its prediction and its share, with an interval', async () => {
  const svg = await panelsSvg([[calibrationPanel(slices, 'P(yes), 5 rows')]], options);
  expect(texts(svg)).toEqual(
    expect.arrayContaining(['Calibration', 'P(yes), 5 rows', 'calibrated', 'share that came true']),
  );
  const found = dots(svg, LIGHT.median);
  expect(found).toEqual(
    slices.map(({ predicted, observed }) => [
      expect.closeTo(720 * predicted, 1),
      expect.closeTo(420 * (1 - observed), 1),
    ]),
  );
  expect(rules(svg, LIGHT.inner)).toBe(3);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test('predicted by actual has a dot and an interval per row, and intervals that miss stand out', async () => {
  const svg = await panelsSvg([[actualPanel(ROWS, 'price')]], options);
  expect(texts(svg)).toEqual(
    expect.arrayContaining(['90 % intervals hold 66.7 % of 3 rows', 'price, actual', 'price, predicted']),
  );
  const found = dots(svg, LIGHT.median);
  expect((found[1][0] - found[0][0]) / (found[2][0] - found[0][0])).toBeCloseTo((20 - 10) / (50 - 10), 3);
  expect((found[1][1] - found[0][1]) / (found[2][1] - found[0][1])).toBeCloseTo((24 - 12) / (48 - 12), 3);
  expect([rules(svg, LIGHT.inner), rules(svg, LIGHT.target)]).toEqual([2, 1]);
});

test('of many rows some are drawn, and all are counted', async () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({ ...ROWS[0], actual: 9 + (i % 100) / 100 }));
  const svg = await panelsSvg([[actualPanel(many, 'price')]], options);
  expect(dots(svg, LIGHT.median)).toHaveLength(600);
  expect(texts(svg)).toContain('90 % intervals hold 100.0 % of 5000 rows');
});

test('a page has the picture, the scores as a table, and names from files as text', async () => {
  const evil = '<script>alert(1)</script>';
  const table = { label: 'Scores', header: ['score', 'value'], rows: [['RMSE', '4.2']] };
  const page = await panelsHtml([actualPanel(ROWS, evil)], table, { title: evil, theme: 'dark', caption: '3 rows' });
  expect(page).not.toContain('<script');
  expect(page).toContain('<th scope="row">RMSE</th><td>4.2</td>');
  expect(page).toContain(DARK.paper);
});
