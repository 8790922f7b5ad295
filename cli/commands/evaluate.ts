import type { CurveEvaluation } from '../../infer/evaluate-curves.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';
import { INFERENCE_DEVICE_OPTIONS, type INFERENCE_DEVICES, JSON_OPTION, loadOptions, numberList } from '../options.ts';
import { readMatrix } from '../read-matrix.ts';
import type { Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';

interface Options {
  readonly curves?: string;
  readonly cutoffs: readonly number[];
  readonly json?: boolean;
  readonly device: (typeof INFERENCE_DEVICES)[number];
  readonly threads?: number;
}

export const command: Command<Options> = {
  arguments: [{ name: '<checkpoint>', description: 'name of a shipped checkpoint, or a folder' }],
  options: [
    { flags: '--curves <file>', description: 'CSV of complete curves: a row per curve, a column per step' },
    {
      flags: '--cutoffs <list>',
      description: 'percentages of the steps that are seen; the others are scored',
      default: [10, 20, 40, 80],
      parse: numberList('--cutoffs', 0, 100),
    },
    JSON_OPTION,
    ...INFERENCE_DEVICE_OPTIONS,
  ],
  examples: ['evaluate lc --curves curves.csv', 'evaluate runs/lc --curves curves.csv --cutoffs 10,50 --json'],
  run,
};

async function run([checkpoint]: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  if (options.curves === undefined) {
    throw new UsageError('expected --curves <file>, a CSV with a row per curve and a column per step.');
  }
  const curves = readMatrix(options.curves);
  const { loadPredictor } = await import('../../infer/load.node.ts');
  const { evaluateCurves } = await import('../../infer/evaluate-curves.ts');
  const { cutoffs } = options;
  const predictor = await loadPredictor(checkpoint, loadOptions(options));
  try {
    const result = await evaluateCurves(predictor, curves, {
      cutoffs,
      onProgress: (done, total) =>
        terminal.progress(`${done} of ${total} forecasts (${Math.round((100 * done) / total)} %)`),
    });
    terminal.progress('');
    const { name, device } = predictor;
    terminal.out(
      options.json
        ? JSON.stringify(result)
        : `${scoreTable(result)}\n\n${name} on ${device.name} (${device.reason}), ${result.curves} curves, ` +
            `${(1000 * result.secondsPerCurve).toPrecision(3)} ms per forecast in the network`,
    );
  } finally {
    terminal.progress('');
    await predictor.dispose();
  }
}

function scoreTable({ cutoffs }: CurveEvaluation): string {
  // Numeric keys of an object are in rising order.
  const rows = Object.entries(cutoffs).map(([cutoff, scores]) => [
    `${cutoff} %`,
    `${scores.logLikelihood.toFixed(3)} ± ${scores.standardError.logLikelihood.toFixed(3)}`,
    scores.mse.toExponential(2),
    `${(100 * scores.coverage90).toFixed(1)} %`,
  ]);
  return textTable(['seen', 'log-likelihood (nats)', 'MSE of the mean', '90 % interval covers'], rows);
}
