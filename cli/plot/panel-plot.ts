import { htmlLegend, htmlPage } from './html-page.ts';
import { escaped } from './markup.ts';
import { headingSpec } from './plot-heading.ts';
import type { LegendEntry } from './plot-legend.ts';
import { LIGHT, themedSvg } from './plot-theme.ts';
import { drawnSvg } from './vega-view.ts';

/** One of the pictures of a file. */
export interface Panel {
  /** What it shows, and a line of what it says. */
  readonly title: string;
  readonly note: string;
  readonly legend: readonly LegendEntry[];
  /** Of its plotting area in a file of its own, in pixels. */
  readonly height: number;
  /** Vega-Lite layers of its plotting area, of that many pixels. */
  readonly spec: (size: Size) => { readonly layer: readonly object[] };
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface PanelPlotOptions {
  readonly title: string;
  /** A smaller line below the title. */
  readonly subtitle?: string;
  /** Default: light, and dark where the reader's system asks for it. */
  readonly theme?: 'light' | 'dark';
}

/** Numbers below the pictures of a page. */
export interface PanelTable {
  readonly label: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Widths of plotting areas, in pixels: of a picture alone in its row, and of one of two. */
const WIDE = 720;
const HALF = 305;
/** Between plotting areas: room for numbers and titles of axes, for headings and legends. */
const ROW_GAP = 132;

/** Rows of one or two pictures as SVG text. */
export async function panelsSvg(
  rows: readonly (readonly Panel[])[],
  { title, subtitle, theme }: PanelPlotOptions,
): Promise<string> {
  const svg = await drawnSvg({
    background: LIGHT.paper,
    padding: 16,
    title: { ...headingSpec(title, subtitle), offset: 22 }, // farther away than the first picture's own title is
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

/** Pictures as one HTML page that loads nothing, with numbers as a table. `caption` is the line below the title. */
export async function panelsHtml(
  panels: readonly Panel[],
  { header, rows, label }: PanelTable,
  { title, theme, caption }: Omit<PanelPlotOptions, 'subtitle'> & { readonly caption: string },
): Promise<string> {
  const figures = await Promise.all(panels.map(figureOf));
  const head = `<thead><tr>${cells(header, 'th')}</tr></thead>`;
  const lines = rows.map(([first, ...rest]) => `<tr><th scope="row">${escaped(first)}</th>${cells(rest, 'td')}</tr>`);
  return htmlPage({
    title,
    note: caption,
    body: `<main class="panels">
${figures.join('\n')}
</main>
<div class="scroll" tabindex="0" role="region" aria-label="${escaped(label)}"><table>
${head}
<tbody>${lines.join('\n')}</tbody>
</table></div>`,
    theme,
    style: PANELS_STYLE,
  });
}

const PANELS_STYLE = `
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:28px}
.panels figure{max-width:760px}
h2{font-size:15px;margin:0}`;

const cells = (row: readonly string[], tag: string): string =>
  row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('');

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
