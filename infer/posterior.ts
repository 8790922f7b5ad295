import { categorical } from '../model/categorical.ts';
import type { Distribution } from '../model/distribution.ts';
import { type DistributionReader, distributionReader, rowOf } from '../model/distribution-reader.ts';
import { toldColumns } from '../model/features.ts';
import { type Hyperparameter, NUM_INPUTS, type Range, rangeColumns } from '../model/hyperparameters.ts';
import type { Predictor } from './predictor.ts';
import { refuseTables } from './refuse-tables.ts';
import { refuseUnknown } from './refuse-unknown.ts';

/** What is known of hyperparameters, by name: a value, a range, or one of its choices. */
export type Given = Readonly<Record<string, number | Range | string>>;

export interface PosteriorOptions {
  /** Hyperparameters that are left out may be anywhere in their widest range. */
  readonly given?: Given;
  /** Called after each call to the network with the number of queries done. */
  readonly onProgress?: (done: number, total: number) => void;
}

type Numbers = readonly number[] | Float32Array | Float64Array;

/** Rows of numbers without the columns of hyperparameters: context x [N][F] with y [N], queries x [M][F]. */
export interface PosteriorRows {
  readonly contextX: readonly Numbers[];
  readonly contextY: Numbers;
  readonly queryX: readonly Numbers[];
}

/** Bounds the memory of a call: 1000 queries x 1000 bars = 4 MB of logits. Larger calls leave the caches, and take longer per query. */
const QUERIES_PER_CALL = 1000;

/** Columns of x that rows have, those of hyperparameters not counted. */
export const ownFeatures = ({ config: { model } }: Predictor): number => model.numFeatures - toldColumns(model);

/**
 * The posterior predictive at each query row, given the context rows, under the prior that the network was trained on: a
 * distribution per query where targets are real numbers. Queries do not depend on each other.
 */
export async function posterior(
  predictor: Predictor,
  rows: PosteriorRows,
  options: PosteriorOptions = {},
): Promise<Distribution[]> {
  const read = readerOf(predictor);
  const distributions: Distribution[] = [];
  await eachAnswer(predictor, rows, options, (outputs, row) => distributions.push(read(outputs, row)));
  return distributions;
}

/** The same where targets are classes: the probability of each class, [M][C]. */
export async function posteriorClasses(
  predictor: Predictor,
  rows: PosteriorRows,
  options: PosteriorOptions = {},
): Promise<number[][]> {
  if (predictor.config.model.head !== 'classes') {
    throw new RangeError(
      `${predictor.name}: expected a checkpoint that answers with classes, got one with distributions of numbers.`,
    );
  }
  const probabilities: number[][] = [];
  const { numOutputs: K } = predictor.config.model;
  await eachAnswer(predictor, rows, options, (logits, row) =>
    probabilities.push([...categorical(rowOf(logits, row, K)).probabilities]),
  );
  return probabilities;
}

/** Of the network's outputs. Throws a RangeError where these are classes. */
export function readerOf({ name, config, borders }: Predictor): DistributionReader {
  if (config.model.head !== 'classes') return distributionReader(config.model, borders);
  throw new RangeError(
    `${name}: expected a checkpoint that answers with distributions of numbers, got one with classes.`,
  );
}

/** What turns rows [R][own columns] into the network's x [R, F], with what is told of hyperparameters in every row. Throws where rows do not fit. */
export function rowReader(
  predictor: Predictor,
  { contextX, contextY, queryX }: PosteriorRows,
  given: Given = {},
): (rows: readonly Numbers[]) => Float32Array {
  const { name, config } = predictor;
  refuseTables(config);
  if (config.model.units === 'context') {
    throw new RangeError(`${name}: its network sees learning curves in units of their own; use extrapolate for it.`);
  }
  const { hyperparameters = [] } = config.model;
  const own = ownFeatures(predictor);
  // A network for any number of inputs up to its own sees zeros in the others, and is told.
  const isAnyNumber = hyperparameters.some((each) => each.name === NUM_INPUTS);
  const width = isAnyNumber ? Math.min(own, Math.max(1, contextX[0]?.length ?? own)) : own;
  checkRows(width, { contextX, contextY, queryX });
  const told = toldValues(hyperparameters, given, width);
  const rest = [...new Array<number>(own - width).fill(0), ...told];
  return (rows) => Float32Array.from(rows.flatMap((row) => [...row, ...rest]));
}

