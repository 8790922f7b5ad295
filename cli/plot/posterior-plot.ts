import { createHash } from 'node:crypto';
import { HOVER_SCRIPT, readings } from './html-hover.ts';
import { pageStyle } from './html-style.ts';
import { escaped, printable } from './markup.ts';
import type { PlotCurve } from './plot-data.ts';
import { type Frame, plotFrames } from './plot-frames.ts';
import { type LegendEntry, legendEntries, legendSpec } from './plot-legend.ts';
import { shortNames } from './plot-names.ts';
import { curveSpec, PLOT_CONFIG } from './plot-spec.ts';
import { LIGHT, themedSvg } from './plot-theme.ts';
import { renderedView, svgOf } from './vega-view.ts';

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
/** Letters of a title beside an axis, and of one above the SVG, which Vega would widen for it. */
const LONGEST_TITLE = 45;
const LONGEST_HEADING = 54;

/** Context rows, median, 50 % and 90 % bands as SVG text. */
export async function posteriorSvg(curve: PlotCurve, options: PosteriorPlotOptions): Promise<string> {
  const frame = frameOf(curve, options);
  const view = renderedView({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: LIGHT.paper,
    padding: 16,
    config: PLOT_CONFIG,
    title: headingSpec(options),
    bounds: 'flush',
    spacing: 12,
    vconcat: [legendSpec(legend(curve, frame), SVG_SIZE.width), pictureSpec(curve, frame, options, SVG_SIZE)],
  });
  try {
    const label = escaped(`${options.title}: ${caption(options)}`);
    const svg = (await svgOf(view)).replace('<svg ', () => `<svg role="img" aria-label="${label}" `);
    return themedSvg(svg, options.theme);
  } finally {
    view.finalize();
  }
}

/** The same as one HTML page that loads nothing, with the numbers of the nearest x under the pointer or the arrow keys. */
export async function posteriorHtml(curve: PlotCurve, options: PosteriorPlotOptions): Promise<string> {
  const frame = frameOf(curve, options);
  const view = renderedView({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: null,
    padding: 4,
    autosize: { type: 'fit', contains: 'padding' },
    config: PLOT_CONFIG,
    ...pictureSpec(curve, frame, options, HTML_SIZE),
  });
  try {
    const svg = (await svgOf(view)).replace('<svg ', '<svg aria-hidden="true" ');
    const data = {
      labels: [printable(options.xTitle), 'context', 'query', 'median', '50 % interval', '90 % interval'],
      curves: [readings(curve, frame, view)],
    };
    return page(svg, legend(curve, frame), JSON.stringify(data).replaceAll('<', '\\u003c'), options);
  } finally {
    view.finalize();
  }
}

function page(svg: string, entries: readonly LegendEntry[], data: string, options: PosteriorPlotOptions): string {
  const title = escaped(options.title);
  const hash = createHash('sha256').update(HOVER_SCRIPT).digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${pageStyle(options.theme)}</style>
</head>
<body>
<h1>${title}</h1>
<p>${escaped(caption(options))}</p>
<ul class="legend">${entries.map(legendItem).join('')}</ul>
<main class="one">
<figure><div class="picture" tabindex="0" role="group" aria-label="${title}: numbers by the arrow keys">${svg}<div class="tip" role="status" hidden></div></div></figure>
</main>
<script type="application/json" id="readings">${data}</script>
<script>${HOVER_SCRIPT}</script>
</body>
</html>
`;
}

const legendItem = ({ label, color, shape }: LegendEntry): string =>
  `<li><svg aria-hidden="true" width="18" height="12" viewBox="-9 -6 18 12"><path transform="scale(5)" d="${shape}" fill="${color}"/></svg>${escaped(label)}</li>`;

const caption = ({ xTitle, yTitle, subtitle }: PosteriorPlotOptions): string =>
  [`${yTitle} by ${xTitle}`, ...(subtitle === undefined ? [] : [subtitle])].join(', ');

function headingSpec({ title, subtitle }: PosteriorPlotOptions) {
  const [text] = shortNames([title], LONGEST_HEADING);
  if (subtitle === undefined) return { text };
  return {
    text,
    subtitle: shortNames([subtitle], LONGEST_HEADING)[0],
    subtitleFontSize: 13,
    subtitleColor: LIGHT.label,
  };
}

const LABELS: Readonly<Record<string, string>> = { seen: 'context', 'later, not seen': 'query' };

const legend = (curve: PlotCurve, frame: Frame): LegendEntry[] =>
  legendEntries([curve], [frame]).map((entry) => ({ ...entry, label: LABELS[entry.label] ?? entry.label }));

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
