import { elementwise } from './elementwise.ts';
import type { Kernel } from './kernel.ts';
import { matmul } from './matmul.ts';
import { native } from './native.ts';
import { reduce } from './reduce.ts';
import { shape } from './shape.ts';

/** The kernel table: tfjs kernel name -> the function that emits its ONNX nodes. A kernel not listed here cannot be recorded. */
export const kernels: Readonly<Record<string, Kernel>> = { ...elementwise, ...matmul, ...native, ...reduce, ...shape };
