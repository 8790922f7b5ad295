/** Whether the numbers of files are of the sizes that a checkpoint was trained for. */
import { fourDigits } from '../infer/number-text.ts';
import type { Predictor } from '../infer/predictor.ts';
import type { Feature } from '../model/features.ts';
import { createPrior, type Prior } from '../priors/index.ts';
import { randomStream } from '../priors/random.ts';
import { needsPositive } from './check-rows.ts';
import type { ContextFile, RowFile } from './read/read-rows.ts';

/** Draws from the prior that show where its numbers lie. */
const DATASETS = 100;
const MOST_ROWS = 20;
/** How far outside the draws a number may be, in parts of their range: all of the inputs lie in it, and targets have tails. */
const INPUT_SLACK = 0.5;
const TARGET_SLACK = 1;
/** The same of logarithms, where the network sees those of inputs. */
const LOG_SLACK = 0.25;
/** Standard deviations from the mean that inputs of most shapes keep within. */
const SPREAD = 3;

type Range = readonly [low: number, high: number];

const rangeOf = (values: Iterable<number>): Range => {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
};

/** Whether a range goes no further beyond the usual one than this share of that. */
const liesNear = ([low, high]: Range, [from, to]: Range, slack: number): boolean =>
  low >= from - slack * (to - from) && high <= to + slack * (to - from);

const logs = ([low, high]: Range): Range => [Math.log(low), Math.log(high)];

/** Null where the library has no prior of that name, or one that does not take the options: then it is not the one of the checkpoint. */
function priorOf({ name, options }: Predictor['config']['prior']): Prior | null {
  try {
    return createPrior(name, options);
  } catch {
    return null;
  }
}

export interface UsualRanges {
  readonly input: (at: number) => Range;
  readonly target: Range;
}

/** Where draws of the prior lie; null where that is nothing to go by. Of a prior of the user's own, whose code is not run for this, what the checkpoint says: the borders of its bars and the scales of its features. */
export function usualRanges({ config: { prior: source, model }, borders }: Predictor): UsualRanges | null {
  // Curves and tables are seen in units of their own, whatever their size.
  if ((model.units ?? 'own') !== 'own') return null;
  const prior = priorOf(source);
  if (prior === null) {
    const around = (features: readonly Feature[]): Range => {
      const { center, scale } = features.find(({ kind }) => kind === 'linear') ?? { center: 0, scale: Infinity };
      return [center - SPREAD * scale, center + SPREAD * scale];
    };
    return {
      input: () => around(model.xFeatures),
      target: borders.length > 0 ? [borders[0], borders[borders.length - 1]] : around(model.yFeatures),
    };
  }
  // Some contexts that are large, since steps of curves go on with them.
  const shapes = [
    { numDatasets: DATASETS, numContext: Math.min(MOST_ROWS, prior.maxRows - 1), numQuery: 1 },
    { numDatasets: 3, numContext: prior.maxRows - 1, numQuery: 1 },
  ];
  const draws = shapes.map((shape) => prior.sample(randomStream('ranges'), shape));
  const { numFeatures } = draws[0];
  const column = (x: Float32Array, at: number) => x.filter((_, i) => i % numFeatures === at);
  return {
    input: (at) => rangeOf(draws.flatMap(({ contextX, queryX }) => [...column(contextX, at), ...column(queryX, at)])),
    target: rangeOf(draws.flatMap(({ contextY, queryY }) => [...contextY, ...queryY])),
  };
}

/** The only value that an input has in draws of the prior, where it says nothing; else null. */
export function onlyInput(usual: UsualRanges | null): number | null {
  const [from, to] = usual?.input(0) ?? [];
  return from !== undefined && from === to ? from : null;
}

/** A line for each column that goes far beyond what the prior draws: the network answers there, too, as if it were nothing. */
export function rangeNotes(
  predictor: Predictor,
  context: ContextFile,
  query: RowFile | null,
  usual = usualRanges(predictor),
): string[] {
  if (usual === null) return [];
  const { name, config } = predictor;
  const seesLogs = needsPositive(config.model.xFeatures);
  const isInputNear = (own: Range, known: Range) =>
    liesNear(own, known, INPUT_SLACK) && !(seesLogs && known[0] > 0 && !liesNear(logs(own), logs(known), LOG_SLACK));
  const isTargetNear = (own: Range, known: Range) => liesNear(own, known, TARGET_SLACK);
  const noteOn = (
    file: string,
    column: string,
    values: readonly number[],
    known: Range,
    isNear: (own: Range, known: Range) => boolean,
  ): string[] => {
    const [from, to] = known;
    if (!(from <= to)) return []; // a column that its draws lack
    const own = rangeOf(values);
    const [low, high] = own;
    if (from === to) {
      if (low === from && high === from) return [];
      return [
        `${file}: '${column}' goes from ${fourDigits(low)} to ${fourDigits(high)}, and is ${fourDigits(from)} in all draws of the prior of ${name}: answers elsewhere mean nothing. Put ${fourDigits(from)} there.`,
      ];
    }
    if (isNear(own, known)) return [];
    return [
      `${file}: '${column}' goes from ${fourDigits(low)} to ${fourDigits(high)}, and draws of the prior of ${name} from ${fourDigits(from)} to ${fourDigits(to)}: answers there mean little. Rescale it.`,
    ];
  };
  const files = query === null ? [context] : [context, query];
  return [
    ...files.flatMap(({ file, inputs, x }) =>
      inputs.flatMap((input, at) => {
        const values = x.map((row) => row[at]);
        return noteOn(file, input, values, usual.input(at), isInputNear);
      }),
    ),
    ...(config.model.head === 'classes'
      ? []
      : noteOn(context.file, context.target, context.y, usual.target, isTargetNear)),
  ];
}
