import type { View } from 'vega';
import type { PlotCurve } from './plot-data.ts';
import type { Frame } from './plot-frames.ts';
import { stepRange } from './plot-range.ts';
import { numberText } from './ticks.ts';

/** What the pointer reads off one picture. Positions are pixels of the SVG. */
export interface Readings {
  readonly top: number;
  readonly bottom: number;
  /** The row that the arrow keys start from: the first predicted one. */
  readonly start: number;
  /** By step: position across, position of the dot, step, seen value, later value, median, 50 % and 90 % interval ('' where none). */
  readonly rows: readonly (readonly [x: number, y: number, ...texts: string[]])[];
}

/** The numbers of every step of a picture, and where a rendered `view` of it has them. */
export function readings(curve: PlotCurve, { values: [low, high] }: Frame, view: View): Readings {
  const [left, top] = view.origin().map((at, i) => at + (i === 0 ? padding(view).left : padding(view).top));
  const [across, down] = [view.scale('x'), view.scale('y')] as ((value: number) => number)[];
  const value = (number: number) => numberText(number, (high - low) / 1000);
  const interval = (from: number, to: number) => `${value(from)} to ${value(to)}`;
  const byStep = <T extends { readonly step: number }>(items: readonly T[]) =>
    new Map(items.map((item) => [item.step, item]));
  const [seen, later, forecast] = [byStep(curve.seen), byStep(curve.later), byStep(curve.forecast)];
  const steps = [...new Set([...seen.keys(), ...later.keys(), ...forecast.keys()])].sort((a, b) => a - b);
  const stepText = stepTexts(curve);
  const rows = steps.map((step): Readings['rows'][number] => {
    const [was, came, band] = [seen.get(step)?.value, later.get(step)?.value, forecast.get(step)];
    const dot = (was ?? band?.median ?? came) as number;
    return [
      round(left + across(step)),
      round(top + down(Math.min(high, Math.max(low, dot)))),
      stepText(step),
      was === undefined ? '' : value(was),
      came === undefined ? '' : value(came),
      band === undefined ? '' : value(band.median),
      band === undefined ? '' : interval(band.q25, band.q75),
      band === undefined ? '' : interval(band.q05, band.q95),
    ];
  });
  const shown = apart(rows);
  const start = Math.max(
    0,
    shown.findIndex(([, , , , , median]) => median !== ''),
  );
  return { top: round(top), bottom: round(top + view.signal('height')), start, rows: shown };
}

/** The steps of a curve as texts, without digits that do not matter for it. */
export function stepTexts(curve: PlotCurve): (step: number) => string {
  const [first, last] = stepRange(curve);
  return (step) => trimmed(numberText(step, (last - first) / 1e4));
}

/** Without the rows that the pointer cannot tell from the one before: half a pixel away, and not predicted. */
function apart(rows: Readings['rows']): Readings['rows'] {
  let last = Number.NEGATIVE_INFINITY;
  return rows.filter(([x, , , , , median]) => {
    if (median === '' && x < last + 0.5) return false;
    last = x;
    return true;
  });
}

const round = (pixels: number): number => Number(pixels.toFixed(1));
const trimmed = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

function padding(view: View): { left: number; top: number } {
  const given = view.padding() as number | { left: number; top: number };
  return typeof given === 'number' ? { left: given, top: given } : given;
}

/**
 * Runs in the page: shows the readings of the step nearest to the pointer, or moved to by the arrow keys. Texts become nodes, never
 * markup.
 */
export const HOVER_SCRIPT = `
'use strict';
const { labels, curves } = JSON.parse(document.getElementById('readings').textContent);
document.querySelectorAll('.picture').forEach((picture, i) => {
  const { top, bottom, start, rows } = curves[i];
  const svg = picture.querySelector('svg');
  const tip = picture.querySelector('.tip');
  const add = (name) => {
    const node = svg.appendChild(document.createElementNS('http://www.w3.org/2000/svg', name));
    node.setAttribute('class', 'cursor');
    return node;
  };
  const [line, dot] = [add('line'), add('circle')];
  const put = (node, attributes) => {
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  };
  let at = -1;

  function show(next) {
    if (next === at || rows.length === 0) return;
    at = next;
    const isShown = at >= 0;
    tip.hidden = !isShown;
    for (const node of [line, dot]) node.style.display = isShown ? '' : 'none';
    if (!isShown) return;
    const [x, y, ...texts] = rows[at];
    put(line, { x1: x, x2: x, y1: top, y2: bottom });
    put(dot, { cx: x, cy: y, r: 4.5 });
    tip.replaceChildren(...texts.flatMap((text, j) => (text === '' ? [] : [element('span', labels[j]), element('b', text)])));
    // Beside the line, where there is more room; away from the dot, and below a small picture, which it would hide.
    const scale = svg.clientWidth / svg.viewBox.baseVal.width;
    const room = svg.clientWidth - tip.offsetWidth;
    const left = x * scale + (x * scale > svg.clientWidth / 2 ? -tip.offsetWidth - 12 : 12);
    tip.style.left = Math.max(0, Math.min(room, left)) + 'px';
    const inside = y > (top + bottom) / 2 ? top * scale + 4 : bottom * scale - tip.offsetHeight - 4;
    tip.style.top = (picture.closest('.many') ? svg.clientHeight : inside) + 'px';
  }

  function element(name, text) {
    const node = document.createElement(name);
    node.textContent = text;
    return node;
  }

  function nearest({ clientX, clientY }) {
    const { x } = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
    return rows.reduce((best, row, j) => (Math.abs(row[0] - x) < Math.abs(rows[best][0] - x) ? j : best), 0);
  }

  const moves = { ArrowLeft: -1, ArrowRight: 1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 };
  for (const event of ['pointermove', 'pointerdown']) svg.addEventListener(event, (e) => show(nearest(e)));
  picture.addEventListener('pointerleave', () => show(-1));
  picture.addEventListener('focus', () => picture.matches(':focus-visible') && show(start));
  picture.addEventListener('blur', () => show(-1));
  picture.addEventListener('keydown', (e) => {
    if (e.key === 'Escape') show(-1);
    if (!(e.key in moves) || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    show(Math.max(0, Math.min(rows.length - 1, (at < 0 ? start : at) + moves[e.key])));
  });
});
`;
