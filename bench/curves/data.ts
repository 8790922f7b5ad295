/** The real curves of the benchmark: where they lie, which way they improve, and in which units they are rounded. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RealCurve {
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

export interface DataSet {
  readonly name: string;
  readonly goal: 'maximize' | 'minimize';
  readonly lower?: number;
  readonly upper?: number;
  /** The unit that the file's values are rounded to. */
  readonly resolution: number;
  readonly curves: readonly RealCurve[];
}

const SETS: readonly (Omit<DataSet, 'curves' | 'resolution'> & { readonly file: string })[] = [
  {
    name: 'ImageNet ResNet accuracy',
    file: 'mlcommons_imagenet_resnet_validation_accuracy.csv',
    goal: 'maximize',
    lower: 0,
    upper: 1,
  },
  { name: 'ImageNet ResNet loss', file: 'mlcommons_imagenet_resnet_validation_loss.csv', goal: 'minimize', lower: 0 },
  { name: 'fastMRI SSIM', file: 'mlcommons_fastmri_validation_ssim.csv', goal: 'maximize', upper: 1 },
  { name: 'fastMRI loss', file: 'mlcommons_fastmri_validation_loss.csv', goal: 'minimize', lower: 0 },
  {
    name: 'Taskset LSTM128',
    file: 'taskset_patch128_LSTM128_avg_bs64_validation_loss.csv',
    goal: 'minimize',
    lower: 0,
  },
  { name: 'Taskset GRU128', file: 'taskset_patch32_GRU128_bs128_validation_loss.csv', goal: 'minimize', lower: 0 },
  {
    name: 'Taskset IRNN64',
    file: 'taskset_patch32_IRNN64_relu_last_bs128_validation_loss.csv',
    goal: 'minimize',
    lower: 0,
  },
  {
    name: 'Taskset VRNN128',
    file: 'taskset_patch32_VRNN128_tanh_bs128_validation_loss.csv',
    goal: 'minimize',
    lower: 0,
  },
  { name: 'LCDB error rate', file: 'lcdb_error_rate.csv', goal: 'minimize', lower: 0, upper: 1 },
];

export function readDataSets(folder: string): DataSet[] {
  return SETS.flatMap(({ file, ...set }) => {
    const path = join(folder, file);
    if (!existsSync(path)) return [];
    const rows = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    const isLong = rows[0][0] === 'curve';
    const resolution =
      10 ** -Math.max(...(isLong ? rows.slice(1).map((row) => row.slice(-1)) : rows).flat().map(decimals));
    return [{ ...set, resolution, curves: isLong ? longCurves(rows.slice(1)) : rows.map(rowCurve) }];
  });
}

function longCurves(rows: readonly (readonly string[])[]): RealCurve[] {
  const curves = new Map<string, { name: string; steps: number[]; values: number[] }>();
  for (const [name, step, value] of rows) {
    if (!Number.isFinite(Number.parseFloat(value))) continue;
    const curve = curves.get(name) ?? { name, steps: [], values: [] };
    curves.set(name, curve);
    curve.steps.push(Number(step));
    curve.values.push(Number(value));
  }
  return [...curves.values()];
}

function rowCurve(row: readonly string[], index: number): RealCurve {
  const points = row.flatMap((cell, step) =>
    Number.isFinite(Number.parseFloat(cell)) ? [{ step, value: Number(cell) }] : [],
  );
  return { name: `run ${index + 1}`, steps: points.map(({ step }) => step), values: points.map(({ value }) => value) };
}

/** Digits after the point of a number that is not written with an exponent. */
const decimals = (cell: string): number => /^-?\d*\.(\d+)$/.exec(cell)?.[1].length ?? 0;
