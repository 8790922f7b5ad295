import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { LIGHT } from '../../../cli/plot/plot-theme.ts';
import { posteriorCurve } from '../../../cli/plot/posterior-curve.ts';
import { posteriorHtml, posteriorSvg } from '../../../cli/plot/posterior-plot.ts';

const titles = { title: 'gp, 4 context rows', xTitle: 'x', yTitle: 'y' };
const EVIL = `</script><img src=x onerror=alert(1)><!-- "'&`;

const GRID = Array.from({ length: 51 }, (_, i) => [-2 + i * 0.1]); // to 3
/** A sine with bands of a constant width, by formula. */
const QUANTILES = Object.fromEntries(
  Object.entries({ '0.05': -0.8, '0.25': -0.3, '0.5': 0, '0.75': 0.3, '0.95': 0.8 }).map(([level, above]) => [
    level,
    GRID.map(([x]) => Math.sin(x) + above),
  ]),
);
const CONTEXT = { x: [[2], [-1], [0.5], [-1]], y: [0.9, -0.8, 0.4, -0.9] };
const QUERY = { x: [[1], [0]], y: [1.1, 0.1] };
const curveOf = (query: Parameters<typeof posteriorCurve>[2]) => posteriorCurve('gp', CONTEXT, query, GRID, QUANTILES);

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
/** Circles of a color in the picture, in pixels. */
const circles = (svg: string, color: string) =>
  [...svg.matchAll(/<path transform="translate\(([\d.]+),([\d.]+)\)" d="M3,0A3,3[^>]*fill="([^"]*)"/g)]
    .filter(([, , , fill]) => fill === color)
    .map(([, x, y]) => [Number(x), Number(y)]);
const dataText = (page: string) =>
  /<script type="application\/json" id="readings">([^<]*)<\/script>/.exec(page)?.[1] ?? '';

test('rows are points in the order of x, and answers have their quantiles', () => {
  const { seen, later, forecast } = curveOf(QUERY);
  expect(seen).toEqual(
    [
      [-1, -0.8],
      [-1, -0.9],
      [0.5, 0.4],
      [2, 0.9],
    ].map(([step, value]) => ({ step, value })),
  );
  expect(later).toEqual(
    [
      [0, 0.1],
      [1, 1.1],
    ].map(([step, value]) => ({ step, value })),
  );
  expect(forecast).toHaveLength(51);
  expect(forecast[20]).toEqual({ step: 0, q05: -0.8, q25: -0.3, median: 0, q75: 0.3, q95: 0.8 });
});

test('queries without targets are no points', () => {
  expect(curveOf(null).later).toEqual([]);
  expect(curveOf({ ...QUERY, y: null }).later).toEqual([]);
});

test('the picture has the context, the median and two bands, and names them and the columns', async () => {
  const svg = await posteriorSvg(curveOf(null), { ...titles, xTitle: 'X1', yTitle: 'Y', subtitle: 'given noise 0.1' });
  expect(texts(svg)).toEqual(
    expect.arrayContaining([
      ...['gp, 4 context rows', 'given noise 0.1', 'X1', 'Y'],
      ...['context', 'median', '50 % interval', '90 % interval'],
    ]),
  );
  expect(svg).toContain('aria-label="gp, 4 context rows: Y by X1, given noise 0.1"');
  expect(texts(svg)).not.toContain('query');
  expect(svg.match(/<g class="mark-area role-mark/g)).toHaveLength(2);
  expect(svg.match(/<g class="mark-line role-mark/g)).toHaveLength(1);
  expect(circles(svg, LIGHT.ink)).toHaveLength(4);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test('queries with targets are points of another color', async () => {
  const svg = await posteriorSvg(curveOf(QUERY), titles);
  expect(circles(svg, LIGHT.later)).toHaveLength(2);
  expect(texts(svg)).toContain('query');
});

test('points stand where their x and y are', async () => {
  const points = circles(await posteriorSvg(curveOf(null), titles), LIGHT.ink);
  const [left, , middle, right] = points;
  // x: -1, 0.5, 2; y: -0.8, 0.4, 0.9
  expect((middle[0] - left[0]) / (right[0] - left[0])).toBeCloseTo(1.5 / 3, 3);
  expect((middle[1] - left[1]) / (right[1] - left[1])).toBeCloseTo(1.2 / 1.7, 3);
  expect(right[1]).toBeLessThan(left[1]);
});

test('a long title does not make the picture wider', async () => {
  const width = async (title: string) =>
    Number(/ width="(\d+)"/.exec(await posteriorSvg(curveOf(null), { ...titles, title, subtitle: title }))?.[1]);
  expect(await width('long '.repeat(60))).toBe(await width('gp'));
});

test('pictures and pages are light, and dark where the system is; a theme can be fixed', async () => {
  for (const draw of [posteriorSvg, posteriorHtml]) {
    expect(await draw(curveOf(QUERY), titles)).toContain('@media (prefers-color-scheme:dark)');
    for (const theme of ['light', 'dark'] as const) {
      const picture = await draw(curveOf(QUERY), { ...titles, theme });
      expect(picture).not.toContain('prefers-color-scheme');
      expect(picture.includes(theme === 'light' ? '#0d1117' : '#e6edf3')).toBe(theme === 'dark');
    }
  }
});

test('the page loads nothing and runs only its own script', async () => {
  const page = await posteriorHtml(curveOf(QUERY), titles);
  expect(page).toMatch(/^<!doctype html>.*<\/html>\s*$/s);
  expect(page).not.toMatch(/ (?:src|href)=|@import|url\((?!#)/);
  const script = /<script>(.*?)<\/script>/s.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(script).digest('base64');
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'"`);
});

test('the page has the numbers of every x under the pointer', async () => {
  const { labels, curves } = JSON.parse(dataText(await posteriorHtml(curveOf(QUERY), titles)));
  expect(labels).toEqual(['x', 'context', 'query', 'median', '50 % interval', '90 % interval']);
  const rows: string[][] = curves[0].rows.map(([, , ...row]: (string | number)[]) => row);
  expect(rows.filter(([, , , median]) => median !== '')).toHaveLength(51);
  // sin(-2) is -0.9093.
  expect(rows[0]).toEqual(['-2', '', '', '-0.909', '-1.209 to -0.609', '-1.709 to -0.109']);
  expect(rows.find(([x]) => x === '2')).toEqual(['2', '0.900', '', '0.909', '0.609 to 1.209', '0.109 to 1.709']);
});

test('names of columns are text, never markup', async () => {
  const evil = { title: EVIL, subtitle: EVIL, xTitle: EVIL, yTitle: EVIL };
  const page = await posteriorHtml(curveOf(QUERY), evil);
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page.match(/<\/script/g)).toHaveLength(2);
  for (const picture of [page, await posteriorSvg(curveOf(QUERY), evil)]) expect(picture).not.toMatch(/<img|<!--/);
  expect(JSON.parse(dataText(page)).labels[0]).toBe(EVIL);
});

test('the same input gives the same bytes', async () => {
  for (const draw of [posteriorSvg, posteriorHtml]) {
    expect(await draw(curveOf(QUERY), titles)).toBe(await draw(curveOf(QUERY), titles));
  }
});
