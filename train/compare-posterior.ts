import { distributionReader } from '../model/distribution-reader.ts';
import { NUM_INPUTS } from '../model/hyperparameters.ts';
import { numOwnFeatures } from '../priors/combinators/inner-prior.ts';
import type { Batch, ExactPosterior, Given, Prior } from '../priors/prior.ts';
import { randomStream } from '../priors/random.ts';
import { inModelUnits } from './batches.ts';
import { type Answering, observedRows } from './evaluate-prior.ts';
import { methodOfDataset } from './exact-method.ts';

/** The quantiles that are compared, by level. */
export const COMPARED_LEVELS: readonly number[] = [0.05, 0.25, 0.5, 0.75, 0.95];

export interface Row {
  readonly x: number;
  readonly y: number;
}

/** What the network and the exact posterior say of one data set with one input, over a grid of that input. */
export interface PosteriorComparison {
  /** By rising x. */
  readonly context: readonly Row[];
  /** Rows that neither of the two has seen, with their targets; by rising x. */
  readonly query: readonly Row[];
  /** The grid [G], rising. */
  readonly x: readonly number[];
  /** Quantiles at `COMPARED_LEVELS`, [G][5]. */
  readonly network: readonly (readonly number[])[];
  /** The same; null where the prior has no exact posterior. */
  readonly exact: { readonly method: ExactPosterior['method']; readonly quantiles: number[][] } | null;
  /** Whether x and y are in units that the context gives, not in those of the prior. */
  readonly inContextUnits: boolean;
}

export interface ComparePosteriorOptions {
  /** Fixes or narrows hyperparameters of the prior. */
  readonly given?: Given;
  readonly seed?: number;
}

const FEWEST_CONTEXT = 5;
const MOST_CONTEXT = 10;
const MOST_QUERIES = 200;
const GRID_POINTS = 200;

/**
 * Draws one data set with 5 to 10 context rows and answers it over a grid of x, by the network and exactly. Null where targets are classes, and where
 * there is no one input to draw a picture over: several of them, or one that is the same in all rows.
 */
export async function comparePosterior(
  network: Answering,
  prior: Prior,
  { given, seed = 0 }: ComparePosteriorOptions = {},
): Promise<PosteriorComparison | null> {
  if (network.config.model.head === 'classes') return null;
  const random = randomStream(seed, 'compare');
  // A picture is drawn over one input.
  const isAnyNumber = prior.hyperparameters?.some(({ name }) => name === NUM_INPUTS) ?? false;
  const count = FEWEST_CONTEXT + Math.floor(random() * (MOST_CONTEXT - FEWEST_CONTEXT + 1));
  const numContext = Math.min(count, prior.maxRows - 1);
  const drawn = prior.sample(random, {
    numDatasets: 1,
    numContext,
    numQuery: Math.min(MOST_QUERIES, prior.maxRows - numContext),
    given: isAnyNumber ? { [NUM_INPUTS]: '1', ...given } : given,
  });
  if (!hasOneInput(drawn, numOwnFeatures(prior))) return null;
  const { units = 'own' } = network.config.model;
  const inOwnUnits = units === 'own';
  const batch = inModelUnits(drawn, units, prior);
  const rows = { context: rowsOf(batch, 'context'), query: rowsOf(batch, 'query') };
  const x = gridOver(rows.context, rows.query);
  if (x.length < 2) return null;
  const asked = askedAt(batch, x);
  return {
    ...rows,
    x,
    network: await networkQuantiles(network, asked),
    exact: inOwnUnits && prior.exact ? exactQuantiles(prior.exact, prior, asked, random) : null,
    inContextUnits: !inOwnUnits,
  };
}

/** Whether the columns after the first, up to the prior's own ones, are 0 in all rows. */
function hasOneInput({ contextX, queryX, numFeatures }: Batch, ownFeatures: number): boolean {
  const isZero = (value: number, i: number) => i % numFeatures === 0 || i % numFeatures >= ownFeatures || value === 0;
  return contextX.every(isZero) && queryX.every(isZero);
}

/** Rows by rising x; those without an x are left out. */
function rowsOf(batch: Batch, part: 'context' | 'query'): Row[] {
  const [x, y] = part === 'context' ? [batch.contextX, batch.contextY] : [batch.queryX, batch.queryY];
  return Array.from(y, (value, i) => ({ x: x[i * batch.numFeatures], y: value }))
    .filter((row) => Number.isFinite(row.x))
    .sort((a, b) => a.x - b.x);
}

/**
 * Rising inputs over the range of all rows; where all queries lie beyond the context, as in a forecast, over the range of the queries
 * alone. Whole numbers where the prior draws nothing else.
 */
function gridOver(context: readonly Row[], query: readonly Row[]): number[] {
  const [seen, asked] = [context.map(({ x }) => x), query.map(({ x }) => x)];
  const all = [...seen, ...asked];
  const isForecast = Math.min(...asked) > Math.max(...seen);
  const low = Math.min(...(isForecast ? asked : all));
  const high = Math.max(...all);
  if (!(low < high)) return [];
  const even = Array.from({ length: GRID_POINTS }, (_, i) => low + ((high - low) * i) / (GRID_POINTS - 1));
  return all.every(Number.isInteger) ? [...new Set(even.map(Math.round))] : even;
}

/** The same data set with the grid [G] as its queries; the other columns of x are those of its first row. */
function askedAt(batch: Batch, grid: readonly number[]): Batch {
  const others = batch.contextX.subarray(1, batch.numFeatures);
  const queryX = Float32Array.from(grid.flatMap((x) => [x, ...others]));
  return { ...batch, numQuery: grid.length, queryX, queryY: new Float32Array(grid.length) };
}

async function networkQuantiles(
  network: Answering,
  { numContext, numFeatures, contextX, contextY, numQuery, queryX }: Batch,
) {
  const read = distributionReader(network.config.model, network.borders);
  const conditioned = await network.condition({ numDatasets: 1, numContext, numFeatures, x: contextX, y: contextY });
  const outputs = await conditioned.predict({ numQuery, x: queryX }); // [1, G, K]
  return Array.from({ length: numQuery }, (_, i) => {
    const answer = read(outputs, i);
    return COMPARED_LEVELS.map((level) => answer.quantile(level));
  });
}

function exactQuantiles(exact: ExactPosterior, prior: Prior, asked: Batch, random: () => number) {
  const answers = exact.predict(observedRows(asked, 0), random);
  return {
    method: methodOfDataset(exact, prior, asked),
    quantiles: answers.map(({ quantile }) => COMPARED_LEVELS.map((level) => quantile(level))),
  };
}
