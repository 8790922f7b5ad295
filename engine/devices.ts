export const DEVICES = ['cpu', 'webgpu', 'cuda', 'tfjs-node-gpu'] as const;
export type DeviceName = (typeof DEVICES)[number];

/** Mixed: the products of layers in float16, all else in float32 (mixed-precision.ts). */
export const PRECISIONS = ['float32', 'mixed'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What computes, and why it was chosen. */
export interface Device {
  readonly name: string;
  readonly reason: string;
}
