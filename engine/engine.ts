import type { Tensor } from '@tensorflow/tfjs-core';
import type { DType, NdArray, Resident } from './array.ts';
import type { Device } from './devices.ts';

/** A pure function of named tensors, written in the op vocabulary (ops.ts). It runs eagerly or is recorded. */
export type TensorFunction = (inputs: Readonly<Record<string, Tensor>>) => Record<string, Tensor>;

/**
 * Name, dtype and shape of every input. A string in a shape is a symbolic dimension: its size may differ at every run. 'cell-1' is one less
 * than the dimension 'cell', so that a function can add an element to an axis.
 */
export type InputSpec = Readonly<
  Record<string, { readonly dtype: DType; readonly shape: readonly (number | string)[] }>
>;

export interface Program {
  readonly device: Device;
  /** Runs are queued: one at a time. Throws when an input is missing or has another shape than the spec says. */
  run(feeds: Readonly<Record<string, NdArray>>): Promise<Record<string, NdArray>>;
  dispose(): Promise<void>;
}

/** A program whose outputs stay on the device, to be read or fed to a later run. */
export interface ResidentProgram {
  readonly device: Device;
  upload(arrays: Readonly<Record<string, NdArray>>): Promise<Record<string, Resident>>;
  /** Returns as soon as the device has its work, which may be before that is done. */
  run(feeds: Readonly<Record<string, NdArray | Resident>>): Promise<Record<string, Resident>>;
  /** Waits until they are computed. They stay. */
  read(arrays: Readonly<Record<string, Resident>>): Promise<Record<string, NdArray>>;
  dispose(): Promise<void>;
}

export interface LoopOptions {
  /** Input -> the output that takes its place at the next step. */
  readonly carried: Readonly<Record<string, string>>;
  /** Inputs that are the same at every step. */
  readonly shared: readonly string[];
}

/** Several steps in one run: what a step gives the next one stays where it was computed, and comes back once for all of them. */
export interface LoopProgram {
  readonly device: Device;
  /**
   * `start`: the carried and the shared inputs. `steps`: all others, for each step; sizes may differ from step to step. Gives the carried outputs
   * of the last step, and every other output, which must be a number, as a vector [steps].
   */
  run(
    start: Readonly<Record<string, NdArray>>,
    steps: readonly Readonly<Record<string, NdArray>>[],
  ): Promise<Record<string, NdArray>>;
  dispose(): Promise<void>;
}

/** Two implementations: the compiled engine (compiled.ts) and the eager engine (eager.ts). */
export interface Engine {
  readonly device: Device;
  compile(name: string, fn: TensorFunction, spec: InputSpec): Promise<Program>;
  /** Where arrays can stay on the device; compileResident (resident.ts) does for all engines. */
  compileResident?(name: string, fn: TensorFunction, spec: InputSpec): Promise<ResidentProgram>;
  /** Where arrays come back to JavaScript after every run, and copying them takes time. */
  compileLoop?(name: string, fn: TensorFunction, spec: InputSpec, options: LoopOptions): Promise<LoopProgram>;
}

/**
 * Refuses feeds that do not fit the spec, naming the input, sizes of one symbol that disagree, and sizes of 0: ONNX reads a 0 in a shape as
 * 'the size that it had'.
 */
export function checkFeeds(
  program: string,
  spec: InputSpec,
  feeds: Readonly<Record<string, Pick<NdArray, 'dtype' | 'shape'>>>,
): void {
  const sizes = new Map<string, number>();
  for (const [name, { dtype, shape }] of Object.entries(spec)) {
    const feed = feeds[name];
    if (!feed) throw new Error(`${program}: input '${name}' is missing. Pass ${Object.keys(spec).join(', ')}.`);
    const fits =
      feed.dtype === dtype &&
      feed.shape.length === shape.length &&
      shape.every((dim, axis) => {
        const got = feed.shape[axis];
        if (typeof dim === 'number') return got === dim;
        const [symbol, less] = dim.endsWith('-1') ? [dim.slice(0, -2), 1] : [dim, 0];
        const size = sizes.get(symbol) ?? got + less;
        if (size >= 1) sizes.set(symbol, size);
        return got === size - less && size >= 1;
      });
    if (!fits) {
      const expected = `${dtype} [${shape.map((dim) => (typeof dim === 'string' && sizes.has(dim) ? `${dim}=${sizes.get(dim)}` : dim)).join(', ')}]`;
      throw new Error(
        `${program}: input '${name}' expected ${expected}, got ${feed.dtype} [${feed.shape.join(', ')}]. Pass arrays of the declared shape, none of them empty.`,
      );
    }
  }
}
