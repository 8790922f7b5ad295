import { resolve } from 'node:path';
import type { CurveEvaluation } from '../../infer/evaluate-curves.ts';
import { type Given, toldValues } from '../../infer/posterior.ts';
import type { Predictor } from '../../infer/predictor.ts';
import { NUM_INPUTS } from '../../model/hyperparameters.ts';
import type { Prior } from '../../priors/prior.ts';
import type { PriorEvaluation } from '../../train/evaluate-prior.ts';
import { writeFileAtomic } from '../../train/write-file.ts';
import { checkOutputs } from '../check-outputs.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';
import { GIVEN_OPTION, givenText } from '../given.ts';
import {
  fileOf,
  INFERENCE_DEVICE_OPTIONS,
  type INFERENCE_DEVICES,
  JSON_OPTION,
  kindOf,
  loadOptions,
  numberList,
  THEME_OPTION,
  wholeNumber,
} from '../options.ts';
import { evaluationCells, withError } from '../plot/evaluation-table.ts';
import { readMatrix } from '../read/read-matrix.ts';
import type { Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';

interface Options {
  readonly curves?: string;
  readonly cutoffs: readonly number[];
  readonly contexts?: readonly number[];
  readonly datasets?: number;
  readonly queries?: number;
  readonly exact?: number;
  readonly given?: Given;
  readonly prior?: string;
  readonly seed?: number;
  readonly plot?: string;
  readonly theme?: 'light' | 'dark';
  readonly json?: boolean;
  readonly device: (typeof INFERENCE_DEVICES)[number];
  readonly threads?: number;
}

/** Numbers of context rows that are scored where none are named and the prior has as many rows. */
const CONTEXT_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500];

const DATASETS = 500;
const CUTOFFS: readonly number[] = [10, 20, 40, 80];

export const command: Command<Options> = {
  arguments: [{ name: '<checkpoint>', description: 'name of a shipped checkpoint, or a folder' }],
  options: [
    {
      flags: '--contexts <list>',
      description: `numbers of context rows (default: ${CONTEXT_SIZES.slice(0, 7).join(',')})`,
      parse: numberList('--contexts', 0, Infinity),
    },
    {
      flags: '--datasets <n>',
      description: `held-out data sets per number of context rows (default: ${DATASETS})`,
      parse: wholeNumber('--datasets', 2, 1e6),
    },
    {
      flags: '--queries <n>',
      description: 'query rows per data set (default: 20, or half of the rows of a prior with fewer than 40)',
      parse: wholeNumber('--queries', 1, 1e4),
    },
    {
      flags: '--exact <n>',
      description:
        'how many data sets are answered exactly too (default: all in closed form, 20 by MCMC, as where --given leaves a hyperparameter open)',
      parse(text) {
        const count = wholeNumber('--exact', 0, 1e6)(text);
        if (count === 1)
          throw new UsageError('--exact must be 0 or at least 2, got 1: one data set has no standard error.');
        return count;
      },
    },
    GIVEN_OPTION,
    { flags: '--prior <file>', description: 'the module of your own prior; its code is run' },
    {
      flags: '--seed <n>',
      description: 'of the held-out data sets (default: 0)',
      parse: wholeNumber('--seed', 0, 2 ** 31),
    },
    {
      flags: '--plot <file>',
      description: 'draw one data set, calibration and distance to the exact posterior into an .svg or .html file',
      parse: fileOf('--plot', 'svg', 'html'),
    },
    THEME_OPTION,
    {
      flags: '--curves <file>',
      description: 'score on these complete learning curves: CSV, a row per curve, a column per step',
    },
    {
      flags: '--cutoffs <list>',
      description: 'with --curves: percentages of the steps that are seen; the others are scored',
      default: CUTOFFS,
      parse: numberList('--cutoffs', 0, 100),
    },
    JSON_OPTION,
    ...INFERENCE_DEVICE_OPTIONS,
  ],
  examples: [
    'evaluate gp --given lengthScale=0.3,noise=0.1 --plot gp.svg',
    'evaluate runs/mine --prior ./my-prior.ts --contexts 5,50 --json',
    'evaluate lc --curves curves.csv',
  ],
  run,
};

async function run([checkpoint]: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  checkOutputs([options.curves, options.prior], options);
  if (options.curves !== undefined && options.plot !== undefined) {
    throw new UsageError(
      '--plot draws scores on draws from the prior, and --curves scores curves of a file. Leave out one.',
    );
  }
  const { curves: file, cutoffs, given, exact, contexts, prior, queries, datasets, seed } = options;
  const ofPrior = Object.entries({ given, exact, contexts, prior, queries, datasets, seed }).find(
    ([, value]) => value !== undefined,
  );
  if (file !== undefined && ofPrior !== undefined) {
    throw new UsageError(
      `--${ofPrior[0]} is about draws from the prior, and --curves scores curves of a file. Leave out one.`,
    );
  }
  if (file === undefined && cutoffs !== CUTOFFS) {
    throw new UsageError('--cutoffs is about the curves of a file. Name it with --curves, or leave out --cutoffs.');
  }
  const { loadPredictor } = await import('../../infer/load.node.ts');
  const curves = options.curves === undefined ? undefined : readMatrix(options.curves);
  const predictor = await loadPredictor(checkpoint, loadOptions(options));
  try {
    const { result, text } =
      curves === undefined
        ? await scoreOnPrior(predictor, options, terminal)
        : await scoreOnCurves(predictor, curves, options, terminal);
    terminal.progress('');
    const { name, device } = predictor;
    terminal.out(options.json ? JSON.stringify(result) : `${text}\n\n${name} on ${device.name} (${device.reason})`);
  } finally {
    terminal.progress('');
    await predictor.dispose();
  }
}

