import { expect, test } from 'vitest';
import { DARK, darkRules, LIGHT } from '../../../cli/plot/plot-theme.ts';
import { svgPlot } from '../../../cli/plot/svg-plot.ts';
import { plotFixture } from './plot-fixture.ts';

const titles = { stepTitle: 'epoch', valueTitle: 'validation accuracy' };
const count = (svg: string, pattern: RegExp) => (withoutStyle(svg).match(pattern) ?? []).length;
const withoutStyle = (svg: string) => svg.replace(/<style>.*<\/style>/, '');
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

/** Positions of the symbols of a color in the pictures, without those of the legend. */
function symbols(svg: string, color: string, path = '') {
  const marks = svg.split('role-mark concat_1_').slice(1);
  return marks
    .flatMap((mark) => [...mark.split('</g>')[0].matchAll(/<path transform="translate\(([\d.]+),([\d.]+)\)"[^>]*>/g)])
    .filter(([tag]) => tag.includes(`fill="${color}"`) && tag.includes(` d="${path}`))
    .map(([, x, y]) => [Number(x), Number(y)] as const);
}

test('one curve: points, median, two bands, titles and legend', async () => {
  const svg = await svgPlot([plotFixture()], titles);
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(texts(svg)).toEqual(
    expect.arrayContaining(['epoch', 'validation accuracy', 'seen', 'median', '50 % interval', '90 % interval']),
  );
  expect(svg).not.toContain('later, not seen');
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect(count(svg, /<g class="mark-area role-mark/g)).toBe(2);
  expect(count(svg, /<g class="mark-line role-mark/g)).toBe(1);
  expect(symbols(svg, LIGHT.ink)).toHaveLength(20);
});

test('points stand where their steps and values are', async () => {
  const curve = plotFixture();
  const svg = await svgPlot([curve], titles);
  const circles = symbols(svg, LIGHT.ink, 'M3,0A3,3');
  expect(circles).toHaveLength(19); // the first point is off the axis
  const [pa, pb, pc] = [2, 7, 18].map((i) => circles[i]);
  const [a, b, c] = [3, 8, 19].map((i) => curve.seen[i]);
  expect((pb[0] - pa[0]) / (pc[0] - pa[0])).toBeCloseTo((b.step - a.step) / (c.step - a.step), 3);
  expect((pb[1] - pa[1]) / (pc[1] - pa[1])).toBeCloseTo((b.value - a.value) / (c.value - a.value), 2);
});

test('later points and the target are drawn where there are any', async () => {
  const svg = await svgPlot([plotFixture('a', { later: true })], { ...titles, target: 0.8 });
  expect(texts(svg)).toEqual(expect.arrayContaining(['later, not seen', 'target 0.8']));
  expect(symbols(svg, LIGHT.later)).toHaveLength(10);
  expect(count(svg, new RegExp(`stroke="${LIGHT.target}"`, 'g'))).toBe(1);
});

test('a target far outside is a number at the edge, so that it does not squash the curve', async () => {
  const svg = await svgPlot([plotFixture()], { ...titles, target: 76 });
  expect(texts(svg)).toContain('▲ 76');
  expect(count(svg, new RegExp(`stroke="${LIGHT.target}"`, 'g'))).toBe(0);
});

test('points outside of the axis are triangles at its edge', async () => {
  const falling = plotFixture('loss', { map: (value) => 1 - value });
  const far = { ...falling, seen: [{ step: 0.5, value: 7 }, ...falling.seen] };
  const svg = await svgPlot([far], titles);
  expect(texts(svg)).toContain('off the axis');
  const triangles = symbols(svg, LIGHT.ink, 'M0,-');
  expect(triangles).toHaveLength(2);
  for (const [, y] of triangles) expect(y).toBe(5); // in pixels below the upper edge
});

test('several curves are small multiples in the order of the file', async () => {
  const names = ['vit', 'resnet', 'gru & <co>'];
  const svg = await svgPlot(
    names.map((name) => plotFixture(name)),
    { ...titles, target: 0.7 },
  );
  const at = ['>vit<', '>resnet<', '>gru &amp; &lt;co&gt;<'].map((text) => svg.indexOf(text));
  expect(at.every((index) => index > 0)).toBe(true);
  expect(at).toEqual([...at].sort((a, b) => a - b));
  expect(count(svg, new RegExp(`stroke="${LIGHT.target}"`, 'g'))).toBe(3);
  expect(texts(svg).filter((text) => text === 'validation accuracy')).toHaveLength(1);
});

test('curves of one unit share their axes, others have their own', async () => {
  const numbers = async (map: (value: number) => number) => {
    const svg = await svgPlot([plotFixture('a'), plotFixture('b', { map })], titles);
    return texts(svg).filter((text) => /^-?[\d.]+[kM]?$/.test(text));
  };
  const shared = await numbers((value) => value + 0.1);
  const own = await numbers((value) => 1000 * value);
  expect(new Set(shared).size).toBeGreaterThan(8);
  expect(own.filter((text) => /^\d00$/.test(text)).length).toBeGreaterThan(2);
  expect(own.length - shared.length).toBeGreaterThan(2); // one more value axis with numbers
});

test('forty curves of long names fit: elided names that differ, and a picture no wider than a page', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `transformer_large_warmup2000_batch256_seed${i}`);
  const svg = await svgPlot(
    names.map((name) => plotFixture(name, { later: true })),
    titles,
  );
  const headings = texts(svg).filter((text) => text.includes('…'));
  expect(new Set(headings).size).toBe(40);
  expect(Number(/ width="(\d+)"/.exec(svg)?.[1])).toBeLessThan(1200);
});

test('values of any size and sign are drawn', async () => {
  const scales: ((value: number) => number)[] = [(v) => 1e-6 * v, (v) => 1e6 * v, (v) => -300 + 10 * v, () => 0.5];
  for (const map of scales) {
    const svg = await svgPlot([plotFixture('a', { scale: 1e6, map, later: true })], titles);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(symbols(svg, LIGHT.later)).toHaveLength(10);
  }
});

test('a single predicted step is a bar and a dot', async () => {
  const curve = plotFixture();
  const svg = await svgPlot([{ ...curve, forecast: curve.forecast.slice(-1) }], titles);
  expect(symbols(svg, LIGHT.median)).toHaveLength(1);
  expect(count(svg, new RegExp(`stroke="${LIGHT.outer}"`, 'g'))).toBe(1);
});

test('a logarithmic axis spaces factors of ten equally and refuses what it cannot show', async () => {
  const seen = [1, 0.1, 0.01, 0.001].map((value, i) => ({ step: i + 1, value }));
  const curve = { name: 'loss', seen, later: [], forecast: [] };
  const svg = await svgPlot([curve], { ...titles, logValue: true });
  const heights = symbols(svg, LIGHT.ink).map(([, y]) => y);
  const gaps = heights.slice(1).map((y, i) => y - heights[i]);
  for (const gap of gaps) expect(gap).toBeCloseTo(gaps[0], 1);
  const negative = { ...curve, seen: [...seen, { step: 5, value: -2 }] };
  await expect(svgPlot([negative], { ...titles, logValue: true })).rejects.toThrow(
    "plot: a logarithmic axis shows values above 0 only, curve 'loss' has -2 at step 5. Use a linear axis.",
  );
});

test('one file is light, and dark where the system is', async () => {
  const svg = await svgPlot([plotFixture()], titles);
  const [style] = /<style>.*?<\/style>/.exec(svg) ?? [''];
  expect(style).toContain('@media (prefers-color-scheme:dark)');
  const used = new Set([...withoutStyle(svg).matchAll(/(?:fill|stroke)="((?!none)[^"]*)"/g)].map(([, color]) => color));
  expect(used.size).toBeGreaterThan(5);
  for (const color of used) expect(style).toContain(`="${color}"]`); // no color is left light
});

test('a theme can be fixed', async () => {
  const light = await svgPlot([plotFixture()], { ...titles, theme: 'light' });
  const dark = await svgPlot([plotFixture()], { ...titles, theme: 'dark' });
  expect(light + dark).not.toContain('<style>');
  expect(light).toContain(LIGHT.paper);
  for (const color of Object.values(LIGHT)) expect(dark).not.toContain(color);
  expect(dark).toContain(DARK.paper);
});

/** Contrast of two colors by the formula of WCAG 2.1. */
function contrast(a: string, b: string): number {
  const luminance = (color: string) => {
    const [red, green, blue] = [1, 3, 5]
      .map((i) => Number.parseInt(color.slice(i, i + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

test.each([
  ['light', LIGHT],
  ['dark', DARK],
])('%s: texts and lines stand out, and the bands from each other', (_, colors) => {
  for (const text of [colors.ink, colors.label, colors.target])
    expect(contrast(text, colors.paper)).toBeGreaterThan(4.5);
  for (const mark of [colors.later, colors.median]) expect(contrast(mark, colors.paper)).toBeGreaterThan(4.5);
  expect(contrast(colors.median, colors.inner)).toBeGreaterThan(3);
  expect(contrast(colors.inner, colors.outer)).toBeGreaterThan(1.45);
  expect(contrast(colors.outer, colors.paper)).toBeGreaterThan(1.2);
});

test('light colors are told apart by their values', () => {
  expect(new Set(Object.values(LIGHT)).size).toBe(Object.keys(LIGHT).length);
  expect(darkRules().match(/\{/g)).toHaveLength(2 * Object.keys(LIGHT).length);
});

test('the same input gives the same bytes', async () => {
  expect(await svgPlot([plotFixture()], titles)).toBe(await svgPlot([plotFixture()], titles));
});
