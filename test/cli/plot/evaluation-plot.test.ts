import { expect, test } from 'vitest';
import { evaluationHtml, evaluationSvg } from '../../../cli/plot/evaluation-plot.ts';
import { LIGHT } from '../../../cli/plot/plot-theme.ts';
import type { PosteriorComparison } from '../../../train/compare-posterior.ts';
import type { ClassEvaluation, NumberEvaluation } from '../../../train/evaluate-prior.ts';

const titles = { title: 'mine on draws from sines' };
const EVIL = `</script><img src=x onerror=alert(1)><!-- "'&`;

/** Scores with those shares per slice, and a KL of 0.1 and a gap of 0.2 nats per context row. */
const scores = (pit: readonly number[], kl: number | null): NumberEvaluation['contexts'][string] => {
  const estimate = (mean: number, standardError: number) => ({ mean, standardError });
  return {
    logLikelihood: estimate(-1.25, 0.01),
    coverage: { '50': 0.52, '80': 0.81, '90': 0.905, '95': 0.951 },
    pit,
    secondsPerDataset: 0.001,
    exact: kl === null ? null : exactScores(estimate(kl, kl / 5), estimate(2 * kl, kl / 4)),
  };
  function exactScores(divergence: ReturnType<typeof estimate>, gap: ReturnType<typeof estimate>) {
    const about = { method: 'closed form', datasets: 50, secondsPerDataset: 0.001 } as const;
    return { ...about, logLikelihood: estimate(-1, 0.01), gap, kl: divergence };
  }
};
const EVEN = Array<number>(10).fill(0.1);
const LOW = [0.2, 0, ...EVEN.slice(2)];

const evaluationOf = (contexts: NumberEvaluation['contexts']): NumberEvaluation => ({
  prior: 'sines',
  targets: 'numbers',
  datasets: 50,
  queriesPerDataset: 20,
  contexts,
});
const EXACT = evaluationOf({ '1': scores(EVEN, 0.1), '10': scores(LOW, 0.05), '100': scores(EVEN, 0.01) });
const WITHOUT = evaluationOf({ '10': scores(LOW, null) });