async function scoreOnCurves(
  predictor: Predictor,
  curves: readonly (readonly number[])[],
  { cutoffs }: Options,
  terminal: Terminal,
) {
  const { evaluateCurves } = await import('../../infer/evaluate-curves.ts');
  const onProgress = showProgress(terminal, 'forecasts');
  const result = await evaluateCurves(predictor, curves, { cutoffs, onProgress });
  const milliseconds = (1000 * result.secondsPerCurve).toPrecision(3);
  return {
    result,
    text: `${curveTable(result)}\n\n${result.curves} curves, ${milliseconds} ms per forecast in the network`,
  };
}

async function scoreOnPrior(predictor: Predictor, options: Options, terminal: Terminal) {
  const { loadPrior } = await import('../../train/load-prior.ts');
  const { evaluatePrior } = await import('../../train/evaluate-prior.ts');
  const { name, options: priorOptions } = predictor.config.prior;
  const prior = await loadPrior({ name, options: priorOptions, module: options.prior && resolve(options.prior) }).catch(
    (error: Error) => {
      if (options.prior !== undefined || !error.message.startsWith('createPrior')) throw error;
      throw new UsageError(
        `${predictor.name} was trained on the prior '${name}', which is not ours. Give its module with --prior.`,
      );
    },
  );
  const own = predictor.config.prior;
  if (prior.name !== own.name || JSON.stringify(prior.options) !== JSON.stringify(own.options)) {
    terminal.note(
      `scores on the prior ${prior.name} ${JSON.stringify(prior.options)}; ${predictor.name} was trained on ${own.name} ${JSON.stringify(own.options)}`,
    );
  }
  if (options.given !== undefined) checkGiven(prior, options.given);
  const queries = options.queries ?? Math.min(20, Math.floor(prior.maxRows / 2));
  const most = prior.maxRows - queries;
  if (most < 1) {
    throw new UsageError(
      `--queries must be less than the ${prior.maxRows} rows of the prior, got ${queries}. One row at least is context.`,
    );
  }
  const contextSizes = options.contexts ?? CONTEXT_SIZES.filter((size) => size <= most);
  const tooLarge = contextSizes.find((size) => !Number.isInteger(size) || size > most);
  if (tooLarge !== undefined || contextSizes.length === 0) {
    throw new UsageError(
      `--contexts must be whole numbers up to ${most} (${prior.maxRows} rows of the prior less ${queries} queries), got ${tooLarge ?? 'none'}.`,
    );
  }
  const result = await evaluatePrior(predictor, prior, {
    contextSizes,
    datasets: options.datasets ?? DATASETS,
    queriesPerDataset: queries,
    exactDatasets: options.exact,
    given: options.given,
    seed: options.seed ?? 0,
    onProgress: showProgress(terminal, 'data sets'),
  });
  if (options.exact && Object.values(result.contexts).every((scores) => scores.exact === null)) {
    terminal.note(`--exact: the prior ${prior.name} has no exact posterior, so there is none to compare with`);
  }
  if (options.plot !== undefined) await writePlot(options.plot, predictor, prior, result, options, terminal);
  return { result, text: priorTable(result) };
}

/** Refuses what the prior does not tell. */
function checkGiven({ hyperparameters = [] }: Prior, given: Given): void {
  try {
    toldValues(hyperparameters, given, Number(given[NUM_INPUTS] ?? 1));
  } catch (error) {
    throw new UsageError(`--${(error as Error).message}`);
  }
}

const showProgress = (terminal: Terminal, what: string) => (done: number, total: number) =>
  terminal.progress(`${done} of ${total} ${what} (${Math.round((100 * done) / total)} %)`);

function priorTable(evaluation: PriorEvaluation): string {
  const { prior, datasets, queriesPerDataset, contexts } = evaluation;
  const { header, rows } = evaluationCells(evaluation);
  const [{ exact }] = Object.values(contexts);
  const truth = exact === null ? '' : `; exact: ${exact.method}, ${exact.datasets} data sets`;
  return (
    `${textTable(header, rows)}\n\n` +
    `prior ${prior}, ${datasets} data sets per row, ${queriesPerDataset} queries each${truth}`
  );
}

async function writePlot(
  path: string,
  predictor: Predictor,
  prior: Prior,
  evaluation: PriorEvaluation,
  { given, seed = 0, theme }: Options,
  terminal: Terminal,
): Promise<void> {
  const { comparePosterior } = await import('../../train/compare-posterior.ts');
  const { evaluationHtml, evaluationSvg } = await import('../plot/evaluation-plot.ts');
  terminal.progress(`${path} ...`);
  const comparison = await comparePosterior(predictor, prior, { given, seed });
  const draw = kindOf(path) === 'html' ? evaluationHtml : evaluationSvg;
  const title = `${predictor.name} on draws from ${prior.name}`;
  writeFileAtomic(path, await draw(evaluation, comparison, { title, subtitle: givenText(given), theme }));
  terminal.progress('');
  terminal.note(`wrote ${path}`);
}

function curveTable({ cutoffs }: CurveEvaluation): string {
  const rows = Object.entries(cutoffs).map(([cutoff, scores]) => [
    `${cutoff} %`,
    withError({ mean: scores.logLikelihood, standardError: scores.standardError.logLikelihood }),
    scores.mse.toExponential(2),
    `${(100 * scores.coverage90).toFixed(1)} %`,
  ]);
  return textTable(['seen', 'log-likelihood (nats)', 'MSE of the mean', '90 % interval covers'], rows);
}
