import { printable } from '../wording.ts';
import { type Readings, readings, stepTexts } from './html-hover.ts';
import { htmlLegend, htmlPage } from './html-page.ts';
import { escaped } from './markup.ts';
import type { PlotCurve, PlotOptions } from './plot-data.ts';
import { type Frame, type Frames, plotFrames } from './plot-frames.ts';
import { legendEntries } from './plot-legend.ts';
import { shortNames } from './plot-names.ts';
import { curveSpec } from './plot-spec.ts';
import { numberText } from './ticks.ts';
import { renderedView, svgOf } from './vega-view.ts';

/** Sizes of a picture with its axes, in pixels; the page scales it to the width there is. */
const ONE = { width: 760, height: 430 };
const OF_MANY = { width: 360, height: 230 };
/** Letters of a title beside an axis. */
const LONGEST_TITLE = 45;

/**
 * Curves, forecasts and bands as one HTML page, light and dark, that loads nothing: pictures with the numbers of the nearest step
 * under the pointer or the arrow keys, and a table of the last predicted steps. Several curves become small multiples.
 */
export async function htmlPlot(curves: readonly PlotCurve[], options: PlotOptions): Promise<string> {
  const { stepTitle, valueTitle, target } = options;
  const axes = plotFrames(curves, options);
  const pictures: Picture[] = [];
  for (let i = 0; i < curves.length; i++)
    pictures.push(await picture(curves[i], i, axes.frames[i], options, curves.length));
  const title = options.title ?? (curves.length === 1 ? curves[0].name : `${curves.length} curves`);
  const entries = legendEntries(curves, axes.frames, target);
  return htmlPage({
    title,
    note: `${valueTitle} by ${stepTitle}${axisNote(axes)}`,
    body: `${htmlLegend(entries)}
<main class="${curves.length === 1 ? 'one' : 'many'}">
${pictures.map(({ html }) => html).join('\n')}
</main>
${finalTable(curves, axes.frames, options)}`,
    theme: options.theme,
    readings: {
      labels: [printable(stepTitle), 'seen', 'later, not seen', 'median', '50 % interval', '90 % interval'],
      curves: pictures.map((p) => p.readings),
    },
  });
}

interface Picture {
  readonly html: string;
  readonly readings: Readings;
}

async function picture(
  curve: PlotCurve,
  index: number,
  frame: Frame,
  options: PlotOptions,
  count: number,
): Promise<Picture> {
  const isOne = count === 1;
  const size = isOne ? ONE : OF_MANY;
  const [stepTitle, valueTitle] = shortNames([options.stepTitle, options.valueTitle], LONGEST_TITLE);
  const view = renderedView({
    background: null,
    padding: 4,
    autosize: { type: 'fit', contains: 'padding' },
    ...curveSpec(curve, frame, options, {
      ...size,
      showSteps: true,
      showValues: true,
      ...(isOne ? { stepTitle, valueTitle } : {}),
    }),
  });
  try {
    const svg = (await svgOf(view, `clip${index}-`)).replace('<svg ', '<svg aria-hidden="true" ');
    const name = escaped(curve.name);
    const caption = isOne ? '' : `<figcaption dir="auto">${name}</figcaption>`;
    const label = `${name}: numbers by the arrow keys`;
    return {
      html: `<figure>${caption}<div class="picture" tabindex="0" role="group" aria-label="${label}">${svg}<div class="tip" role="status" hidden></div></div></figure>`,
      readings: readings(curve, frame, view),
    };
  } finally {
    view.finalize();
  }
}

const axisNote = ({ sharesSteps, sharesValues }: Frames): string => {
  const own = [...(sharesValues ? [] : ['values']), ...(sharesSteps ? [] : ['steps'])];
  return own.length === 0 ? '' : `; each curve has its own axis of ${own.join(' and ')}`;
};

function finalTable(curves: readonly PlotCurve[], frames: readonly Frame[], { stepTitle }: PlotOptions): string {
  const hasLater = curves.some(({ later }) => later.length > 0);
  const header = [
    'curve',
    'points seen',
    'last seen',
    stepTitle,
    'median',
    '50 % interval',
    '90 % interval',
    ...(hasLater ? ['later, not seen'] : []),
  ];
  const rows = curves.map(({ name, seen, later, forecast }, i) => {
    const [low, high] = frames[i].values;
    const show = (value: number | undefined) => (value === undefined ? '' : numberText(value, (high - low) / 1000));
    const end = forecast[forecast.length - 1];
    return [
      name,
      String(seen.length),
      show(seen[seen.length - 1]?.value),
      ...(end === undefined
        ? ['', '', '', '']
        : [
            stepTexts(curves[i])(end.step),
            show(end.median),
            `${show(end.q25)} to ${show(end.q75)}`,
            `${show(end.q05)} to ${show(end.q95)}`,
          ]),
      ...(hasLater ? [show(later.find(({ step }) => step === end?.step)?.value)] : []),
    ];
  });
  const row = ([first, ...rest]: readonly string[]) =>
    `<tr><th scope="row" dir="auto">${escaped(first)}</th>${rest.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  return `<div class="scroll" tabindex="0" role="region" aria-label="Forecasts at the last predicted step"><table>
<caption>At the last predicted step</caption>
<thead><tr>${header.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('')}</tr></thead>
<tbody>${rows.map(row).join('\n')}</tbody>
</table></div>`;
}
