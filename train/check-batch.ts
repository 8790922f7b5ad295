import { COLUMNS_PER_HYPERPARAMETER } from '../model/hyperparameters.ts';
import { givenColumn } from '../priors/distributions.ts';
import type { Batch, BatchShape, Hyperparameter, Prior } from '../priors/prior.ts';

/** What a batch must fit to. */
type Drawn = Pick<Prior, 'numFeatures' | 'anyFeatures' | 'numClasses'>;

/** Of a class, from 0. */
export const isLabel = (value: number, numClasses: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < numClasses;

/** What a type cannot say of a batch that somebody's own prior has drawn: `expected ..., got ...` for the first thing that is wrong, else null. */
export function wrongInBatch(
  { numFeatures, anyFeatures, numClasses }: Drawn,
  shape: BatchShape,
  drawn: unknown,
): string | null {
  if (drawn instanceof Promise) return 'expected sample to return a batch, got a promise of one; it must not be async';
  if (typeof drawn !== 'object' || drawn === null) return `expected sample to return a batch (an object), got ${drawn}`;
  const batch = drawn as Batch;
  const { numFeatures: own, ...arrays } = batch;
  for (const key of ['numDatasets', 'numContext', 'numQuery'] as const) {
    if (batch[key] !== shape[key])
      return `expected ${key} of the batch to be ${shape[key]}, as asked for, got ${batch[key]}`;
  }
  if (!anyFeatures && own !== numFeatures)
    return `expected numFeatures of the batch to be ${numFeatures}, as of the prior, got ${own}`;
  const { numDatasets: B, numContext: N, numQuery: M } = shape;
  const F = anyFeatures ? own : numFeatures;
  if (!(Number.isInteger(F) && F >= 1 && F <= numFeatures))
    return `expected a batch to have 1 to ${numFeatures} columns, got ${F}`;
  const sizes = { contextX: B * N * F, contextY: B * N, queryX: B * M * F, queryY: B * M };
  for (const [key, size] of Object.entries(sizes)) {
    const perRow = key.startsWith('context') ? size / B / N : size / B / M;
    const wrong = wrongNumbers(key, arrays[key as keyof typeof sizes], size, shape);
    if (wrong !== null) return wrong;
    const values = arrays[key as keyof typeof sizes];
    // NaN is a missing cell of a table.
    const mayMiss = anyFeatures && key.endsWith('X');
    const bad = values.findIndex((value) => !Number.isFinite(value) && !(mayMiss && Number.isNaN(value)));
    if (bad >= 0) {
      const row = Math.floor(bad / perRow);
      const [rows, what] = key.startsWith('context') ? [N, 'context'] : [M, 'query'];
      return `expected finite numbers in ${key}, got ${values[bad]} (data set ${Math.floor(row / rows) + 1}, ${what} row ${(row % rows) + 1})`;
    }
    if (numClasses !== undefined && key.endsWith('Y')) {
      const noLabel = values.find((value) => !isLabel(value, numClasses));
      if (noLabel !== undefined)
        return `expected labels in ${key}, whole numbers from 0 to ${numClasses - 1}, got ${noLabel}`;
    }
  }
  return wrongLaw(arrays.queryLaw, shape);
}

function wrongNumbers(
  key: string,
  values: unknown,
  size: number,
  { numDatasets, numContext, numQuery }: BatchShape,
): string | null {
  if (!(values instanceof Float32Array)) return `expected sample to return ${key}, a Float32Array`;
  if (values.length === size) return null;
  const asked = JSON.stringify({ numDatasets, numContext, numQuery });
  return `expected ${key} to have ${size} numbers for ${asked}, got ${values.length}`;
}

function wrongLaw(law: Batch['queryLaw'], shape: BatchShape): string | null {
  if (law === undefined) return null;
  if (typeof law !== 'object' || law === null) return `expected queryLaw to be an object with mean and sd, got ${law}`;
  for (const key of ['mean', 'sd'] as const) {
    const wrong = wrongNumbers(`queryLaw.${key}`, law[key], shape.numDatasets * shape.numQuery, shape);
    if (wrong !== null) return wrong;
    const bad = law[key].find((value) => !Number.isFinite(value) || (key === 'sd' && value <= 0));
    if (bad !== undefined)
      return `expected ${key === 'sd' ? 'positive' : 'finite'} numbers in queryLaw.${key}, got ${bad}`;
  }
  return null;
}

/** The columns of x that tell hyperparameters are those that were asked for. */
export function wrongTold(
  hyperparameters: readonly Hyperparameter[],
  told: readonly (readonly [low: number, high: number])[],
  { numFeatures: F, contextX }: Batch,
): string | null {
  const columns = hyperparameters.flatMap((each, h) =>
    told[h].map((end) => (each.choices === undefined ? givenColumn(each, end) : Number.NaN)),
  );
  const first = F - columns.length;
  for (const [i, column] of columns.entries()) {
    const got = contextX[first + i];
    if (Number.isNaN(column) || Math.abs(got - column) < 1e-4) continue;
    const { name } = hyperparameters[Math.floor(i / COLUMNS_PER_HYPERPARAMETER)];
    const end = i % COLUMNS_PER_HYPERPARAMETER === 0 ? 'low' : 'high';
    return `expected column ${first + i + 1} of x to tell the ${end} end of ${name} as given, ${column.toFixed(4)} (givenColumn), got ${got}`;
  }
  return null;
}
