/** The sizes of the kernels of kernel-regression.ts, which decide its parameters too. */
import type { KernelShape, ModelConfig } from './config.ts';

/** Dimensions of the space in which a component measures distances. */
export const PLACES = 8;
/** Ways in which context rows are weighted before they decide the kernels. */
export const POOLS = 4;
/** Where the search for the most probable kernel may start: z of the scale (kernel-search.ts), that of the noise being 0. */
export const CANDIDATES = [-2, 0, 2];
/** Kernels that it solves after these, one after the other. */
export const SEARCH_STEPS = 4;

/** Of the components of each kernel. */
export const kernelShapes = ({ kernelShapes: shapes = ['rbf', 'rbf', 'rbf'] }: ModelConfig): readonly KernelShape[] =>
  shapes;

export const numComponents = (config: ModelConfig): number => kernelShapes(config).length;

export const numKernels = ({ kernels = 0 }: ModelConfig): number => kernels;
