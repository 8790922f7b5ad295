import { readSafetensors, writeSafetensors } from '../model/safetensors.ts';

export interface LossAverage {
  readonly sum: number;
  readonly weight: number;
}

/** Everything that changes during a run. */
export interface TrainState {
  /** Steps done. */
  readonly step: number;
  /** Updates that were skipped because the loss or the gradient was not finite. */
  readonly skipped: number;
  /** The sum and the weight of the moving average of the loss; left out in states that were saved without it. */
  readonly lossAverage?: LossAverage;
  readonly weights: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

export function initialState(weights: Float32Array): TrainState {
  return {
    step: 0,
    skipped: 0,
    weights,
    first: new Float32Array(weights.length),
    second: new Float32Array(weights.length),
  };
}

export function stateBytes({ step, skipped, lossAverage, weights, first, second }: TrainState): Uint8Array {
  const vector = (data: Float32Array) => ({ shape: [data.length], data });
  return writeSafetensors(
    { weights: vector(weights), first: vector(first), second: vector(second) },
    {
      step: String(step),
      skipped: String(skipped),
      ...(lossAverage && { lossSum: String(lossAverage.sum), lossWeight: String(lossAverage.weight) }),
    },
  );
}

/** Throws an Error that names the file when it is damaged or belongs to a model of another size. */
export function readState(bytes: Uint8Array, file: string, parameterCount: number): TrainState {
  const { tensors, metadata } = readSafetensors(bytes, file, 'restore it from a copy, or start anew');
  for (const name of ['weights', 'first', 'second']) {
    const got = tensors[name]?.data.length ?? 0;
    if (got !== parameterCount)
      throw new Error(
        `${file}: expected ${parameterCount} numbers in '${name}', got ${got}. The state belongs to another model.`,
      );
  }
  const number = (name: string, isRight: (value: number) => boolean = Number.isFinite, what = 'number'): number => {
    const value = Number(metadata[name] ?? Number.NaN);
    if (isRight(value)) return value;
    throw new Error(`${file}: expected a ${what} of '${name}', got ${metadata[name]}. The file is damaged.`);
  };
  const count = (name: string) => number(name, (value) => Number.isInteger(value) && value >= 0, 'whole number');
  return {
    step: count('step'),
    skipped: count('skipped'),
    ...(metadata.lossSum !== undefined && { lossAverage: { sum: number('lossSum'), weight: number('lossWeight') } }),
    weights: tensors.weights.data,
    first: tensors.first.data,
    second: tensors.second.data,
  };
}
