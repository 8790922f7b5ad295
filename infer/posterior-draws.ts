import { type PosteriorOptions, type PosteriorRows, readerOf, rowReader } from './posterior.ts';
import type { Predictor } from './predictor.ts';
import { refuseUnknown } from './refuse-unknown.ts';

export interface PosteriorDrawsOptions extends PosteriorOptions {
  /** How many. Each takes a uniform of `random` for every query row. */
  readonly draws: number;
  readonly random: () => number;
}

/** Bounds the memory of a call. */
const DRAWS_PER_CALL = 64;

/**
 * Draws of the targets of all query rows together, [draws][M], where `posterior` gives the distribution of each by itself. The joint distribution is a
 * product of such: a row is drawn, joins the context, and the next one is drawn given it (autoregressively: Bruinsma et al., Autoregressive conditional
 * neural processes, ICLR 2023), in the order of the queries. So context and queries together should not be more rows than the network was trained for.
 */
export async function posteriorDraws(
  predictor: Predictor,
  rows: PosteriorRows,
  { draws, random, given, onProgress, ...unknown }: PosteriorDrawsOptions,
): Promise<number[][]> {
  refuseUnknown('posteriorDraws', unknown);
  checkDraws('posteriorDraws', draws);
  const read = readerOf(predictor);
  const flat = rowReader(predictor, rows, given);
  const { contextX, contextY, queryX } = rows;
  const uniforms = uniformsOf(draws, queryX.length, random);
  const values: number[][] = uniforms.map(() => []);
  for (let start = 0; start < draws; start += DRAWS_PER_CALL) {
    const own = values.slice(start, start + DRAWS_PER_CALL);
    const numDatasets = own.length;
    let conditioned = await predictor.condition({
      numDatasets,
      numContext: contextX.length,
      x: repeated(flat(contextX), numDatasets),
      y: repeated(contextY, numDatasets),
    });
    for (let m = 0; m < queryX.length; m++) {
      const x = repeated(flat([queryX[m]]), numDatasets);
      const outputs = await conditioned.predict({ numQuery: 1, x }); // [D, 1, K]
      own.forEach((drawn, d) => {
        drawn.push(read(outputs, d).sample(() => uniforms[start + d][m]));
      });
      if (m < queryX.length - 1) {
        const y = Float32Array.from(own, (drawn) => drawn[m]);
        conditioned = await conditioned.extend({ numContext: 1, x, y });
      }
      onProgress?.(start * queryX.length + (m + 1) * numDatasets, draws * queryX.length);
    }
  }
  return values;
}

/** Throws a RangeError of `caller` for what is no number of draws. */
export function checkDraws(caller: string, draws: number): void {
  if (Number.isInteger(draws) && draws >= 1) return;
  throw new RangeError(`${caller}: expected draws to be a whole number of at least 1, got ${draws}.`);
}

/** [draws][M], one draw after the other, so that more draws change none of the first ones. */
export const uniformsOf = (draws: number, count: number, random: () => number): number[][] =>
  Array.from({ length: draws }, () => Array.from({ length: count }, () => random()));

const repeated = (values: ArrayLike<number>, times: number): Float32Array => {
  const all = new Float32Array(values.length * times);
  for (let i = 0; i < times; i++) all.set(values, i * values.length);
  return all;
};
