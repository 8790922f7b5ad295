import { expect, test } from 'vitest';
import { terminalPlot } from '../../../cli/plot/terminal-plot.ts';
import { plotFixture } from './plot-fixture.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const ANSI = /\x1b\[[0-9;]*m/g;

test('a plot of 72 columns', () => {
  expect(terminalPlot(plotFixture(), { width: 72, height: 12 })).toMatchInlineSnapshot(`
    "    │                                                         ⡀⡀⡀⡀⡀⠄⠄⠄⠄⠄
        │                                       ⡀⡀⡀⡀⠄⠄⠄⠄⠂⠂⠂⠂⠂⠁⠁⠁⠁⠁░░░░░░░░░░
    0.7 ┤                         ⡀⡀⡀⠄⠄⠄⠂⠂⠂⠂⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⡠⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠔⠒
        │                ●●●●●●⠒⠒⠒⠒⠒⠊⠉⠉⠉⠉⠉⠉⠉⡀⡀⡀⡀⡀⡀⡀⡀⡀⡀⡀⡀⡀░░░░░░░░░░░░░░░░░░░
        │          ●●●● ●                                ⠁⠁⠁⠁⠁⠁⠁⠁⠁⠁⠁⠂⠂⠂⠂⠂⠂⠂⠂
    0.6 ┤       ●●●
        │    ● ●
        │   ●
    0.5 ┤
        │  ●
    0.4 ┤
        │▼●
        └──────────┬──────────┬──────────┬───────────┬──────────┬──────────┬
                  10         20         30          40         50         60
         ● seen   ▼ below   ⠒⠒ median   ▒ 50 %   ░ 90 % band"
  `);
});

test('later points and a target', () => {
  const plot = terminalPlot(plotFixture('a', { later: true, scale: 2402 }), { width: 60, height: 10, target: 0.8 });
  expect(plot).toMatchInlineSnapshot(`
    "0.8 ┤╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌⡀╌⡀╌⡀╌
        │                              ⡀⡀⡀⡀⡀⠄⠄⠄⠄⠂⠂⠂⠂⠂○⠁⠁⠁○░░○░░░
    0.7 ┤                  ○⡀⠄⣀○⣀⣀⣀○⡠⠤○⠤⠤⠤○⠤⠤⠤○⠤⠒○⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒
        │         ●●●●●●●●●⠉⠉⠉⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⡀⡀⡀⡀⡀⡀
    0.6 ┤     ●●●●
        │    ●●
    0.5 ┤   ●
        │  ●
        │
    0.4 ┤▼●
        └──────────────────┬──────────────────┬─────────────────
                          50k               100k
         ● seen   ○ later   ▼ below   ⠒⠒ median   ▒ 50 %
         ░ 90 % band   ╌ target"
  `);
});

test('a falling curve is the rising one upside down', () => {
  const options = { width: 60, height: 12 };
  const area = (plot: string) =>
    plot
      .split('\n')
      .slice(0, 12)
      .map((line) =>
        [...line]
          .map((text) => (/[●▲▼]/.test(text) ? '●' : ' '))
          .join('')
          .slice(6)
          .trimEnd(),
      );
  const rising = area(terminalPlot(plotFixture(), options));
  const falling = area(terminalPlot(plotFixture('loss', { map: (value) => 1 - value }), options));
  expect(falling.filter((line) => line !== '').length).toBeGreaterThan(3);
  expect(falling).toEqual([...rising].reverse());
});

test('points far away are marks on the edge they lie beyond, and the legend says so', () => {
  const { seen, ...rest } = plotFixture();
  const plot = (value: number) =>
    terminalPlot({ ...rest, seen: [{ step: 0, value }, ...seen.slice(1)] }, { width: 60 });
  expect(plot(6.9).split('\n')[0]).toMatch(/▲/);
  expect(plot(6.9)).toContain('▲ above');
  expect(plot(6.9)).not.toContain('▼');
  expect(plot(-6.9).split('\n')[15]).toMatch(/▼/);
  expect(plot(-6.9)).toContain('▼ below');
  expect(plot(0.5)).not.toMatch(/above|below/);
});

test('a wild 90 % band and a distant target leave the curve readable', () => {
  const curve = plotFixture();
  const forecast = curve.forecast.map((band) => ({ ...band, q05: -1e9, q95: 1e9 }));
  const plot = terminalPlot({ ...curve, forecast }, { width: 70, target: 76 });
  const rows = plot.split('\n').filter((line) => line.slice(6).includes('●'));
  expect(rows.length).toBeGreaterThan(4); // the points, over several lines, and the legend
  expect(plot).toContain('▲ target 76');
});

test('axes in any units: short labels, and titles where they are given', () => {
  const map = (value: number) => 1e6 * value;
  const lines = terminalPlot(plotFixture('a', { scale: 1e5, map }), {
    width: 60,
    valueTitle: 'images per second',
    stepTitle: 'images',
  }).split('\n');
  expect(lines[0]).toBe('     images per second');
  expect(lines.some((line) => line.startsWith('700k ┤'))).toBe(true);
  expect(lines.find((line) => line.endsWith(' images'))).toMatch(/ 2M +4M +images$/);
});

test('no line is wider than asked or ends in spaces, at any width', () => {
  for (const width of [40, 57, 80, 133, 200]) {
    const titles = { valueTitle: 'validation accuracy of the large model', stepTitle: 'evaluations so far' };
    for (const line of terminalPlot(plotFixture('a', { scale: 2402, later: true }), { width, ...titles }).split('\n')) {
      expect([...line].length).toBeLessThanOrEqual(width);
      expect(line).toBe(line.trimEnd());
    }
  }
});

test('colour adds escape sequences and nothing else', () => {
  const coloured = terminalPlot(plotFixture(), { colour: true });
  expect(coloured).not.toBe(terminalPlot(plotFixture()));
  expect(coloured.replace(ANSI, '')).toBe(terminalPlot(plotFixture()));
  expect(terminalPlot(plotFixture())).not.toMatch(ANSI);
});

test('a flat curve and a single predicted step are drawn', () => {
  const flat = { step: 3, q05: 0.5, q25: 0.5, median: 0.5, q75: 0.5, q95: 0.5 };
  const seen = [
    { step: 1, value: 0.5 },
    { step: 2, value: 0.5 },
  ];
  const plot = terminalPlot({ name: 'flat', seen, later: [], forecast: [flat] }, { width: 40, height: 5 });
  expect(plot.match(/[│┤]/g)).toHaveLength(5);
  expect(plot.match(/●/g)).toHaveLength(3); // two points and the legend
});
