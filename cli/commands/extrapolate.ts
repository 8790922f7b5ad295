import { frameKind } from '../../infer/curve-frame.ts';
import { type Forecast, REACHED_LEVELS, type TargetForecast } from '../../infer/forecast.ts';
import type { GOALS } from '../../infer/goal.ts';
import { defaultHorizon } from '../../infer/horizon.ts';
import {
  type CurveDraws,
  countObserved,
  DEFAULT_QUANTILES,
  type ExtrapolateOptions,
  type LearningCurveModel,
} from '../../infer/learning-curve.ts';
import { fourDigits, percent, stepText } from '../../infer/number-text.ts';
import { randomStream } from '../../priors/random.ts';
import { writeFileAtomic } from '../../train/write-file.ts';
import { boundsHint } from '../bounds-hint.ts';
import { checkOutputs } from '../check-outputs.ts';
import type { Command } from '../command.ts';
import { type CsvColumn, csvText, quantileName } from '../csv-text.ts';
import { boundsJson, type CurveSettings, commonMetric, type FileSettings, settingsOf } from '../curve-settings.ts';
import { UsageError } from '../errors.ts';
import {
  COLOUR_OPTION,
  checkDraws,
  DRAWS_THAT_TELL,
  drawOptions,
  fileOf,
  finiteNumber,
  type INFERENCE_DEVICES,
  JSON_OPTION,
  kindOf,
  loadOptions,
  numberList,
  pointsOrShare,
  THEME_OPTION,
} from '../options.ts';
import { PLOT_QUANTILES, plotCurve } from '../plot/plot-data.ts';
import { terminalPlot } from '../plot/terminal-plot.ts';
import type { CurveFile, FileCurve } from '../read/curve-file.ts';
import { filesTitle, readCurveFiles } from '../read/read-curve-files.ts';
import { CHECKPOINT_OPTION, curveOptions, READING_OPTIONS } from '../stop-options.ts';
import type { Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';
import { counted, quoted } from '../wording.ts';

interface Options {
  readonly checkpoint: string;
  readonly horizon?: number;
  readonly goal: (typeof GOALS)[number];
  readonly lower?: number;
  readonly upper?: number;
  readonly observed?: number | `${number}%`;
  readonly quantiles: readonly number[];
  readonly target?: number;
  readonly draws?: number;
  readonly seed: number;
  readonly plot?: string;
  readonly out?: string;
  readonly logY?: boolean;
  readonly theme?: 'light' | 'dark';
  readonly stepKey?: string;
  readonly valueKey?: string;
  readonly curveKey?: string;
  readonly json?: boolean;
  readonly device: (typeof INFERENCE_DEVICES)[number];
  readonly threads?: number;
}

/** More pictures than these are no longer read. */
const MAX_TERMINAL_PLOTS = 3;
const MAX_FILE_PLOTS = 36;

export const command: Command<Options> = {
  arguments: [
    {
      name: '<files...>',
      description: 'curves as CSV, JSON, JSON lines, or TensorBoard events (a file or a folder of runs)',
    },
  ],
  options: [
    CHECKPOINT_OPTION,
    ...curveOptions(
      'the last step of the file with --observed, the end that the file names, or twice as far as was seen and at least 100',
    ),
    {
      flags: '--observed <n>',
      description: 'use only the first n points of each curve, or that share (20%); score the later ones',
      parse: pointsOrShare('--observed'),
    },
    {
      flags: '--quantiles <list>',
      description: 'quantiles in the JSON and in --out, with commas between',
      default: DEFAULT_QUANTILES,
      parse: numberList('--quantiles', 0, 1),
    },
    {
      flags: '--target <value>',
      description: 'the probability to end beyond this, and the step at which it will have been reached',
      parse: finiteNumber('--target'),
    },
    ...drawOptions(
      `draw n whole futures of each curve, for --plot and --json; ${DRAWS_THAT_TELL} or more tell when --target is reached`,
    ),
    {
      flags: '--plot <file>',
      description: 'draw the forecasts into an .svg file, or into an .html page with values under the pointer',
      parse: fileOf('--plot', 'svg', 'html'),
    },
    { flags: '--log-y', description: 'a logarithmic axis of values in --plot' },
    THEME_OPTION,
    {
      flags: '--out <file>',
      description: 'write the forecasts into a .csv file: a row per curve and step',
      parse: fileOf('--out', 'csv'),
    },
    JSON_OPTION,
    ...READING_OPTIONS,
    COLOUR_OPTION,
  ],
  examples: [
    'extrapolate run.csv',
    'extrapolate losses.csv --goal minimize --lower 0 --horizon 90000',
    'extrapolate log.jsonl --step-key epoch --value-key eval.loss --target 0.3',
    'extrapolate tensorboard-logs/ --value-key accuracy/val --upper 1 --plot runs.html',
    'extrapolate run.csv --draws 20 --plot futures.svg',
    'extrapolate runs/*/log.jsonl --value-key val_loss --out forecasts.csv',
    'extrapolate runs.csv --observed 40% --json',
  ],
  run,
};

async function run(paths: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  checkDraws(options);
  checkOutputs(paths, options);
  const read = readCurveFiles(paths, options);
  for (const note of read.notes) terminal.note(note);
  if (options.logY) for (const curve of read.curves) checkPositive(curve);
  const decided = decide(read, options);
  for (const note of [decided.goalNote, decided.boundsNote]) if (note !== null) terminal.note(note);
  const { LearningCurveModel } = await import('../../infer/learning-curve.node.ts');
  const { observed, target } = options;
  const model = await LearningCurveModel.load(options.checkpoint, loadOptions(options));
  const { minObserved } = frameKind(model.predictor.config);
  const open = openCurves(filesTitle(paths), read.curves, minObserved, options);
  for (const note of open.notes) terminal.note(note);
  const file = { ...read, curves: open.at.map((i) => read.curves[i]) };
  const horizon = options.horizon ?? commonHorizon(file, options);
  if (options.horizon === undefined && horizon !== undefined) {
    terminal.note(
      `horizon ${stepText(horizon)}: ${file.end === horizon ? 'the end that the file names' : HORIZON_REASON}. Another one: --horizon.`,
    );
  }
  const settings = open.at.map((i) => decided.settings[i]);
  const last = Math.max(...file.curves.map(({ steps }) => steps[steps.length - 1]));
  if (observed !== undefined && options.horizon !== undefined && options.horizon > last) {
    terminal.note(
      `--observed forecasts the later points of the file, which end at step ${stepText(last)}, before --horizon`,
    );
  }
  const start = performance.now();
  const forecasts = await extrapolate(model, file.curves, settings, {
    horizon,
    observed,
    target,
    quantiles: [...new Set([...options.quantiles, ...PLOT_QUANTILES])],
    keepDistributions: false,
    onProgress: (done, total) => total > done && terminal.progress(`${done} of ${total} curves`),
  });
  const futures = await drawFutures(model, file.curves, settings, { ...options, horizon }, terminal);
  terminal.progress('');
  const seconds = (performance.now() - start) / 1000;
  const { name: checkpoint, device } = model.predictor;
  await model.dispose();
  const hint = boundsHint(file.curves, forecasts, settings);
  if (hint !== null) terminal.note(hint);
  if (options.plot !== undefined) {
    await writePlot(options.plot, file, forecasts, futures, decided.areMetrics, options);
    terminal.note(`wrote ${options.plot}`);
    if (forecasts.length > MAX_FILE_PLOTS) terminal.note(`the picture shows the first ${MAX_FILE_PLOTS} curves`);
  }
  if (options.out !== undefined) {
    const rows = forecasts.reduce((sum, { steps }) => sum + steps.length, 0);
    writeFileAtomic(options.out, csvText(csvColumns(forecasts, options.quantiles)));
    terminal.note(`wrote ${options.out}: ${counted(rows, 'row')}`);
  }
  if (options.json) {
    const curves = forecasts.map((forecast, i) => ({
      ...toJson(forecast, settings[i], options.quantiles, futures?.[i]),
    }));
    const [{ goal: first }] = settings;
    const goal = settings.every((each) => each.goal.goal === first.goal) ? first : null;
    terminal.out(JSON.stringify({ checkpoint, device, seconds, goal, curves }));
    return;
  }
  terminal.out(drawPlots(file, forecasts, target, terminal));
  terminal.out(forecastTable(file.curves, forecasts, futures));
  terminal.out(`\n${checkpoint} on ${device.name} (${device.reason}), ${seconds.toFixed(3)} s`);
}

/** Before anything is computed. */
function checkPositive({ name, values }: FileCurve): void {
  const outside = values.find((value) => value <= 0);
  if (outside === undefined) return;
  throw new UsageError(`--log-y shows values above 0 only, and curve '${name}' has ${outside}. Leave it out.`);
}

/** Where the curves are that can be forecast, and notes on the others; where none can, all, and the first forecast says why. */
function openCurves(source: string, curves: readonly FileCurve[], least: number, { horizon, observed }: Options) {
  const isShort = ({ steps }: FileCurve) => steps.length < least;
  const isPast = (curve: FileCurve) =>
    !isShort(curve) && curve.steps[countObserved(observed, curve.steps.length, least) - 1] >= (horizon ?? Infinity);
  const at = [...curves.keys()].filter((i) => !isShort(curves[i]) && !isPast(curves[i]));
  if (at.length === 0) return { at: [...curves.keys()], notes: [] };
  const note = (is: (curve: FileCurve) => boolean, why: string) => {
    const names = curves.filter(is).map(({ name }) => name);
    return names.length === 0 ? [] : [`${source}: left out, ${why}: ${quoted(names, 5)}.`];
  };
  const notes = [
    ...note(isShort, `with fewer than the ${least} points that a forecast needs`),
    ...note(isPast, `as seen up to the horizon ${horizon} or beyond`),
  ];
  return { at, notes };
}

const HORIZON_REASON = 'twice as far as was seen, and at least step 100 where steps are counted';

/** One for all curves, so that they can be compared. Undefined where later points are known, and where curves have steps of their own. */
function commonHorizon({ curves, end, areStepsAlike = true }: CurveFile, { observed }: Options): number | undefined {
  if (observed !== undefined || !areStepsAlike) return undefined;
  const seen = Math.max(...curves.map(({ steps }) => steps[steps.length - 1]));
  if (end !== undefined && end > seen) return end;
  return Math.max(...curves.map(({ steps }) => defaultHorizon(steps)));
}

function decide(file: CurveFile, { goal, lower, upper, target, observed }: Options): FileSettings {
  const seen = file.curves.map(({ values }) => values.slice(0, countObserved(observed, values.length, 2)));
  return settingsOf({ goal, lower, upper, known: target }, file, seen);
}

/** Each curve with its own settings, those that share theirs in one call; in the order of the curves. */
async function extrapolate(
  model: LearningCurveModel,
  curves: readonly FileCurve[],
  settings: readonly CurveSettings[],
  { onProgress, ...options }: ExtrapolateOptions,
): Promise<Forecast[]> {
  const alike = new Map<string, number[]>();
  for (const [i, { goal, lower, upper }] of settings.entries()) {
    const key = [goal.goal, lower, upper].join();
    const own = alike.get(key);
    if (own === undefined) alike.set(key, [i]);
    else own.push(i);
  }
  const forecasts: Forecast[] = new Array(curves.length);
  let before = 0;
  for (const own of alike.values()) {
    const { goal, lower, upper } = settings[own[0]];
    const found = await model.extrapolate(
      own.map((i) => curves[i]),
      { ...options, goal: goal.goal, lower, upper, onProgress: (done) => onProgress?.(before + done, curves.length) },
    );
    own.forEach((i, k) => {
      forecasts[i] = found[k];
    });
    before += own.length;
  }
  return forecasts;
}

/** Of each curve, at the steps of its forecast. */
type Futures = readonly CurveDraws[];

/** Null where none are asked for. No curve depends on the others. */
async function drawFutures(
  model: LearningCurveModel,
  curves: readonly FileCurve[],
  settings: readonly CurveSettings[],
  { draws, seed, horizon, observed }: Options,
  terminal: Terminal,
): Promise<Futures | null> {
  if (draws === undefined) return null;
  const futures: CurveDraws[] = [];
  for (const [i, curve] of curves.entries()) {
    const onProgress = (done: number, total: number) =>
      terminal.progress(`draws of curve ${i + 1} of ${curves.length}: ${done} of ${total} steps`);
    const random = randomStream(seed, 'draws');
    const { goal, lower, upper } = settings[i];
    const asked = { goal: goal.goal, lower, upper, horizon, observed, draws, random, onProgress };
    futures.push(await model.draw(curve, asked));
  }
  return futures;
}

async function writePlot(
  path: string,
  file: CurveFile,
  forecasts: readonly Forecast[],
  futures: Futures | null,
  areMetrics: boolean,
  { target, logY, theme }: Options,
) {
  const isHtml = kindOf(path) === 'html';
  const draw = isHtml ? (await import('../plot/html-plot.ts')).htmlPlot : (await import('../plot/svg-plot.ts')).svgPlot;
  const curves = forecasts
    .slice(0, MAX_FILE_PLOTS)
    .map((forecast, i) => plotCurve(file.curves[i], forecast, futures?.[i].values));
  const titles = { stepTitle: file.stepTitle, valueTitle: commonMetric(file) ?? file.valueTitle };
  const axes = { logValue: logY, ownValues: areMetrics };
  writeFileAtomic(path, await draw(curves, { ...titles, ...axes, target, theme }));
}

/** The contract of `--json`: only the quantiles that were asked for are in it. */
function toJson(
  forecast: Forecast,
  { goal, lower, upper }: CurveSettings,
  levels: readonly number[],
  futures: CurveDraws | undefined,
) {
  const { name, observed, steps, mean, variance, quantiles, final, target, laterLogDensity } = forecast;
  const pick = <T>(from: Readonly<Record<string, T>>) =>
    Object.fromEntries(levels.map((level) => [String(level), from[String(level)]]));
  return {
    name,
    observed,
    goal,
    ...boundsJson({ lower, upper }),
    steps,
    mean,
    variance,
    quantiles: pick(quantiles),
    final: { ...final, quantiles: pick(final.quantiles) },
    target: target && { ...target, ...stepsReached(target, futures) },
    logDensity: laterLogDensity,
    ...(futures && { draws: futures.values }),
  };
}

/** A row per curve and step. */
function csvColumns(forecasts: readonly Forecast[], levels: readonly number[]): CsvColumn[] {
  const column = (name: string, of: (forecast: Forecast) => CsvColumn['values']): CsvColumn => ({
    name,
    values: forecasts.flatMap((forecast) => [...of(forecast)]),
  });
  return [
    column('curve', ({ name, steps }) => steps.map(() => name)),
    column('step', ({ steps }) => steps),
    column('mean', ({ mean }) => mean),
    column('sd', ({ variance }) => variance.map(Math.sqrt)),
    ...levels.map((level) => column(quantileName(level), ({ quantiles }) => quantiles[String(level)])),
    ...(forecasts.some(({ later }) => later !== null)
      ? [column('actual', ({ later, steps }) => later ?? steps.map(() => null))]
      : []),
  ];
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
      const plot = terminalPlot(plotCurve(file.curves[i], forecast), {
        width: columns,
        colour,
        target,
      });
      return `${forecast.name} by ${file.stepTitle}\n\n${plot}\n`;
    })
    .join('\n');
}

