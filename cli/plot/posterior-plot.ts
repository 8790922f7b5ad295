import { printable } from '../wording.ts';
import { readings } from './html-hover.ts';
import { htmlLegend, htmlPage } from './html-page.ts';
import { escaped } from './markup.ts';
import type { PlotCurve } from './plot-data.ts';
import { type Frame, plotFrames } from './plot-frames.ts';
import { headingSpec } from './plot-heading.ts';
import { legendSpec, rowLegend } from './plot-legend.ts';
import { shortNames } from './plot-names.ts';
import { curveSpec } from './plot-spec.ts';
import { LIGHT, themedSvg } from './plot-theme.ts';
import { drawnSvg, renderedView, svgOf } from './vega-view.ts';

export interface PosteriorPlotOptions {
  readonly title: string;
  /** A smaller line below the title. */
  readonly subtitle?: string;
  /** What the columns of the input and of the target are called. */
  readonly xTitle: string;
  readonly yTitle: string;
  /** Default: light, and dark where the reader's system asks for it. */
  readonly theme?: 'light' | 'dark';
}

const SVG_SIZE = { width: 680, height: 380 };
const HTML_SIZE = { width: 760, height: 430 };
/** Letters of a title beside an axis. */
const LONGEST_TITLE = 45;

/** Context rows, median, 50 % and 90 % bands as SVG text. */
export async function posteriorSvg(curve: PlotCurve, options: PosteriorPlotOptions): Promise<string> {
  const frame = frameOf(curve, options);
  const svg = await drawnSvg({
    background: LIGHT.paper,
    padding: 16,
    title: headingSpec(options.title, options.subtitle),
    bounds: 'flush',
    spacing: 12,
    vconcat: [legendSpec(rowLegend([curve], [frame]), SVG_SIZE.width), pictureSpec(curve, frame, options, SVG_SIZE)],
  });
  const label = escaped(`${options.title}: ${caption(options)}`);
  return themedSvg(
    svg.replace('<svg ', () => `<svg role="img" aria-label="${label}" `),
    options.theme,
  );
}

/** The same as one HTML page that loads nothing, with the numbers of the nearest x under the pointer or the arrow keys. */
export async function posteriorHtml(curve: PlotCurve, options: PosteriorPlotOptions): Promise<string> {
  const frame = frameOf(curve, options);
  const view = renderedView({
    background: null,
    padding: 4,
    autosize: { type: 'fit', contains: 'padding' },
    ...pictureSpec(curve, frame, options, HTML_SIZE),
  });
  try {
    const svg = (await svgOf(view)).replace('<svg ', '<svg aria-hidden="true" ');
    const label = `${escaped(options.title)}: numbers by the arrow keys`;
    return htmlPage({
      title: options.title,
      note: caption(options),
      body: `${htmlLegend(rowLegend([curve], [frame]))}
<main class="one">
<figure><div class="picture" tabindex="0" role="group" aria-label="${label}">${svg}<div class="tip" role="status" hidden></div></div></figure>
</main>`,
      theme: options.theme,
      readings: {
        labels: [printable(options.xTitle), 'context', 'query', 'median', '50 % interval', '90 % interval'],
        curves: [readings(curve, frame, view)],
      },
    });
  } finally {
    view.finalize();
  }
}

const caption = ({ xTitle, yTitle, subtitle }: PosteriorPlotOptions): string =>
  [`${yTitle} by ${xTitle}`, ...(subtitle === undefined ? [] : [subtitle])].join(', ');

const frameOf = (curve: PlotCurve, { xTitle, yTitle }: PosteriorPlotOptions): Frame =>
  plotFrames([curve], { stepTitle: xTitle, valueTitle: yTitle }).frames[0];

function pictureSpec(
  curve: PlotCurve,
  frame: Frame,
  { xTitle, yTitle }: PosteriorPlotOptions,
  size: { readonly width: number; readonly height: number },
) {
  const [stepTitle, valueTitle] = shortNames([xTitle, yTitle], LONGEST_TITLE);
  const titles = { stepTitle, valueTitle };
  return curveSpec(curve, frame, titles, { ...size, showSteps: true, showValues: true, ...titles });
}
