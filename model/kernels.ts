/** The sizes of the kernels of kernel-regression.ts, which decide its parameters too. */
import type { ModelConfig } from './config.ts';

/** Of each kernel. */
export const COMPONENTS = 3;
/** Dimensions of the space in which a component measures distances. */
export const PLACES = 8;
/** Ways in which context rows are weighted before they decide the kernels. */
export const POOLS = 4;
/** Where the search for the most probable kernel may start: z of the scale and of the noise (kernel-search.ts). */
export const CANDIDATES = [-2, 0, 2].flatMap((ofScale) => [-1, 1].map((ofNoise) => [ofScale, ofNoise] as const));
/** Kernels that it solves after these, one after the other. */
export const SEARCH_STEPS = 4;

export const numKernels = ({ kernels = 0 }: ModelConfig): number => kernels;
