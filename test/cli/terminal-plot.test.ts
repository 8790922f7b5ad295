import { expect, test } from 'vitest';
import { terminalPlot } from '../../cli/terminal-plot.ts';
import { ticks } from '../../cli/ticks.ts';
import { plotFixture } from './plot-fixture.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const ANSI = /\x1b\[[0-9;]*m/g;

test('a plot of 72 columns', () => {
  expect(terminalPlot(plotFixture(), { width: 72, height: 12 })).toMatchInlineSnapshot(`
    "    │                                                        ⡀⡀⡀⡀⡀⠄⠄⠄⠄⠄⠄
        │                                     ⡀⡀⡀⡀⠄⠄⠄⠄⠄⠂⠂⠂⠂⠂⠁⠁⠁⠁⠁░░░░░░░░░░░
    0.7 ┤                      ⡀⡀⡀⡀⠄⠄⢄⣂⣂⣂⣂⣁⣁⣁⣁⡠⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠔⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒
        │             ● ●●●●●●●⠖⠍⠍⠍⠍⠋⠃⠂⠂⠂⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⡀⡀⡀⡀⡀⡀⡀⡀⡀⡀⡀░░░░░░░
        │        ●●●●●                                               ⠁⠁⠁⠁⠁⠁⠁
    0.6 ┤      ●●
        │    ●
    0.5 ┤   ●
        │  ●
        │
    0.4 ┤ ●
        │▼
        └──────────┬──────────┬──────────┬───────────┬──────────┬──────────┬
                  10         20         30          40         50         60
         ● seen   ▼ below   ⠒⠒ median   ░ 90 % band"
  `);
});

test('later points and a target', () => {
  const plot = terminalPlot(plotFixture('a', { later: true, scale: 2402 }), { width: 60, height: 10, target: 0.8 });
  expect(plot).toMatchInlineSnapshot(`
    "0.8 ┤╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ⡀⡀⡀⡀⡀⠄⠄
        │                           ⡀⡀⡀⡀⡀⠄○⠄⠄⠄○⠂⠂○⠂⠁⠁○⠁⠁⠁○░░○░░░
    0.7 ┤                ●●○⣄⠦⡦○⡥⡥⡥○⡒⠒○⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
        │       ●●●●●●●●●  ⠁⠁⠁       ⠁⠁⠁⠁⠁⠁⠁⠁⠁⠁⠁⠁⠁⠁⠁⠁⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂
    0.6 ┤     ●●
        │   ●●
    0.5 ┤  ●
        │
    0.4 ┤ ●
        │▼
        └──────────────────┬──────────────────┬─────────────────
                         50000             100000
         ● seen   ▼ below   ○ later   ⠒⠒ median   ░ 90 % band
         ╌ target"
  `);
});

test('no line is wider than asked or ends in spaces, at any width', () => {
  for (const width of [40, 57, 80, 133, 200]) {
    for (const line of terminalPlot(plotFixture('a', { scale: 2402, later: true }), { width }).split('\n')) {
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
  expect(plot.split('\n')).toHaveLength(8);
  expect(plot.match(/●/g)).toHaveLength(3); // two points and the legend
});

test('ticks are round numbers that cover the range', () => {
  expect(ticks(0.07, 0.71, 5).labels).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8']);
  expect(ticks(1, 100, 7).values).toEqual([0, 20, 40, 60, 80, 100]);
  expect(ticks(0.5, 0.52, 4).labels).toEqual(['0.500', '0.505', '0.510', '0.515', '0.520']);
});
