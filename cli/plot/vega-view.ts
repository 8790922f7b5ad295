import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** A Vega-Lite specification made ready for `svgOf`, without a browser. The caller finalizes it. */
export const renderedView = (spec: object): View =>
  new View(parse(compile(spec as TopLevelSpec).spec), { renderer: 'none' });

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
