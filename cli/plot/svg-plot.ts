import { printable } from '../wording.ts';
import { escaped } from './markup.ts';
import type { PlotCurve, PlotOptions } from './plot-data.ts';
import { plotFrames } from './plot-frames.ts';
import { legendEntries, legendSpec } from './plot-legend.ts';
import { shortNames } from './plot-names.ts';
import { curveSpec } from './plot-spec.ts';
import { LIGHT, themedSvg } from './plot-theme.ts';
import { drawnSvg } from './vega-view.ts';

/** Curves, forecasts and bands as SVG text, light and dark; several curves become small multiples. No DOM is needed. */
export async function svgPlot(curves: readonly PlotCurve[], options: PlotOptions): Promise<string> {
  const { title, stepTitle, valueTitle } = options;
  const subject = title ?? curves.map(({ name }) => name).join(', ');
  const label = escaped(`${subject}: ${valueTitle} by ${stepTitle}, seen and forecast`);
  const svg = await drawnSvg(pictureSpec(curves, options));
  return themedSvg(
    svg.replace('<svg ', () => `<svg role="img" aria-label="${label}" `),
    options.theme,
  );
}

function pictureSpec(curves: readonly PlotCurve[], options: PlotOptions): object {
  const { frames, sharesSteps, sharesValues } = plotFrames(curves, options);
  const { columns, width, height } = grid(curves.length);
  const names = shortNames(
    curves.map(({ name }) => name),
    Math.floor(width / LETTER),
  );
  const [stepTitle] = shortNames([options.stepTitle], Math.floor(width / LETTER));
  const [valueTitle] = shortNames([options.valueTitle], Math.floor((height + 20) / LETTER));
  const pictures = curves.map((curve, i) => {
    const isLeft = i % columns === 0;
    return curveSpec(curve, frames[i], options, {
      width,
      height,
      showSteps: !sharesSteps || i + columns >= curves.length,
      showValues: !sharesValues || isLeft,
      stepTitle: Math.floor(i / columns) === Math.floor((curves.length - 1) / columns) ? stepTitle : undefined,
      valueTitle: isLeft ? valueTitle : undefined,
      heading: curves.length > 1 ? names[i] : undefined,
    });
  });
  // Room for headings, and for numbers on axes that are not shared. Vega would leave too much: it takes texts for longer.
  const gap = { row: sharesSteps ? 38 : 56, column: sharesValues ? 22 : 74 };
  return {
    background: LIGHT.paper,
    padding: 16,
    ...(options.title === undefined ? {} : { title: { text: printable(options.title) } }),
    bounds: 'flush',
    spacing: curves.length > 1 ? 28 : 12,
    vconcat: [
      legendSpec(legendEntries(curves, frames, options.target), columns * (width + gap.column) - gap.column),
      { columns, spacing: gap, bounds: 'flush', concat: pictures },
    ],
  };
}

/** About the width of a letter of names and titles, in pixels. */
const LETTER = 6.5;

/** How many pictures stand side by side, and how large they are in pixels. */
function grid(count: number): { columns: number; width: number; height: number } {
  if (count === 1) return { columns: 1, width: 680, height: 380 };
  if (count === 2 || count === 4) return { columns: 2, width: 380, height: 230 };
  if (count <= 9) return { columns: 3, width: 270, height: 180 };
  if (count <= 16) return { columns: 4, width: 210, height: 140 };
  return { columns: 5, width: 175, height: 120 };
}
