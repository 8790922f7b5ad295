import { shortNames } from './plot-names.ts';
import { LIGHT } from './plot-theme.ts';

/** Letters of a title above an SVG, which Vega would widen for it, and of the smaller line below. */
const LONGEST = 54;
const LONGEST_BELOW = 66;

/** A title of Vega-Lite with a smaller line below it. */
export function headingSpec(title: string, subtitle?: string) {
  const [text] = shortNames([title], LONGEST);
  if (subtitle === undefined) return { text };
  return { text, subtitle: shortNames([subtitle], LONGEST_BELOW)[0], subtitleFontSize: 13, subtitleColor: LIGHT.label };
}
