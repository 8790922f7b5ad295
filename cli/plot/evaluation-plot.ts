import type { PosteriorComparison } from '../../train/compare-posterior.ts';
import type { PriorEvaluation } from '../../train/evaluate-prior.ts';
import { evaluationPanels, type Panel } from './evaluation-panels.ts';
import { evaluationCells } from './evaluation-table.ts';
import { htmlLegend, htmlPage } from './html-page.ts';
import { escaped } from './markup.ts';
import { headingSpec } from './plot-heading.ts';
import type { LegendEntry } from './plot-legend.ts';
import { LIGHT, themedSvg } from './plot-theme.ts';
import { drawnSvg } from './vega-view.ts';

export interface EvaluationPlotOptions {
  /** What was evaluated, on what. */
  readonly title: string;
  /** What hyperparameters were given. */
  readonly subtitle?: string;
  /** Default: light, and dark where the reader's system asks for it. */
  readonly theme?: 'light' | 'dark';
}

/** Widths of plotting areas, in pixels: of a picture alone in its row, and of one of two. */
const WIDE = 720;
const HALF = 320;
/** Between plotting areas: room for numbers and titles of axes, for headings and legends. */
const ROW_GAP = 132;

/**
 * Pictures of an evaluation on draws from a prior, as SVG text: the network against the exact posterior on one data set, calibration,
 * and the distance to the exact posterior by the number of context rows. Those that do not apply are left out.
 */
export async function evaluationSvg(
  evaluation: PriorEvaluation,
  comparison: PosteriorComparison | null,
  { title, subtitle, theme }: EvaluationPlotOptions,
): Promise<string> {
  const rows = evaluationPanels(evaluation, comparison);
  const svg = await drawnSvg({
    background: LIGHT.paper,
    padding: 16,
    title: headingSpec(title, subtitle),
    bounds: 'flush',
    spacing: ROW_GAP,
    vconcat: rows.map(rowSpec),
  });
  const label = escaped([title, ...rows.flat().map((panel) => `${panel.title}, ${panel.note}`)].join('; '));
  return themedSvg(
    svg.replace('<svg ', () => `<svg role="img" aria-label="${label}" `),
    theme,
  );
}

/** Vega-Lite takes a row of several for one of no height, so that only the last row may be one. */
function rowSpec(row: readonly Panel[]) {
  if (row.length === 1) return panelSpec(row[0], WIDE);
  return { bounds: 'flush', spacing: WIDE - 2 * HALF, hconcat: row.map((panel) => panelSpec(panel, HALF)) };
}

/** A picture with its title, note and legend above: marks of its own plotting area, since a view of views has no size. */
function panelSpec({ title, note, legend, height, spec }: Panel, width: number) {
  const { layer, ...plot } = spec({ width, height });
  const heading = [
    textLayer(title, 0, -62, { fontSize: 14, fontWeight: 'bold', color: LIGHT.ink }),
    textLayer(note, 0, -44, { fontSize: 12, color: LIGHT.label }),
  ];
  return { ...plot, layer: [...layer, ...heading, ...legendLayers(legend)] };
}

const LEGEND_Y = -18;
const LEGEND_FONT = 13;

/** The entries side by side; the width of their texts is estimated. */
function legendLayers(entries: readonly LegendEntry[]): object[] {
  let x = 7;
  return entries.flatMap(({ label, color, shape }) => {
    const layers = [
      {
        data: { values: [{}] },
        mark: { type: 'point', filled: true, opacity: 1, size: 110, color, shape },
        encoding: { x: { value: x }, y: { value: LEGEND_Y } },
      },
      textLayer(label, x + 12, LEGEND_Y, { fontSize: LEGEND_FONT, color: LIGHT.ink }),
    ];
    x += 36 + 0.5 * LEGEND_FONT * label.length;
    return layers;
  });
}

/** A text at pixels of the plotting area, not a title of Vega, which stands higher where an axis has numbers. */
const textLayer = (content: string, x: number, y: number, mark: object) => ({
  data: { values: [{ content }] },
  mark: { type: 'text', align: 'left', baseline: 'middle', ...mark },
  encoding: { x: { value: x }, y: { value: y }, text: { field: 'content' } },
});

/** The same as one HTML page that loads nothing, with the scores as a table. */
export async function evaluationHtml(
  evaluation: PriorEvaluation,
  comparison: PosteriorComparison | null,
  options: EvaluationPlotOptions,
): Promise<string> {
  const panels = evaluationPanels(evaluation, comparison).flat();
  const figures = await Promise.all(panels.map(figureOf));
  return htmlPage({
    title: options.title,
    note: caption(evaluation, options),
    body: `<main class="panels">
${figures.join('\n')}
</main>
${tableOf(evaluation)}`,
    theme: options.theme,
    style: PANELS_STYLE,
  });
}

const PANELS_STYLE = `
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:28px}
h2{font-size:15px;margin:0}`;

const caption = ({ datasets, queriesPerDataset }: PriorEvaluation, { subtitle }: EvaluationPlotOptions): string =>
  [
    ...(subtitle === undefined ? [] : [subtitle]),
    `${datasets} data sets per number of context rows, ${queriesPerDataset} queries each`,
  ].join('; ');

async function figureOf({ title, note, legend, spec }: Panel, index: number): Promise<string> {
  const size = { background: null, padding: 4, autosize: { type: 'fit', contains: 'padding' } };
  const svg = await drawnSvg({ ...size, ...spec({ width: 520, height: 320 }) }, `clip${index}-`);
  const label = escaped(`${title}: ${note}`);
  const picture = svg.replace('<svg ', () => `<svg role="img" aria-label="${label}" `);
  return (
    `<figure><h2>${escaped(title)}</h2><p>${escaped(note)}</p>${htmlLegend(legend)}` +
    `<div class="picture">${picture}</div></figure>`
  );
}

function tableOf(evaluation: PriorEvaluation): string {
  const { header, rows } = evaluationCells(evaluation);
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('');
  return `<div class="scroll" tabindex="0" role="region" aria-label="Scores"><table>
<thead><tr>${cells(header, 'th')}</tr></thead>
<tbody>${rows.map(([size, ...rest]) => `<tr><th scope="row">${size}</th>${cells(rest, 'td')}</tr>`).join('\n')}</tbody>
</table></div>`;
}
