import { createHash } from 'node:crypto';
import { HOVER_SCRIPT, type Readings } from './html-hover.ts';
import { pageStyle } from './html-style.ts';
import { escaped } from './markup.ts';
import type { LegendEntry } from './plot-legend.ts';

export interface HtmlPage {
  /** Texts. */
  readonly title: string;
  readonly note: string;
  /** Markup below them. */
  readonly body: string;
  readonly theme?: 'light' | 'dark';
  /** Rules beside those of all pages. */
  readonly style?: string;
  /** What the pointer reads off the pictures; without it the page runs nothing. */
  readonly readings?: { readonly labels: readonly string[]; readonly curves: readonly Readings[] };
}

/** A page of pictures that loads nothing. */
export function htmlPage({ title, note, body, theme, style = '', readings }: HtmlPage): string {
  const scriptSource = readings === undefined ? '' : `; script-src '${hash(HOVER_SCRIPT)}'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${scriptSource}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${pageStyle(theme)}${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(note)}</p>
${body}${readings === undefined ? '' : scripts(readings)}
</body>
</html>
`;
}

const scripts = (readings: object): string => `
<script type="application/json" id="readings">${JSON.stringify(readings).replaceAll('<', '\\u003c')}</script>
<script>${HOVER_SCRIPT}</script>`;

const hash = (script: string): string => `sha256-${createHash('sha256').update(script).digest('base64')}`;

export const htmlLegend = (entries: readonly LegendEntry[]): string =>
  `<ul class="legend">${entries.map(legendItem).join('')}</ul>`;

const legendItem = ({ label, color, shape }: LegendEntry): string =>
  `<li><svg aria-hidden="true" width="18" height="12" viewBox="-9 -6 18 12"><path transform="scale(5)" d="${shape}" fill="${color}"/></svg>${escaped(label)}</li>`;
