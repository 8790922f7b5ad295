import type { Batch, Prior } from '../prior.ts';

/** A prior as plain JSON. */
export interface PriorSource {
  readonly name: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** `createPrior` of priors/index.ts. An argument, since that file lists the combinators and so cannot be imported by them. */
export type CreatePrior = (name: string, options?: Readonly<Record<string, unknown>>) => Prior;

/** The prior that a combinator starts from. Throws one line that begins with the name of the combinator. */
export function innerPrior(combinator: string, source: unknown, create: CreatePrior): Prior {
  if (!isSource(source)) {
    throw new TypeError(
      `${combinator}: expected a prior as { name, options }, got ${JSON.stringify(source)}. Name one, such as { name: 'training-run' }.`,
    );
  }
  return create(source.name, source.options);
}

function isSource(source: unknown): source is PriorSource {
  if (typeof source !== 'object' || source === null) return false;
  const { name, options = {}, ...unknown } = source as Partial<PriorSource>;
  return (
    typeof name === 'string' && typeof options === 'object' && options !== null && Object.keys(unknown).length === 0
  );
}

/** The prior as JSON, defaults filled in. */
export const sourceOf = ({ name, options }: Prior): Required<PriorSource> => ({ name, options });

/** What rows look like. Combinators change numbers, not the meaning of columns; `exact` is not here, as the truth is another one. */
export function layoutOf(
  prior: Prior,
): Pick<Prior, 'numFeatures' | 'anyFeatures' | 'hyperparameters' | 'numClasses' | 'maxRows'> {
  const { numFeatures, anyFeatures, hyperparameters, numClasses, maxRows } = prior;
  return {
    numFeatures,
    ...(anyFeatures && { anyFeatures }),
    ...(hyperparameters && { hyperparameters }),
    ...(numClasses !== undefined && { numClasses }),
    maxRows,
  };
}

const COLUMNS_PER_HYPERPARAMETER = 2;

/** Columns of x without those that tell hyperparameters, which are the last ones. */
export const numOwnFeatures = ({ numFeatures, hyperparameters = [] }: Prior): number =>
  numFeatures - COLUMNS_PER_HYPERPARAMETER * hyperparameters.length;

/** The rows of one data set of a batch. Writing to these arrays writes to the batch. */
export interface DatasetView {
  /** [N, F] and [M, F] */
  readonly x: readonly [context: Float32Array, query: Float32Array];
  /** [N] and [M] */
  readonly y: readonly [context: Float32Array, query: Float32Array];
}

export function datasetViews({ numDatasets, numContext, numQuery, numFeatures, ...arrays }: Batch): DatasetView[] {
  const { contextX, contextY, queryX, queryY } = arrays;
  const part = (array: Float32Array, b: number, size: number) => array.subarray(b * size, (b + 1) * size);
  return Array.from({ length: numDatasets }, (_, b) => ({
    x: [part(contextX, b, numContext * numFeatures), part(queryX, b, numQuery * numFeatures)],
    y: [part(contextY, b, numContext), part(queryY, b, numQuery)],
  }));
}

/** Where a combinator's rows come from, for checkRows. */
export const INNER_ROWS = 'give the inner prior more';

export function refuseClasses(combinator: string, { name, numClasses }: Prior): void {
  if (numClasses === undefined) return;
  throw new TypeError(
    `${combinator}: expected a prior of real targets, got '${name}' with ${numClasses} classes. Choose another prior.`,
  );
}
