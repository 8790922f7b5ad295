import { counted, printable } from '../wording.ts';
import { htmlLegend, htmlPage } from './html-page.ts';
import { escaped } from './markup.ts';
import { legendSpec } from './plot-legend.ts';
import { LIGHT, themedSvg } from './plot-theme.ts';
import type { SamplePictures } from './sample-pictures.ts';
import { drawnSvg } from './vega-view.ts';

export interface SamplePlotOptions {
  /** The name of the prior. */
  readonly title: string;
  readonly theme?: 'light' | 'dark';
}

/** The data sets as SVG text; several become small multiples. */
export async function sampleSvg(pictures: SamplePictures, options: SamplePlotOptions): Promise<string> {
  const { count, legend, sharesX, sharesY, ownTitles } = pictures;
  const { columns, width, height } = grid(count);
  const specs = Array.from({ length: count }, (_, i) => {
    const isLeft = i % columns === 0;
    const isBottom = i + columns >= count;
    return pictures.spec(i, {
      width,
      height,
      showX: !sharesX || isBottom,
      showY: !sharesY || isLeft,
      xTitle: ownTitles || isBottom ? pictures.xTitle(i) : null,
      yTitle: ownTitles || isLeft ? pictures.yTitle(i) : null,
      heading: count > 1 ? String(i + 1) : null,
    });
  });
  const title = ownTitles ? 14 : 0;
  const gap = { row: (sharesX ? 34 : 52) + title, column: (sharesY ? 26 : 60) + title };
  const svg = await drawnSvg({
    background: LIGHT.paper,
    padding: 16,
    title: { text: printable(heading(count, options)) },
    bounds: 'flush',
    spacing: count > 1 ? 28 : 12,
    vconcat: [
      legendSpec(legend, columns * (width + gap.column) - gap.column),
      { columns, spacing: gap, bounds: 'flush', concat: specs },
    ],
  });
  const label = escaped(`${heading(count, options)}: ${pictures.subject}`);
  return themedSvg(
    svg.replace('<svg ', () => `<svg role="img" aria-label="${label}" `),
    options.theme,
  );
}

/** The same as one HTML page that loads nothing. */
export async function sampleHtml(pictures: SamplePictures, options: SamplePlotOptions): Promise<string> {
  const { count, legend, ownTitles } = pictures;
  const isOne = count === 1;
  const figures: string[] = [];
  for (let i = 0; i < count; i++) {
    const spec = pictures.spec(i, {
      ...(isOne ? { width: 760, height: 430 } : { width: 360, height: 230 }),
      showX: true,
      showY: true,
      xTitle: ownTitles || isOne ? pictures.xTitle(i) : null,
      yTitle: ownTitles || isOne ? pictures.yTitle(i) : null,
      heading: null,
    });
    const size = { background: null, padding: 4, autosize: { type: 'fit', contains: 'padding' } };
    const svg = await drawnSvg({ ...size, ...spec }, `clip${i}-`);
    const name = `data set ${i + 1}`;
    const caption = isOne ? '' : `<figcaption>${name}</figcaption>`;
    const picture = svg.replace('<svg ', () => `<svg role="img" aria-label="${name}" `);
    figures.push(`<figure>${caption}<div class="picture">${picture}</div></figure>`);
  }
  return htmlPage({
    title: heading(count, options),
    note: pictures.subject,
    body: `${htmlLegend(legend)}
<main class="${isOne ? 'one' : 'many'}">
${figures.join('\n')}
</main>`,
    theme: options.theme,
  });
}

const heading = (count: number, { title }: SamplePlotOptions): string => `${title}: ${counted(count, 'data set')}`;

/** How many pictures stand side by side, and how large they are in pixels. */
function grid(count: number): { columns: number; width: number; height: number } {
  if (count === 1) return { columns: 1, width: 680, height: 380 };
  if (count === 2 || count === 4) return { columns: 2, width: 380, height: 220 };
  if (count === 12 || count === 16) return { columns: 4, width: 205, height: 145 };
  if (count <= 9) return { columns: 3, width: 260, height: 170 };
  return { columns: 5, width: 165, height: 115 };
}
