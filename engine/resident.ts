import { mapValues, type NdArray, type Resident } from './array.ts';
import type { Engine, InputSpec, LoopOptions, ResidentProgram, TensorFunction } from './engine.ts';

/** Compiles a program whose outputs stay where they are computed: on the device where the engine can, in arrays elsewhere. */
export async function compileResident(
  engine: Engine,
  name: string,
  fn: TensorFunction,
  spec: InputSpec,
): Promise<ResidentProgram> {
  if (engine.compileResident) return engine.compileResident(name, fn, spec);
  const { device, run, dispose } = await engine.compile(name, fn, spec);
  return {
    device,
    ...onHost,
    run: async (feeds) => mapValues(await run(mapValues(feeds, arrayOf)), hostResident),
    dispose,
  };
}

/** A program that runs as many as `stepsPerRun` steps at a time; see LoopProgram, of which this is the other side. */
export interface ResidentLoop extends Omit<ResidentProgram, 'run'> {
  readonly stepsPerRun: number;
  run(
    start: Readonly<Record<string, NdArray | Resident>>,
    steps: readonly Readonly<Record<string, NdArray | Resident>>[],
  ): Promise<Record<string, Resident>>;
}

/** Compiles a step to be run `most` at a time where that saves copies, and one by one elsewhere. */
export async function compileResidentLoop(
  engine: Engine,
  name: string,
  fn: TensorFunction,
  spec: InputSpec,
  { most, ...options }: LoopOptions & { readonly most: number },
): Promise<ResidentLoop> {
  if (!engine.compileLoop) {
    const { run, ...program } = await compileResident(engine, name, fn, spec);
    return { ...program, stepsPerRun: 1, run: (start, [feeds]) => run({ ...start, ...feeds }) };
  }
  const { device, run, dispose } = await engine.compileLoop(name, fn, spec, options);
  return {
    device,
    ...onHost,
    stepsPerRun: most,
    async run(start, steps) {
      const arrays = steps.map((feeds) => mapValues(feeds, arrayOf));
      return mapValues(await run(mapValues(start, arrayOf), arrays), hostResident);
    },
    dispose,
  };
}

interface HostResident extends Resident {
  readonly array: NdArray;
}

const hostResident = (array: NdArray): HostResident => ({
  dtype: array.dtype,
  shape: array.shape,
  array,
  release() {},
});

/** Where arrays are in JavaScript anyway. */
const onHost: Pick<ResidentProgram, 'upload' | 'read'> = {
  upload: async (arrays) => mapValues(arrays, hostResident),
  read: async (arrays) => mapValues(arrays, arrayOf),
};

const arrayOf = (value: NdArray | Resident): NdArray => ('data' in value ? value : (value as HostResident).array);

export function release(arrays: Readonly<Record<string, Resident>>): void {
  for (const array of Object.values(arrays)) array.release();
}
