import type { LegendEntry } from './plot-legend.ts';
import { LIGHT } from './plot-theme.ts';

/** What the data sets of a prior are drawn as: a Vega-Lite picture of each. */
export interface SamplePictures {
  /** How many data sets there are. */
  readonly count: number;
  readonly legend: readonly LegendEntry[];
  /** One line about all of them: what is drawn by what. */
  readonly subject: string;
  /** Whether all pictures have one axis, so that its numbers need stand at one of them only. */
  readonly sharesX: boolean;
  readonly sharesY: boolean;
  /** Whether each picture has titles of its own beside its axes. */
  readonly ownTitles: boolean;
  readonly xTitle: (index: number) => string;
  readonly yTitle: (index: number) => string;
  readonly spec: (index: number, layout: PictureLayout) => object;
}

export interface PictureLayout {
  /** Of the plotting area, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Whether an axis has its numbers; without them it still has its grid. */
  readonly showX: boolean;
  readonly showY: boolean;
  readonly xTitle: string | null;
  readonly yTitle: string | null;
  readonly heading: string | null;
}

export const headingLayer = (text: string) => ({
  data: { values: [{ text }] },
  mark: { type: 'text', align: 'left', baseline: 'bottom', fontSize: 13, color: LIGHT.ink },
  encoding: { x: { value: 0 }, y: { value: -6 }, text: { field: 'text' } },
});

/** Of a point among so many, in square pixels. */
export const pointSize = (width: number, count: number): number => Math.min(36, Math.max(8, (4 * width) / (count + 1)));
