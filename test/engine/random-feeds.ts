import { type DType, type NdArray, sizeOf } from '../../engine/array.ts';
import type { InputSpec } from '../../engine/engine.ts';
import { randomStream } from '../../priors/index.ts';

export interface RandomInput {
  readonly shape: readonly (number | string)[];
  readonly dtype?: DType;
  /** float32: values lie in [from, to]; int32: in {from, ..., to - 1}. */
  readonly from?: number;
  readonly to?: number;
}

export type RandomInputs = Readonly<Record<string, RandomInput>>;
export type Sizes = Readonly<Record<string, number>>;

export function specOf(inputs: RandomInputs): InputSpec {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype = 'float32' }]) => [name, { shape, dtype }]),
  );
}

export function randomFeeds(inputs: RandomInputs, sizes: Sizes, seed: string): Record<string, NdArray> {
  const random = randomStream(1, seed);
  return Object.fromEntries(
    Object.entries(inputs).map(
      ([name, { shape, dtype = 'float32', from = dtype === 'float32' ? -2 : 0, to = 2 }], index) => {
        const concrete = shape.map((dim) => (typeof dim === 'number' ? dim : sizes[dim]));
        const count = sizeOf(concrete);
        if (dtype !== 'float32') {
          const data = Array.from({ length: count }, () => from + Math.floor((to - from) * random()));
          return [
            name,
            { dtype, shape: concrete, data: dtype === 'int32' ? Int32Array.from(data) : Uint8Array.from(data) },
          ];
        }
        // One value in each of `count` equal intervals, in random order: no two alike, and none at 0 where kinks are.
        const order = shuffled(count, random);
        const data = Float32Array.from(
          order,
          (place) => from + ((to - from) * (place + [0.3, 0.7, 0.9][index])) / count,
        );
        return [name, { dtype, shape: concrete, data }];
      },
    ),
  );
}

function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((i + 1) * random());
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
