import type { Column } from './column.ts';

/** A table before it is looked at: what its columns and its target are made of, with no units. */
export interface Latent {
  /** Features, [F] columns, standardised. */
  readonly columns: readonly Column[];
  /** What the target is made of, [numOutputs] columns. */
  readonly outputs: readonly Column[];
}

export interface StoryShape {
  readonly numRows: number;
  readonly numFeatures: number;
  readonly numOutputs: number;
}
