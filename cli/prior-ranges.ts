/** Whether the numbers of files are of the sizes that a checkpoint was trained for. */
import type { Predictor } from '../infer/predictor.ts';
import { createPrior, type Prior } from '../priors/index.ts';
import { randomStream } from '../priors/random.ts';
import type { ContextFile, RowFile } from './read/read-rows.ts';
import { fourDigits } from './stop-options.ts';

/** Draws from the prior that show where its numbers lie. */
const DATASETS = 100;
const MOST_ROWS = 20;
/** How far outside the draws a number may be, in parts of their range: all of the inputs lie in it, and targets have tails. */
const INPUT_SLACK = 0.5;
const TARGET_SLACK = 1;

type Range = readonly [low: number, high: number];

const rangeOf = (values: Iterable<number>): Range => {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
};

/** Null where the library has no prior of that name, or one that does not take the options: then it is not the one of the checkpoint. */
function priorOf({ name, options }: Predictor['config']['prior']): Prior | null {
  try {
    return createPrior(name, options);
  } catch {
    return null;
  }
}

/**
 * A line for each column that goes far beyond what the prior draws: the network answers there, too, as if it were nothing. [] for a prior of the
 * user's own, whose code is not run for this.
 */
export function rangeNotes({ name, config }: Predictor, context: ContextFile, query: RowFile | null): string[] {
  // Curves and tables are seen in units of their own, whatever their size.
  if ((config.model.units ?? 'own') !== 'own') return [];
  const prior = priorOf(config.prior);
  if (prior === null) return [];
  const numContext = Math.min(MOST_ROWS, prior.maxRows - 1);
  const drawn = prior.sample(randomStream('ranges'), { numDatasets: DATASETS, numContext, numQuery: 1 });
  const noteOn = (file: string, column: string, values: readonly number[], usual: Range, slack: number): string[] => {
    if (!(usual[0] < usual[1])) return []; // a column that its draws lack, or that says nothing
    const [low, high] = rangeOf(values);
    const reach = slack * (usual[1] - usual[0]);
    if (low >= usual[0] - reach && high <= usual[1] + reach) return [];
    return [
      `${file}: '${column}' goes from ${fourDigits(low)} to ${fourDigits(high)}, and draws of the prior of ${name} from ${fourDigits(usual[0])} to ${fourDigits(usual[1])}: answers there mean little. Rescale it.`,
    ];
  };
  const usualInputs = context.inputs.map((_, at) =>
    rangeOf(drawn.contextX.filter((_, i) => i % drawn.numFeatures === at)),
  );
  const files = query === null ? [context] : [context, query];
  return [
    ...files.flatMap(({ file, inputs, x }) =>
      inputs.flatMap((input, at) => {
        const values = x.map((row) => row[at]);
        return noteOn(file, input, values, usualInputs[at], INPUT_SLACK);
      }),
    ),
    ...(prior.numClasses === undefined
      ? noteOn(context.file, context.target, context.y, rangeOf(drawn.contextY), TARGET_SLACK)
      : []),
  ];
}
