import { expect, test } from 'vitest';
import { svgPlot } from '../../cli/svg-plot.ts';
import { plotFixture } from './plot-fixture.ts';

const titles = { stepTitle: 'epoch', valueTitle: 'validation accuracy' };
const count = (svg: string, pattern: RegExp) => (svg.match(pattern) ?? []).length;

test('one curve: points, median, two bands, titles and legend', async () => {
  const svg = await svgPlot([plotFixture()], titles);
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  for (const text of ['epoch', 'validation accuracy', 'seen', 'median', '50 % interval', '90 % interval']) {
    expect(svg).toContain(`>${text}</text>`);
  }
  expect(svg).not.toContain('later, not seen');
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect(count(svg, /<g class="mark-area role-mark/g)).toBe(2);
  expect(count(svg, /<g class="mark-line role-mark/g)).toBe(1);
  expect(count(svg, /aria-roledescription="circle"/g)).toBe(20);
});

test('later points and the target are drawn where there are any', async () => {
  const svg = await svgPlot([plotFixture('a', { later: true })], { ...titles, target: 0.8 });
  expect(svg).toContain('>later, not seen</text>');
  expect(count(svg, />target 0.8<\/text>/g)).toBe(1);
  expect(count(svg, /aria-roledescription="circle"/g)).toBe(20 + 10);
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
  expect(count(svg, />target 0.7<\/text>/g)).toBe(3);
});

test('the same input gives the same bytes', async () => {
  expect(await svgPlot([plotFixture()], titles)).toBe(await svgPlot([plotFixture()], titles));
});
