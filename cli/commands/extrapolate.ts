import { extname } from 'node:path';
import { DEFAULT_QUANTILES, type Forecast, MAX_STEP } from '../../infer/learning-curve.ts';
import { writeFileAtomic } from '../../train/write-file.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';
import {
  COLOUR_OPTION,
  finiteNumber,
  INFERENCE_DEVICE_OPTIONS,
  type INFERENCE_DEVICES,
  JSON_OPTION,
  loadOptions,
  numberList,
  pointsOrShare,
  wholeNumber,
} from '../options.ts';
import { PLOT_QUANTILES, plotCurve } from '../plot-data.ts';
import { type CurveFile, type FileCurve, readCurves } from '../read-curves.ts';
import type { Terminal } from '../terminal.ts';
import { terminalPlot } from '../terminal-plot.ts';
import { textTable } from '../text-table.ts';

interface Options {
  readonly checkpoint: string;
  readonly horizon: number;
  readonly observed?: number | `${number}%`;
  readonly quantiles: readonly number[];
  readonly target?: number;
  readonly plot?: string;
  readonly json?: boolean;
  readonly device: (typeof INFERENCE_DEVICES)[number];
  readonly threads?: number;
}

/** More pictures than these are no longer read. */
const MAX_TERMINAL_PLOTS = 3;
const MAX_SVG_PLOTS = 24;

export const command: Command<Options> = {
  arguments: [
    { name: '<file>', description: 'CSV: a column per curve, or columns curve,step,value; values rise within [0, 1]' },
  ],
  options: [
    { flags: '--checkpoint <name>', description: 'name of a shipped checkpoint, or a folder', default: 'lc' },
    {
      flags: '--horizon <steps>',
      description: `last step to predict, at most ${MAX_STEP} (evaluations, where those are counted)`,
      default: MAX_STEP,
      parse: wholeNumber('--horizon', 2, MAX_STEP),
    },
    {
      flags: '--observed <n>',
      description: 'use only the first n points of each curve, or that share (20%); score the later ones',
      parse: pointsOrShare('--observed'),
    },
    {
      flags: '--quantiles <list>',
      description: 'quantiles in the JSON, with commas between',
      default: DEFAULT_QUANTILES,
      parse: numberList('--quantiles', 0, 1),
    },
    {
      flags: '--target <value>',
      description: 'give the probability that the final value is above this',
      parse: finiteNumber('--target'),
    },
    { flags: '--plot <file.svg>', description: 'draw the forecasts into an SVG file', parse: svgPath },
    JSON_OPTION,
    ...INFERENCE_DEVICE_OPTIONS,
    COLOUR_OPTION,
  ],
  examples: [
    'extrapolate run.csv',
    'extrapolate run.csv --observed 40% --plot run.svg',
    'extrapolate runs.csv --target 0.75 --horizon 60 --json',
  ],
  run,
};

function svgPath(path: string): string {
  if (extname(path).toLowerCase() === '.svg') return path;
  throw new UsageError(`--plot writes SVG, so its file must end in .svg, got '${path}'.`);
}

async function run([path]: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const file = readCurves(path);
  for (const note of file.notes) terminal.note(note);
  const { loadLearningCurveModel } = await import('../../infer/learning-curve.node.ts');
  const { horizon, observed, target } = options;
  const model = await loadLearningCurveModel(options.checkpoint, loadOptions(options));
  const start = performance.now();
  const forecasts = await model.extrapolate(file.curves, {
    horizon,
    observed,
    target,
    quantiles: [...new Set([...options.quantiles, ...PLOT_QUANTILES])],
    keepDistributions: false,
    onProgress: (done, total) => total > done && terminal.progress(`${done} of ${total} curves`),
  });
  terminal.progress('');
  const seconds = (performance.now() - start) / 1000;
  const { name: checkpoint, device } = model.predictor;
  await model.dispose();
  if (options.plot !== undefined) {
    await writePlot(options.plot, file, forecasts, target);
    terminal.note(`wrote ${options.plot}`);
    if (forecasts.length > MAX_SVG_PLOTS) terminal.note(`the plot shows the first ${MAX_SVG_PLOTS} curves`);
  }
  if (options.json) {
    const curves = forecasts.map((forecast, i) => toJson(forecast, file.curves[i], options.quantiles));
    terminal.out(JSON.stringify({ checkpoint, device, seconds, curves }));
    return;
  }
  terminal.out(drawPlots(file, forecasts, target, terminal));
  terminal.out(forecastTable(file.curves, forecasts));
  terminal.out(`\n${checkpoint} on ${device.name} (${device.reason}), ${seconds.toFixed(3)} s`);
}

async function writePlot(path: string, file: CurveFile, forecasts: readonly Forecast[], target?: number) {
  const { svgPlot } = await import('../svg-plot.ts');
  const curves = forecasts.slice(0, MAX_SVG_PLOTS).map((forecast, i) => plotCurve(file.curves[i], forecast));
  writeFileAtomic(path, await svgPlot(curves, { ...file, target }));
}

/** The contract of `--json`: steps are the file's own, and only the quantiles that were asked for are in it. */
function toJson(forecast: Forecast, { stepInFile }: FileCurve, levels: readonly number[]) {
  const { name, observed, steps, mean, variance, quantiles, final, target, logDensity } = forecast;
  const pick = <T>(from: Readonly<Record<string, T>>) =>
    Object.fromEntries(levels.map((level) => [String(level), from[String(level)]]));
  return {
    name,
    observed,
    steps: steps.map(stepInFile),
    mean,
    variance,
    quantiles: pick(quantiles),
    final: { step: stepInFile(final.step), mean: final.mean, quantiles: pick(final.quantiles) },
    target,
    logDensity,
  };
}

function drawPlots(
  file: CurveFile,
  forecasts: readonly Forecast[],
  target: number | undefined,
  { columns, colour }: Terminal,
): string {
  const shown = forecasts.slice(0, forecasts.length <= MAX_TERMINAL_PLOTS ? MAX_TERMINAL_PLOTS : 1);
  return shown
    .map((forecast, i) => {
      const plot = terminalPlot(plotCurve(file.curves[i], forecast), { width: columns, colour, target });
      return `${forecast.name} by ${file.stepTitle}\n\n${plot}\n`;
    })
    .join('\n');
}

function forecastTable(curves: readonly FileCurve[], forecasts: readonly Forecast[]): string {
  const hasLater = forecasts.some(({ later }) => later !== null);
  const target = forecasts[0].target;
  const show = (value: number) => value.toFixed(3);
  const header = ['curve', 'seen', 'last', 'final step', 'median', '50 % interval', '90 % interval'];
  if (target) header.push(`P(> ${target.value})`);
  if (hasLater) header.push('actual', 'nats/point');
  const rows = forecasts.map((forecast, i) => {
    const { name, observed, final, later, logDensity } = forecast;
    const q = final.quantiles;
    const row = [
      name,
      String(observed),
      show(curves[i].values[observed - 1]),
      String(Number(curves[i].stepInFile(final.step).toPrecision(6))),
      show(q['0.5']),
      `${show(q['0.25'])}..${show(q['0.75'])}`,
      `${show(q['0.05'])}..${show(q['0.95'])}`,
    ];
    if (forecast.target) row.push(`${(100 * forecast.target.probability).toFixed(1)} %`);
    if (hasLater) {
      row.push(later ? show(later[later.length - 1]) : '');
      row.push(logDensity ? (logDensity.reduce((sum, value) => sum + value, 0) / logDensity.length).toFixed(2) : '');
    }
    return row;
  });
  return textTable(header, rows);
}
