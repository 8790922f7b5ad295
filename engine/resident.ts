import type { NdArray } from './array.ts';
import type { Engine, InputSpec, Resident, ResidentProgram, TensorFunction } from './engine.ts';

/** Compiles a program whose outputs stay where they are computed: on the device where the engine can, in arrays elsewhere. */
export async function compileResident(
  engine: Engine,
  name: string,
  fn: TensorFunction,
  spec: InputSpec,
): Promise<ResidentProgram> {
  if (engine.compileResident) return engine.compileResident(name, fn, spec);
  const program = await engine.compile(name, fn, spec);
  return {
    device: program.device,
    upload: async (arrays) => mapValues(arrays, hostResident),
    run: async (feeds) => mapValues(await program.run(mapValues(feeds, arrayOf)), hostResident),
    read: async (arrays) => mapValues(arrays, arrayOf),
    dispose: program.dispose,
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

const arrayOf = (value: NdArray | Resident): NdArray => ('data' in value ? value : (value as HostResident).array);

export function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

export function release(arrays: Readonly<Record<string, Resident>>): void {
  for (const array of Object.values(arrays)) array.release();
}
