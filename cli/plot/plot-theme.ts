/** The colors of a picture by what they are for, light and dark. No two light ones are equal: they are told apart by them. */
export const LIGHT = {
  paper: '#ffffff',
  ink: '#1f2933',
  label: '#52606d',
  axis: '#9aa5b1',
  grid: '#e4e7eb',
  outer: '#d3e4f4',
  inner: '#93bbe0',
  median: '#1d5a9e',
  later: '#c2410c',
  target: '#a21caf',
  class0: '#1d6fb8',
  class1: '#e8590c',
  class2: '#2b8a3e',
  class3: '#9c36b5',
  class4: '#b08900',
  class5: '#0c8599',
  class6: '#d6336c',
  class7: '#7a4b2a',
  class8: '#6741d9',
  class9: '#74b816',
} as const;

const CLASS_COLORS = Array.from({ length: 10 }, (_, k) => LIGHT[`class${k}` as keyof typeof LIGHT]);

type Palette = Readonly<Record<keyof typeof LIGHT, string>>;

export const DARK: Palette = {
  paper: '#0d1117',
  ink: '#e6edf3',
  label: '#aab4bf',
  axis: '#6e7781',
  grid: '#262c34',
  outer: '#17304d',
  inner: '#2b5c92',
  median: '#9ccfff',
  later: '#ffa657',
  target: '#e78df5',
  class0: '#6cb6ff',
  class1: '#ff9c5f',
  class2: '#69d18b',
  class3: '#e0a3f5',
  class4: '#f0c75e',
  class5: '#5fd0e0',
  class6: '#ff8fb5',
  class7: '#c9a58f',
  class8: '#b3a1ff',
  class9: '#b2e06a',
};

/** Of class k; they repeat where there are more. */
export const classColor = (k: number): string => CLASS_COLORS[k % CLASS_COLORS.length];

export const FONT = 'Helvetica, Arial, sans-serif';

const roles = Object.keys(LIGHT) as (keyof Palette)[];

/** Rules that turn a picture in the light colors into a dark one: style rules outrank the attributes of an SVG. */
export const darkRules = (): string =>
  roles
    .flatMap((role) => ['fill', 'stroke'].map((kind) => `[${kind}="${LIGHT[role]}"]{${kind}:${DARK[role]}}`))
    .join('');

/** An SVG in the light colors -> in the asked theme. By default it adapts; viewers that know no style rules show it light. */
export function themedSvg(svg: string, theme?: 'light' | 'dark'): string {
  if (theme === 'light') return svg;
  if (theme === 'dark') {
    return roles.reduce((text, role) => text.replaceAll(`="${LIGHT[role]}"`, `="${DARK[role]}"`), svg);
  }
  return svg.replace(
    /^<svg [^>]*>/,
    (tag) => `${tag}<style>@media (prefers-color-scheme:dark){${darkRules()}}</style>`,
  );
}