const GRID = Array.from({ length: 51 }, (_, i) => -2 + i * 0.1); // to 3
const around = (x: number, width: number) => [-width, -width / 3, 0, width / 3, width].map((at) => Math.sin(x) + at);
const COMPARISON: PosteriorComparison = {
  context: [-1, 0.5, 2].map((x) => ({ x, y: Math.sin(x) })),
  query: [-1.5, 0, 1, 2.5].map((x) => ({ x, y: Math.sin(x) })),
  x: GRID,
  network: GRID.map((x) => around(x, 0.8)),
  exact: { method: 'closed form', quantiles: GRID.map((x) => around(x, 0.6)) },
  inContextUnits: false,
};

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
/** Points of a color, in pixels of their own picture; the legend, which stands above it, is left out. */
const circles = (svg: string, color: string) =>
  [...svg.matchAll(/<path transform="translate\(([-\d.]+),([-\d.]+)\)" d="M[\d.]+,0A[^>]*fill="([^"]*)"/g)]
    .filter(([, , y, fill]) => fill === color && Number(y) >= 0)
    .map(([, x, y]) => [Number(x), Number(y)]);
/** Those of a group of marks. */
const marks = (svg: string, kind: string) =>
  [...svg.matchAll(new RegExp(`<g class="mark-${kind} role-mark[^>]*>(.*?)</g>`, 'gs'))].map(([, inside]) => inside);
/** Bars of the histogram: left, top, width and height. */
const bars = (svg: string) =>
  marks(svg, 'rect').flatMap((group) =>
    [...group.matchAll(/d="M([-\d.]+),([-\d.]+)h([-\d.]+)v([-\d.]+)h/g)].map((match) => match.slice(1).map(Number)),
  );
/** Lines that are dashed, those of axes not counted. */
const dashed = (svg: string) => marks(svg, 'line').filter((group) => group.includes('stroke-dasharray')).length;

test('three pictures are named, with what the intervals cover and the numbers of context rows', async () => {
  const svg = await evaluationSvg(EXACT, COMPARISON, { ...titles, subtitle: 'given noise 0.1' });
  expect(texts(svg)).toEqual(
    expect.arrayContaining([
      ...['mine on draws from sines', 'given noise 0.1'],
      ...['One data set, 3 context rows', 'network against exact posterior', 'context', 'network: median'],
      'exact (closed form): median and 90 % band',
      ...['Calibration', '50, 80, 90, 95 % intervals cover 52.0, 81.0, 90.5, 95.1 %', 'calibrated'],
      ...['Distance to exact posterior', 'KL', 'log-likelihood gap', '± standard error'],
      ...['x', 'y', 'predicted probability below the target', 'share of the targets', 'context rows', 'nats per query'],
      ...['1', '10', '100'],
    ]),
  );
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test('the network is a filled band and a line, the exact posterior three dashed lines', async () => {
  const svg = await evaluationSvg(WITHOUT, COMPARISON, titles);
  expect(marks(svg, 'area')).toHaveLength(1);
  expect(marks(svg, 'line')).toHaveLength(4);
  expect(dashed(svg)).toBe(3);
  expect(circles(svg, LIGHT.ink)).toHaveLength(3);
});

test('without an exact posterior the targets stand in for it, and there is no distance', async () => {
  const svg = await evaluationSvg(WITHOUT, { ...COMPARISON, exact: null }, titles);
  expect(dashed(svg)).toBe(0);
  expect(texts(svg)).toEqual(
    expect.arrayContaining(['targets, not seen', 'the network and targets that it has not seen']),
  );
  expect(texts(svg).join()).not.toMatch(/exact|KL/);
});

test('where there is no data set to draw, calibration is left', async () => {
  const svg = await evaluationSvg(WITHOUT, null, titles);
  expect(texts(svg)).toContain('Calibration');
  expect(texts(svg).join()).not.toMatch(/One data set|exact/);
  expect(marks(svg, 'area')).toHaveLength(0);
});

test('of classes, calibration is by predicted probability, of all numbers of context rows together', async () => {
  const slice = (predicted: number, observed: number, count: number) => {
    return { predicted, observed, count, low: observed - 0.05, high: observed + 0.05 };
  };
  const { logLikelihood, secondsPerDataset, exact } = scores(EVEN, 0.1);
  const of = (calibration: ClassEvaluation['contexts'][string]['calibration']) => {
    return { logLikelihood, secondsPerDataset, exact, accuracy: 0.75, calibrationError: 0.025, calibration };
  };
  const evaluation: ClassEvaluation = {
    ...EXACT,
    targets: 'classes',
    contexts: { '2': of([slice(0.25, 0.2, 100), slice(0.75, 0.8, 100)]), '8': of([slice(0.22, 0.5, 50)]) },
  };
  const svg = await evaluationSvg(evaluation, null, titles);
  expect(texts(svg)).toEqual(
    expect.arrayContaining(['Calibration', 'predicted probability', 'share that came true', 'KL']),
  );
  // Slices at (0.24, 0.3) and (0.75, 0.8), and the KL of two numbers of context rows.
  const [first, second, ...distances] = circles(svg, LIGHT.median);
  expect(distances).toHaveLength(2);
  expect((second[0] - first[0]) / (first[1] - second[1]) / (305 / 220)).toBeCloseTo(0.51 / 0.5, 2);
  const page = await evaluationHtml(evaluation, null, titles);
  for (const text of ['accuracy', 'calibration error', '75.0 %', '2.5 %']) expect(page).toContain(text);
});

test('context rows stand where their x and y are', async () => {
  const [left, middle, right] = circles(await evaluationSvg(WITHOUT, COMPARISON, titles), LIGHT.ink);
  const [a, b, c] = COMPARISON.context;
  expect((middle[0] - left[0]) / (right[0] - left[0])).toBeCloseTo((b.x - a.x) / (c.x - a.x), 3);
  expect((middle[1] - left[1]) / (right[1] - left[1])).toBeCloseTo((b.y - a.y) / (c.y - a.y), 2);
  expect(right[1]).toBeLessThan(left[1]);
});

test('ten bars side by side are as high as the shares of all targets together', async () => {
  const all = bars(await evaluationSvg(EXACT, null, titles));
  expect(all).toHaveLength(10);
  const heights = all.map(([, , , height]) => Math.abs(height));
  // Of three numbers of context rows, one has 0.2 and 0 in the first two slices.
  const shares = EVEN.map((even, i) => (2 * even + LOW[i]) / 3);
  for (const [i, share] of shares.entries()) expect(heights[i] / heights[9]).toBeCloseTo(share / 0.1, 2);
  for (let i = 1; i < 10; i++) expect(all[i][0]).toBeGreaterThan(all[i - 1][0] + all[i - 1][2]);
});

test('each number of context rows has points of its own, where there are several', async () => {
  const svg = await evaluationSvg(EXACT, null, titles);
  expect(texts(svg)).toEqual(expect.arrayContaining(['all', 'by context rows']));
  // 10 slices of each of 3, and the KL of each.
  expect(circles(svg, LIGHT.median)).toHaveLength(10 * 3 + 3);
  expect(texts(await evaluationSvg(WITHOUT, null, titles))).not.toContain('by context rows');
});

test('distances stand by the logarithm of the number of rows, with a standard error to either side', async () => {
  const svg = await evaluationSvg(EXACT, null, titles);
  const points = circles(svg, LIGHT.median).slice(-3);
  expect(points[1][0] - points[0][0]).toBeCloseTo(points[2][0] - points[1][0], 1);
  // KL 0.1, 0.05, 0.01, and rules of twice a fifth of that.
  expect((points[2][1] - points[0][1]) / (points[1][1] - points[0][1])).toBeCloseTo(0.09 / 0.05, 2);
  const perNat = (points[1][1] - points[0][1]) / 0.05;
  const rules = [...svg.matchAll(/<line [^>]*y2="([-\d.]+)" stroke="([^"]*)"/g)]
    .filter(([, , color]) => color === LIGHT.median)
    .map(([, length]) => Math.abs(Number(length)));
  for (const [i, kl] of [0.1, 0.05, 0.01].entries()) expect(rules[i]).toBeCloseTo((2 * kl * perNat) / 5, 0);
});

test('pictures and pages are light, and dark where the system is; a theme can be fixed', async () => {
  for (const draw of [evaluationSvg, evaluationHtml]) {
    expect(await draw(EXACT, COMPARISON, titles)).toContain('@media (prefers-color-scheme:dark)');
    for (const theme of ['light', 'dark'] as const) {
      const picture = await draw(EXACT, COMPARISON, { ...titles, theme });
      expect(picture).not.toContain('prefers-color-scheme');
      expect(picture.includes(theme === 'light' ? '#0d1117' : '#e6edf3')).toBe(theme === 'dark');
    }
  }
});

test('the page loads and runs nothing, and has the scores as a table', async () => {
  const page = await evaluationHtml(EXACT, COMPARISON, { ...titles, subtitle: 'given noise 0.1' });
  expect(page).toMatch(/^<!doctype html>.*<\/html>\s*$/s);
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(page).not.toMatch(/<script| (?:src|href)=|@import|url\((?!#)/);
  expect(page).toContain('<p>given noise 0.1; 50 data sets per number of context rows, 20 queries each</p>');
  expect(page.match(/<figure>/g)).toHaveLength(3);
  const rows = [...page.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) => row.replace(/<[^>]+>/g, '|'));
  expect(rows).toHaveLength(4);
  expect(rows[2]).toContain('|10||-1.250 ± 0.010||-1.000 ± 0.010||0.1000 ± 0.0125||0.0500 ± 0.0100||52.0 %|');
});

test('ids of the pictures of a page differ', async () => {
  const page = await evaluationHtml(EXACT, COMPARISON, titles);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('names are text, never markup, and long ones do not make the picture wider', async () => {
  const evil = { title: EVIL, subtitle: EVIL };
  for (const draw of [evaluationSvg, evaluationHtml]) {
    expect(await draw(EXACT, COMPARISON, evil)).not.toMatch(/<script|<img|<!--/);
  }
  const width = async (title: string) =>
    Number(/ width="(\d+)"/.exec(await evaluationSvg(EXACT, COMPARISON, { title, subtitle: title }))?.[1]);
  expect(await width('long '.repeat(60))).toBe(await width('mine'));
});

test('the same input gives the same bytes', async () => {
  for (const draw of [evaluationSvg, evaluationHtml]) {
    expect(await draw(EXACT, COMPARISON, titles)).toBe(await draw(EXACT, COMPARISON, titles));
  }
});
