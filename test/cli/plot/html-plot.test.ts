import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { htmlPlot } from '../../../cli/plot/html-plot.ts';
import type { PlotCurve } from '../../../cli/plot/plot-data.ts';
import { LIGHT } from '../../../cli/plot/plot-theme.ts';
import { plotFixture } from './plot-fixture.ts';

const titles = { stepTitle: 'epoch', valueTitle: 'validation accuracy' };
const EVIL = `</script><img src=x onerror=alert(1)><!-- "'&`;

/** A row of readings: x, y, then the texts of step, seen, later, median, 50 % and 90 % interval. */
type Row = readonly [x: number, y: number, ...texts: string[]];

interface Data {
  readonly labels: readonly string[];
  readonly curves: readonly {
    readonly top: number;
    readonly bottom: number;
    readonly start: number;
    readonly rows: Row[];
  }[];
}

const dataText = (page: string) =>
  /<script type="application\/json" id="readings">([^<]*)<\/script>/.exec(page)?.[1] ?? '';
const dataOf = (page: string): Data => JSON.parse(dataText(page));
const scriptOf = (page: string) => /<script>(.*?)<\/script>/s.exec(page)?.[1] ?? '';
const cells = (page: string) =>
  [...page.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell),
  );

test('the page loads nothing: no addresses, and a policy that allows only its own script', async () => {
  const page = await htmlPlot([plotFixture('a', { later: true }), plotFixture('b')], { ...titles, target: 0.8 });
  const addresses = [...page.matchAll(/https?:[^"'\s]*/g)].map(([address]) => address);
  expect([...new Set(addresses)].sort()).toEqual(['http://www.w3.org/1999/xlink', 'http://www.w3.org/2000/svg']); // names, not links
  expect(page).not.toMatch(/ (?:src|href)=|@import|url\((?!#)/);
  const hash = createHash('sha256').update(scriptOf(page)).digest('base64');
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'"`);
});

test('names and titles of the data are text, never markup', async () => {
  const evil = { stepTitle: EVIL, valueTitle: EVIL, title: EVIL };
  for (const curves of [[plotFixture(EVIL)], [plotFixture(EVIL), plotFixture('b')]]) {
    const page = await htmlPlot(curves, evil);
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page.match(/<\/script/g)).toHaveLength(2);
    expect(page).not.toMatch(/<img|<!--/);
    expect(page).toContain('<h1>&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&lt;!-- &quot;&#39;&amp;</h1>');
    expect(dataText(page)).not.toContain('<');
    expect(dataOf(page).labels[0]).toBe(EVIL);
    // Inside of attributes, too: apart from the pictures' own, no quote ends one.
    expect([...page.matchAll(/aria-label="([^"]*): numbers/g)][0][1]).toBe(
      '&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&lt;!-- &quot;&#39;&amp;',
    );
  }
});

test('every step has its numbers, to the digit that matters', async () => {
  const seen = [4, 3, 2.5].map((value, i) => ({ step: 1000 * (i + 1), value }));
  const later = [{ step: 4000, value: 2.25 }];
  const forecast = [4000, 5500].map((step) => ({ step, q05: 1, q25: 1.5, median: 2, q75: 2.5, q95: 3.125 }));
  const data = dataOf(await htmlPlot([{ name: 'loss', seen, later, forecast }], titles));
  expect(data.labels).toEqual(['epoch', 'seen', 'later, not seen', 'median', '50 % interval', '90 % interval']);
  expect(data.curves[0].rows.map(([, , ...texts]) => texts)).toEqual([
    ['1000', '4.000', '', '', '', ''],
    ['2000', '3.000', '', '', '', ''],
    ['3000', '2.500', '', '', '', ''],
    ['4000', '', '2.250', '2.000', '1.500 to 2.500', '1.000 to 3.125'],
    ['5500', '', '', '2.000', '1.500 to 2.500', '1.000 to 3.125'],
  ]);
  expect(data.curves[0].start).toBe(3);
});

test('the numbers are found where the points are drawn', async () => {
  const curve = { ...plotFixture(), seen: plotFixture().seen.slice(4) };
  const page = await htmlPlot([curve, plotFixture('b', { map: (value) => 1e4 * value })], titles);
  const svg = page.slice(page.indexOf('<figure>'), page.indexOf('</figure>'));
  const [, left, top] = (/transform="translate\((\d+),(\d+)\)"/.exec(svg) ?? []).map(Number);
  const circles = [...svg.matchAll(/<path transform="translate\(([\d.]+),([\d.]+)\)"[^>]*fill="([^"]*)"/g)]
    .filter(([, , , color]) => color === LIGHT.ink)
    .map(([, x, y]) => [left + Number(x), top + Number(y)]);
  expect(circles).toHaveLength(16);
  const { rows } = dataOf(page).curves[0];
  circles.forEach(([x, y], i) => {
    expect(Math.abs(rows[i][0] - x)).toBeLessThan(0.1);
    expect(Math.abs(rows[i][1] - y)).toBeLessThan(0.1);
  });
});

test('a curve of very many points makes no huge page, and keeps every predicted step', async () => {
  const seen = Array.from({ length: 50_000 }, (_, i) => ({ step: i, value: Math.cos(i) + 1e4 / (i + 1e3) }));
  const band = { q05: 0, q25: 0.5, median: 1, q75: 1.5, q95: 2 };
  const forecast = Array.from({ length: 100 }, (_, i) => ({ step: 50_000 + i, ...band }));
  const page = await htmlPlot([{ name: 'loss', seen, later: [], forecast }], titles);
  expect(page.length).toBeLessThan(400_000);
  expect(dataOf(page).curves[0].rows.filter(([, , , , , median]) => median !== '')).toHaveLength(100);
});

test('a table has the last predicted step of every curve', async () => {
  const names = ['a', 'b'];
  const page = await htmlPlot(
    names.map((name) => plotFixture(name, { later: name === 'a', scale: 1000 })),
    titles,
  );
  const [header, ...rows] = cells(page);
  expect(header).toEqual([
    'curve',
    'points seen',
    'last seen',
    'epoch',
    'median',
    '50 % interval',
    '90 % interval',
    'later, not seen',
  ]);
  // By the fixture's formula at step 60: 0.75 - 0.6 * 60 ** -0.7 and a unit of 0.037; 0.75 - 0.6 * 20 ** -0.7 at step 20.
  const numbers = ['20', '0.6763', '60000', '0.7158', '0.6899 to 0.7417', '0.6418 to 0.7898', ''];
  expect(rows).toEqual(names.map((name) => [name, ...numbers]));
});

test('many curves: a picture each, under its own name, with clip paths of its own', async () => {
  const curves = Array.from({ length: 30 }, (_, i) => plotFixture(`run ${i}`));
  const page = await htmlPlot(curves, titles);
  expect([...page.matchAll(/<figcaption dir="auto">([^<]*)</g)].map(([, name]) => name)).toEqual(
    curves.map(({ name }) => name),
  );
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, id] of page.matchAll(/url\(#([^)]*)\)/g)) expect(ids).toContain(id);
  expect(dataOf(page).curves).toHaveLength(30);
});

test('curves that do not share axes are said not to', async () => {
  const page = async (...curves: PlotCurve[]) => htmlPlot(curves, titles);
  const own = await page(plotFixture('a'), plotFixture('b', { map: (value) => 1e4 * value }));
  expect(own).toContain('<p>validation accuracy by epoch; each curve has its own axis of values</p>');
  expect(await page(plotFixture('a'), plotFixture('b'))).toContain('<p>validation accuracy by epoch</p>');
});

test('the page is light, and dark where the system is; a theme can be fixed', async () => {
  const curves = [plotFixture()];
  expect(await htmlPlot(curves, titles)).toContain('@media (prefers-color-scheme:dark){:root{');
  for (const theme of ['light', 'dark'] as const) {
    const page = await htmlPlot(curves, { ...titles, theme });
    expect(page).not.toContain('prefers-color-scheme');
    expect(page).toContain(`:root{color-scheme:${theme}}`);
    expect(page.includes(`[fill="${LIGHT.ink}"]{fill:`)).toBe(theme === 'dark');
  }
});

test('the same input gives the same bytes', async () => {
  expect(await htmlPlot([plotFixture()], titles)).toBe(await htmlPlot([plotFixture()], titles));
});

/** Runs the script of a page of one curve on a stand-in of its elements, 1 pixel of the screen per pixel of the picture. */
function openPage(page: string) {
  const element = () => ({
    style: {} as Record<string, string>,
    hidden: true,
    textContent: '',
    offsetWidth: 150,
    offsetHeight: 90,
    children: [] as { textContent: string }[],
    attributes: {} as Record<string, unknown>,
    listeners: {} as Record<string, (event: object) => void>,
    setAttribute(name: string, value: unknown) {
      this.attributes[name] = value;
    },
    addEventListener(name: string, listener: (event: object) => void) {
      this.listeners[name] = listener;
    },
    replaceChildren(...children: { textContent: string }[]) {
      this.children = children;
    },
    matches: () => true,
    closest: () => null,
  });
  const tip = element();
  const svg = Object.assign(element(), {
    clientWidth: 760,
    clientHeight: 430,
    viewBox: { baseVal: { width: 760 } },
    appendChild: <T>(child: T) => child,
    getScreenCTM: () => ({ inverse: () => null }),
  });
  const picture = Object.assign(element(), { querySelector: (name: string) => (name === 'svg' ? svg : tip) });
  runInNewContext(scriptOf(page), {
    document: {
      getElementById: () => ({ textContent: dataText(page) }),
      querySelectorAll: () => [picture],
      createElement: element,
      createElementNS: element,
    },
    DOMPoint: class {
      matrixTransform = () => this;
      x: number;
      constructor(x: number) {
        this.x = x;
      }
    },
  });
  const key = (name: string) => picture.listeners.keydown({ key: name, preventDefault() {} });
  return {
    pointAt: (x: number) => svg.listeners.pointermove({ clientX: x, clientY: 100 }),
    leave: () => picture.listeners.pointerleave({}),
    focus: () => picture.listeners.focus({}),
    key,
    shown: () => (tip.hidden ? null : tip.children.map(({ textContent }) => textContent)),
    left: () => Number.parseFloat(tip.style.left),
  };
}

test('the pointer shows the numbers of the nearest step, and nothing once it leaves', async () => {
  const html = await htmlPlot([plotFixture('a', { later: true })], titles);
  const { rows } = dataOf(html).curves[0];
  const page = openPage(html);
  expect(page.shown()).toBeNull();
  page.pointAt(rows[7][0] + 0.4 * (rows[8][0] - rows[7][0]));
  expect(page.shown()).toEqual(['epoch', '8', 'seen', rows[7][3]]);
  page.pointAt(rows[20][0] - 0.4 * (rows[20][0] - rows[19][0]));
  const [, , step, , later, median, inner, outer] = rows[20];
  expect(page.shown()).toEqual([
    'epoch',
    step,
    'later, not seen',
    later,
    'median',
    median,
    '50 % interval',
    inner,
    '90 % interval',
    outer,
  ]);
  page.leave();
  expect(page.shown()).toBeNull();
});

test('the numbers stay inside of the picture', async () => {
  const page = openPage(await htmlPlot([plotFixture()], titles));
  for (const x of [0, 200, 379, 381, 600, 760]) {
    page.pointAt(x);
    expect(page.left()).toBeGreaterThanOrEqual(0);
    expect(page.left()).toBeLessThanOrEqual(760 - 150);
  }
});

test('arrow keys move from step to step, from the first predicted one, and Escape closes', async () => {
  const page = openPage(await htmlPlot([plotFixture()], titles));
  const stepAfter = (key: string) => {
    page.key(key);
    return page.shown()?.[1];
  };
  page.focus();
  expect(page.shown()?.[1]).toBe('21');
  expect(
    ['ArrowRight', 'ArrowLeft', 'ArrowLeft', 'PageDown', 'End', 'ArrowRight', 'Home', 'ArrowLeft'].map(stepAfter),
  ).toEqual(['22', '21', '20', '30', '60', '60', '1', '1']);
  expect(stepAfter('Escape')).toBeUndefined();
});