async function eachAnswer(
  predictor: Predictor,
  rows: PosteriorRows,
  { given, onProgress, ...unknown }: PosteriorOptions,
  answer: (outputs: Float32Array, row: number) => void,
): Promise<void> {
  refuseUnknown('posterior', unknown);
  const flat = rowReader(predictor, rows, given);
  const { contextX, contextY, queryX } = rows;
  const conditioned = await predictor.condition({
    numDatasets: 1,
    numContext: contextX.length,
    x: flat(contextX),
    y: Float32Array.from(contextY),
  });
  for (let start = 0; start < queryX.length; start += QUERIES_PER_CALL) {
    const chunk = queryX.slice(start, start + QUERIES_PER_CALL);
    const outputs = await conditioned.predict({ numQuery: chunk.length, x: flat(chunk) }); // [1, M, K]
    for (let row = 0; row < chunk.length; row++) answer(outputs, row);
    onProgress?.(start + chunk.length, queryX.length);
  }
}

function checkRows(width: number, { contextX, contextY, queryX }: PosteriorRows): void {
  if (contextX.length !== contextY.length || contextX.length === 0) {
    throw new RangeError(
      `posterior: expected a target for each context row and at least one row, got ${contextX.length} rows and ${contextY.length} targets.`,
    );
  }
  for (const [what, rows] of Object.entries({ context: contextX, query: queryX })) {
    for (const [i, row] of rows.entries()) {
      if (row.length !== width) {
        throw new RangeError(
          `posterior: expected ${width} numbers in each row, got ${row.length} in ${what} row ${i + 1}.`,
        );
      }
      const bad = Array.from(row).find((value) => !Number.isFinite(value));
      if (bad !== undefined)
        throw new RangeError(`posterior: expected finite numbers, got ${bad} in ${what} row ${i + 1}.`);
    }
  }
  const bad = contextY.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new RangeError(`posterior: expected finite targets, got ${contextY[bad]} in context row ${bad + 1}.`);
}

/**
 * The last columns of every row, for all hyperparameters; how many inputs there are is told by the rows, which have `numInputs`. Throws a
 * RangeError that names what is unknown or out of range.
 */
export function toldValues(hyperparameters: readonly Hyperparameter[], given: Given, numInputs: number): number[] {
  const names = hyperparameters.map(({ name }) => name);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `given: expected ${names.join(', ') || 'no hyperparameters for this checkpoint'}, got '${unknown}'.`,
    );
  }
  return hyperparameters.flatMap((hyperparameter) => {
    const { name, low, high, choices } = hyperparameter;
    if (name === NUM_INPUTS && Number(given[name] ?? numInputs) !== numInputs) {
      throw new RangeError(
        `given: expected ${name} to be ${numInputs}, as the rows have, got ${given[name]}. Leave it out.`,
      );
    }
    if (choices !== undefined) {
      const byDefault = name === NUM_INPUTS ? numInputs : choices[0];
      return rangeColumns(hyperparameter, toldChoice(name, choices, given[name] ?? byDefault));
    }
    const value = given[name] ?? [low, high];
    const [from, to] = typeof value === 'object' ? value : [Number(value), Number(value)];
    const isOne = typeof value !== 'object' || value.length === 2;
    if (!(isOne && from <= to && from >= low && to <= high)) {
      const got = typeof value === 'object' ? value.join('..') : value;
      throw new RangeError(
        `given: expected ${name} to lie within ${low}..${high}, which the network was trained for, got ${got}.`,
      );
    }
    return rangeColumns(hyperparameter, [from, to]);
  });
}

function toldChoice(name: string, choices: readonly string[], value: Given[string]): Range {
  const at = choices.indexOf(String(value)) + 1;
  if (at > 0) return [at, at];
  throw new RangeError(`given: expected ${name} to be one of ${choices.join(', ')}, got ${String(value)}.`);
}