function forecastTable(curves: readonly FileCurve[], forecasts: readonly Forecast[], futures: Futures | null): string {
  const hasLater = forecasts.some(({ later }) => later !== null);
  const target = forecasts[0].target;
  const header = ['curve', 'seen', 'last', 'final step', 'median', '50 % interval', '90 % interval'];
  const signs = new Set(forecasts.map(({ goal }) => (goal.goal === 'maximize' ? '>' : '<')));
  if (target)
    header.push(`P(${signs.size === 1 ? [...signs][0] : 'beats'} ${target.value})`, `reaches ${target.value} at`);
  if (hasLater) header.push('actual', 'nats/point');
  const rows = forecasts.map((forecast, i) => {
    const { name, observed, final, later, laterLogDensity } = forecast;
    const q = final.quantiles;
    const row = [
      name,
      String(observed),
      fourDigits(curves[i].values[observed - 1]),
      stepText(final.step),
      fourDigits(q['0.5']),
      `${fourDigits(q['0.25'])}..${fourDigits(q['0.75'])}`,
      `${fourDigits(q['0.05'])}..${fourDigits(q['0.95'])}`,
    ];
    if (forecast.target) {
      const { probability, probabilityBelow } = forecast.target;
      row.push(percent(forecast.goal.goal === 'maximize' ? probability : probabilityBelow));
      row.push(reachedText(forecast.target, forecast.steps, futures?.[i]));
    }
    if (hasLater) {
      row.push(later ? fourDigits(later[later.length - 1]) : '');
      row.push(
        laterLogDensity ? (laterLogDensity.reduce((sum, v) => sum + v, 0) / laterLogDensity.length).toFixed(2) : '',
      );
    }
    return row;
  });
  return textTable(header, rows);
}

/** The step at which the target is reached: its median and 90 % interval as far as they lie before the last step, or the observed one at which it was. */
function reachedText(target: TargetForecast, steps: readonly number[], futures: CurveDraws | undefined): string {
  const show = (step: number | null) => (step === null ? `> ${stepText(steps[steps.length - 1])}` : stepText(step));
  const { '0.05': early, '0.5': middle, '0.95': late } = stepsReached(target, futures).reachedBy;
  if (early !== null && early < steps[0]) return `${show(early)} (seen)`;
  return early === null ? show(null) : `${show(middle)} (${show(early)}..${show(late)})`;
}

/** Quantiles of that step: counted over whole futures where there are enough of them. */
function stepsReached({ value, reachedBy }: TargetForecast, futures: CurveDraws | undefined) {
  if (futures === undefined || futures.values.length < DRAWS_THAT_TELL) return { reachedBy, reachedFrom: 'steps' };
  const { quantile } = futures.stepReached(value);
  return { reachedBy: Object.fromEntries(REACHED_LEVELS.map((p) => [String(p), quantile(p)])), reachedFrom: 'draws' };
}
