/** What `pfn posterior` asks a checkpoint, and the answers as lists of numbers. */
import { type Given, posterior, posteriorClasses } from '../infer/posterior.ts';
import { posteriorDraws } from '../infer/posterior-draws.ts';
import type { Predictor } from '../infer/predictor.ts';
import { randomStream } from '../priors/random.ts';
import { needsPositive } from './check-rows.ts';
import { quantileName } from './csv-text.ts';
import { PLOT_QUANTILES, type PlotCurve } from './plot/plot-data.ts';
import { grow, span } from './plot/plot-range.ts';
import { posteriorCurve, rowPoints } from './plot/posterior-curve.ts';
import type { ContextFile, RowFile } from './read/read-rows.ts';

/** Who is asked, and what it is told. */
export interface Asker {
  readonly predictor: Predictor;
  readonly context: ContextFile;
  readonly given?: Given;
  /** Hears how many of the query rows are answered. */
  readonly onProgress: (done: number, total: number) => void;
}

/** What is asked: inputs x [M][F], and the targets to score, where they are known. */
export type Asked = Pick<RowFile, 'inputs' | 'target' | 'x' | 'y'>;

export interface Answers {
  /** Lists with an entry per query row, as the JSON has them. */
  readonly lists: object;
  /** The same for a table. */
  readonly columns: readonly Column[];
  /** What the targets score, where they are known. */
  readonly scores: Column | null;
}

export interface Column {
  /** In a table to read, and in a CSV. */
  readonly title: string;
  readonly name: string;
  readonly values: readonly number[];
}

/** Points of a grid over one input, and the share of the range that it goes beyond it on either side. */
export const GRID_POINTS = 201;
const GRID_MARGIN = 0.1;
/** Bounds the memory of answers that are not summarized yet: 10 000 distributions of 1000 bars are 240 MB. */
const QUERIES_AT_A_TIME = 10_000;

/** Points at equal distances over the range of one input, x [N][1]. */
export function gridOver({ predictor, context }: Asker, x: RowFile['x']): Asked {
  const range = span(x.map(([value]) => value));
  const [low, high] = range[0] < range[1] ? grow(range, GRID_MARGIN) : [range[0] - 0.5, range[0] + 0.5];
  // Where inputs must be above 0, so must those of the grid.
  const start = needsPositive(predictor.config.model.xFeatures) && low <= 0 ? range[0] : low;
  const points = Array.from({ length: GRID_POINTS }, (_, i) => [start + ((high - start) * i) / (GRID_POINTS - 1)]);
  return { inputs: context.inputs, target: null, x: points, y: null };
}

export async function numberAnswers(asker: Asker, asked: Asked): Promise<Answers> {
  const lists = await numberLists(asker, asked);
  const { mean, variance, quantiles, logDensity } = lists;
  return {
    lists,
    columns: [
      { title: 'mean', name: 'mean', values: mean },
      { title: 'sd', name: 'sd', values: variance.map(Math.sqrt) },
      { title: 'median', name: 'median', values: quantiles['0.5'] },
      { title: '5 %', name: quantileName(0.05), values: quantiles['0.05'] },
      { title: '95 %', name: quantileName(0.95), values: quantiles['0.95'] },
    ],
    scores: logDensity && { title: 'log density', name: 'logDensity', values: logDensity },
  };
}

async function numberLists(asker: Asker, { x, y }: Asked) {
  const mean: number[] = [];
  const variance: number[] = [];
  const quantiles: Record<string, number[]> = Object.fromEntries(PLOT_QUANTILES.map((level) => [level, []]));
  const logDensity: number[] | null = y && [];
  await eachAnswer(posterior, asker, x, (distribution, row) => {
    mean.push(distribution.mean);
    variance.push(distribution.variance);
    for (const level of PLOT_QUANTILES) quantiles[level].push(distribution.quantile(level));
    if (y !== null) logDensity?.push(distribution.logDensity(y[row]));
  });
  return { mean, variance, quantiles, logDensity };
}

export async function classAnswers(asker: Asker, { x, y }: Asked): Promise<Answers> {
  const probabilities: number[][] = [];
  await eachAnswer(posteriorClasses, asker, x, (answer) => probabilities.push(answer));
  const logProbability = y && probabilities.map((row, i) => Math.log(row[y[i]]));
  return {
    lists: { probabilities, logProbability },
    columns: Array.from({ length: asker.predictor.config.model.numOutputs }, (_, k) => ({
      title: `P(${k})`,
      name: `p${k}`,
      values: probabilities.map((row) => row[k]),
    })),
    scores: logProbability && { title: 'log probability', name: 'logProbability', values: logProbability },
  };
}

/** Targets that go together, [draws][M], at inputs x [M][F]. */
export interface JointDraws {
  readonly x: RowFile['x'];
  readonly values: readonly (readonly number[])[];
}

/** Every so many points of a grid, where draws are asked for without query rows: 41 in all, since each joins the context. */
const DRAWN_POINTS = 5;

/** At the query rows, or over the range of the context. */
export async function jointDraws(
  asker: Asker,
  query: RowFile | null,
  draws: number,
  seed: number,
): Promise<JointDraws> {
  const { predictor, context, given, onProgress } = asker;
  const x = query?.x ?? gridOver(asker, context.x).x.filter((_, i) => i % DRAWN_POINTS === 0);
  const rows = { contextX: context.x, contextY: context.y, queryX: x };
  const random = randomStream(seed, 'draws');
  return { x, values: await posteriorDraws(predictor, rows, { draws, random, given, onProgress }) };
}

/** Answers over the range of the context and the queries, however few those are, and both as points; of one input. */
export async function drawnCurve(asker: Asker, query: RowFile | null, draws: JointDraws | null): Promise<PlotCurve> {
  const { context, predictor } = asker;
  const grid = gridOver(asker, [...context.x, ...(query?.x ?? [])]);
  const { quantiles } = await numberLists(asker, grid);
  const curve = posteriorCurve(predictor.name, context, query, grid.x, quantiles);
  return draws === null ? curve : { ...curve, draws: draws.values.map((y) => rowPoints(draws.x, y)) };
}

/** Calls `summarize` with each answer of `posterior` or `posteriorClasses` at x [M][F]. */
async function eachAnswer<Answer>(
  method: (...args: Parameters<typeof posterior>) => Promise<Answer[]>,
  { predictor, context, given, onProgress }: Asker,
  x: RowFile['x'],
  summarize: (answer: Answer, row: number) => void,
): Promise<void> {
  for (let start = 0; start < x.length; start += QUERIES_AT_A_TIME) {
    const rows = {
      contextX: context.x,
      contextY: context.y,
      queryX: x.slice(start, start + QUERIES_AT_A_TIME),
    };
    const answers = await method(predictor, rows, { given, onProgress: (done) => onProgress(start + done, x.length) });
    answers.forEach((answer, i) => {
      summarize(answer, start + i);
    });
  }
}
