import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { PLOT_CONFIG } from './plot-spec.ts';

/** A Vega-Lite specification made ready for `svgOf`, without a browser. The caller finalizes it. */
export function renderedView(spec: object): View {
  const complete = { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', config: PLOT_CONFIG, ...spec };
  return new View(parse(compile(complete as TopLevelSpec).spec), { renderer: 'none' });
}

/** The SVG of a specification from which no positions are read. `id` as in `svgOf`. */
export async function drawnSvg(spec: object, id?: string): Promise<string> {
  const view = renderedView(spec);
  try {
    return await svgOf(view, id);
  } finally {
    view.finalize();
  }
}

/**
 * The SVG of a view in few bytes: coordinates in hundredths of a pixel, no frames that are not painted, no defaults. Vega numbers
 * its clip paths on and on; here they are `${id}1`, `${id}2`, ..., so that the same picture is the same text.
 */
export async function svgOf(view: View, id = 'clip'): Promise<string> {
  const svg = await view.toSVG();
  const ids = [...svg.matchAll(/<clipPath id="(clip\d+)"/g)].map(([, own]) => own);
  return svg.replace(/<[^>]+>/g, (tag) => {
    if (/^<path class="(?:fore|back)ground"/.test(tag) && !/ (?:fill|stroke)="/.test(tag)) return '';
    return tag
      .replace(/ (?:opacity="1"|pointer-events="none"|aria-hidden="true"|(?:role|aria-roledescription)="[\w -]*")/g, '')
      .replace(/ (?:d|transform)="[^"]*"/g, (attribute) =>
        attribute.replace(/-?\d+\.\d{3,}(?:e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(2)))),
      )
      .replace(/(id="|url\(#)(clip\d+)/g, (_, start: string, own: string) => `${start}${id}${ids.indexOf(own) + 1}`);
  });
}
