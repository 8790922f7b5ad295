/** The sizes of the stages of kernel-regression.ts, which decide its parameters too. */
import type { ModelConfig } from './config.ts';

/** One stage: G kernels of C components, and the prefix of their parameters. */
export interface Kernels {
  readonly name: string;
  readonly G: number;
  readonly C: number;
  /** Whether all G see rows at the same places, and differ in scale and noise only. */
  readonly isShared?: boolean;
}

export const kernelsOf = ({ kernels = 0 }: ModelConfig): Kernels => ({ name: 'kernel', G: kernels, C: 3 });
/** Those of local-kernels.ts, which answer beside the former. */
export const localKernelsOf = ({ localKernels = 0 }: ModelConfig): Kernels => ({
  name: 'local',
  G: localKernels,
  C: 3,
  isShared: true,
});
/** Kernels that the search for the most probable one solves, one after the other. */
export const SEARCH_STEPS = 5;
export const numKernels = ({ kernels = 0, localKernels = 0 }: ModelConfig): number => kernels + localKernels;
export const CANDIDATES: Kernels = { name: 'candidate', G: 8, C: 1 };
export const REFINED: Kernels = { name: 'refined', G: 6, C: 1 };

/** Dimensions of the space in which a component measures distances. */
export const PLACES = 8;
/** Ways in which context rows are weighted before they decide the kernels. */
export const POOLS = 4;
/** What is told of each kernel to the next stage. */
export const STATISTICS = 6;
/** Powers of the evidence by which kernels are averaged. */
export const POWERS = [1, 0.3, 0.1];
/** Averages of scale, noise and the slopes of the evidence along both. */
export const AVERAGES = 4;
