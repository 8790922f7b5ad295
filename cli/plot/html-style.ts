import { DARK, darkRules, FONT, LIGHT } from './plot-theme.ts';

/** The style sheet of a page of pictures; by default light, and dark where the reader's system asks for it. */
export function pageStyle(theme?: 'light' | 'dark'): string {
  const dark = variables(DARK) + darkRules();
  if (theme === 'light') return `:root{color-scheme:light}${variables(LIGHT)}${PAGE}`;
  if (theme === 'dark') return `:root{color-scheme:dark}${dark}${PAGE}`;
  return `:root{color-scheme:light dark}${variables(LIGHT)}@media (prefers-color-scheme:dark){${dark}}${PAGE}`;
}

const variables = ({ paper, ink, label, grid, axis }: Readonly<Record<keyof typeof LIGHT, string>>): string =>
  `:root{--paper:${paper};--ink:${ink};--label:${label};--grid:${grid};--axis:${axis}}`;

const PAGE = `
body{margin:0 auto;padding:16px;max-width:1500px;background:var(--paper);color:var(--ink);font:14px/1.4 ${FONT}}
h1{font-size:20px;font-weight:600;margin:0;overflow-wrap:anywhere}
p{margin:4px 0 12px;color:var(--label)}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:0 0 12px;padding:0;font-size:13px}
.legend li{display:flex;align-items:center;gap:5px}
.many{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:14px 18px}
.one{max-width:860px}
figure{margin:0;min-width:0}
.one figure{overflow-x:auto}
.one .picture{min-width:520px}
figcaption{overflow-wrap:anywhere;font-size:13px;padding:0 4px}
.picture{position:relative;border-radius:4px}
.picture:focus-visible,.scroll:focus-visible{outline:2px solid var(--label);outline-offset:1px}
.picture>svg{display:block;width:100%;height:auto}
.cursor{stroke:var(--label);stroke-width:1;pointer-events:none}
circle.cursor{fill:none;stroke:var(--ink);stroke-width:2}
.tip{position:absolute;width:max-content;pointer-events:none;background:var(--paper);border:1px solid var(--axis);border-radius:4px;padding:5px 8px;
font-size:12px;white-space:nowrap;display:grid;grid-template-columns:auto auto;gap:1px 10px;z-index:1;box-shadow:0 1px 4px rgba(0,0,0,.25)}
.tip[hidden]{display:none}
.tip span{color:var(--label);overflow:hidden;text-overflow:ellipsis;max-width:140px}
.tip b{font-weight:600;text-align:right;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;margin-top:20px}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:4px 0}
th,td{padding:3px 12px 3px 0;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid);font-weight:normal}
th{color:var(--label)}
tbody th{color:var(--ink);white-space:normal;overflow-wrap:anywhere;min-width:120px;max-width:420px}
th:first-child{text-align:left}
`;
