import type { Quantiles } from '../../infer/forecast.ts';
import type { Goal } from '../../infer/goal.ts';
import type { LearningCurveModel } from '../../infer/learning-curve.ts';
import { countObserved } from '../../infer/learning-curve.ts';
import { fourDigits, percent, stepText } from '../../infer/number-text.ts';
import { adviseStop, bestOf } from '../../infer/stopping.ts';
import type { Command } from '../command.ts';
import { boundsJson, type CurveSettings, type FileSettings, metricsOf, settingsOf } from '../curve-settings.ts';
import { UsageError } from '../errors.ts';
import { COLOUR_OPTION, finiteNumber, JSON_OPTION, loadOptions, pointsOrShare } from '../options.ts';
import { type CurveFile, divergedAt, type FileCurve } from '../read/curve-file.ts';
import { filesTitle, readCurveFiles } from '../read/read-curve-files.ts';
import {
  CHECKPOINT_OPTION,
  divergedReason,
  READING_OPTIONS,
  type StopCommandOptions,
  stopOptions,
} from '../stop-options.ts';
import type { Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';
import { counted, quoted } from '../wording.ts';

interface Options extends StopCommandOptions {
  readonly observed?: number | `${number}%`;
  readonly target?: number;
  readonly json?: boolean;
}

/** In the order of the table. */
const ADVICE = ['stop', 'go on', 'too short', 'finished'] as const;

/** Bounds the memory: the forecasts of so many runs are kept at a time (0.4 MB each with 1000 bars and 100 steps). */
const RUNS_PER_CALL = 128;

/** One run as in the JSON; what a run without a forecast has not is null. */
interface Run {
  readonly name: string;
  readonly observed: number;
  readonly last: number;
  readonly best: number;
  readonly advice: (typeof ADVICE)[number];
  /** The largest probability to beat the best of all runs, and the step where it is largest. */
  readonly probability: number | null;
  readonly step: number | null;
  readonly final: {
    readonly step: number;
    readonly median: number;
    readonly quantiles: Quantiles<number>;
    readonly probability: number;
  } | null;
  /** The probability that the final value lies beyond the target, in the direction of the goal. */
  readonly target: { readonly value: number; readonly probability: number } | null;
  readonly reason: string;
}

export const command: Command<Options> = {
  arguments: [
    {
      name: '<files...>',
      description: 'many runs: CSV, JSON, JSON lines, or a folder of TensorBoard runs; in one file or in several',
    },
  ],
  options: [
    CHECKPOINT_OPTION,
    ...stopOptions('the end that the file names, or the largest step of any run'),
    {
      flags: '--target <value>',
      description: 'give the probability that the final value is beyond this',
      parse: finiteNumber('--target'),
    },
    {
      flags: '--observed <n>',
      description: 'what would the advice have been: use only the first n points of each run, or that share (20%)',
      parse: pointsOrShare('--observed'),
    },
    ...READING_OPTIONS,
    JSON_OPTION,
    COLOUR_OPTION,
  ],
  examples: [
    'advise runs.csv',
    'advise runs.csv --horizon 100 --confidence 0.99',
    'advise runs.csv --observed 20% --json',
    'advise runs/*/log.jsonl --value-key val_loss --horizon 50',
  ],
  run,
};

async function run(paths: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const file = readCurveFiles(paths, options);
  for (const note of file.notes) terminal.note(note);
  const seen = file.curves.map((curve) => ({
    ...firstPoints(curve, options.observed),
    diverged: options.observed === undefined ? divergedAt(file, curve) : undefined,
  }));
  const { goal, lower, upper, boundsNote } = decide(file, seen, filesTitle(paths), options);
  const horizon = options.horizon ?? file.end ?? Math.max(...file.curves.map(lastStep));
  const going = seen.filter(({ diverged }) => diverged === undefined);
  if (options.horizon === undefined && going.length > 0 && going.every((curve) => lastStep(curve) >= horizon)) {
    const [all, they] = seen.length === 1 ? ['the only run ends', 'it'] : ['all runs end', 'they'];
    throw new UsageError(
      `${all} at step ${horizon}, so it is not known how far ${they} would go. Give the planned last step with --horizon.`,
    );
  }
  if (options.goal === 'auto') terminal.note(`goal: ${goal.goal} (${goal.reason}); --goal sets it`);
  if (boundsNote !== null) terminal.note(boundsNote);
  const best = bestRun(seen, goal.goal);

  const { LearningCurveModel } = await import('../../infer/learning-curve.node.ts');
  const model = await LearningCurveModel.load(options.checkpoint, loadOptions(options));
  const settings = { ...options, goal: goal.goal, lower, upper, horizon, best: best.value };
  const runs = await judge(model, seen, settings, (done) => terminal.progress(`${done} of ${seen.length} runs`));
  terminal.progress('');
  const { name: checkpoint, device } = model.predictor;
  await model.dispose();

  const { confidence } = options;
  if (options.json) {
    const bounds = boundsJson({ lower, upper });
    terminal.out(JSON.stringify({ checkpoint, device, goal, ...bounds, horizon, confidence, best, runs }));
    return;
  }
  terminal.out(runTable(runs, options.target, goal.goal));
  const toStop = runs.filter(({ advice }) => advice === 'stop').length;
  terminal.out(
    `\nbest so far: ${fourDigits(best.value)} (${best.name}); stop ${toStop} of ${runs.length}: ` +
      `those with at most ${percent(1 - confidence)} chance to beat it up to step ${stepText(horizon)}` +
      (seen.some(({ diverged }) => diverged !== undefined) ? ', and those that diverged' : ''),
  );
  terminal.out(`${checkpoint} on ${device.name} (${device.reason})`);
}

/** Of all runs: what is compared must be of one metric. */
function decide(
  file: CurveFile,
  seen: readonly FileCurve[],
  source: string,
  { goal, lower, upper, target }: Options,
): CurveSettings & Pick<FileSettings, 'boundsNote'> {
  const { settings, areMetrics, boundsNote } = settingsOf(
    { goal, lower, upper, known: target },
    file,
    seen.map(({ values }) => values),
  );
  if (!areMetrics) {
    const [first, ...others] = settings;
    const isCommon = others.every((each) => each.lower === first.lower && each.upper === first.upper);
    if (isCommon) return { ...first, boundsNote };
    const note =
      'the columns are compared as runs of one metric, so bounds by their names do not count. Tell them with --lower, --upper.';
    return { goal: first.goal, lower, upper, boundsNote: note };
  }
  // What --value-key takes.
  const isByMetric = file.hasMetricColumn || file.areOfFiles;
  const names = [
    ...new Set(isByMetric ? (metricsOf(file) ?? []).flatMap((name) => name ?? []) : seen.map(({ name }) => name)),
  ];
  const orRuns = file.areMetrics ? '' : ', or tell --goal where these are runs';
  throw new UsageError(
    `${source}: expected runs of one metric, got several metrics: ${quoted(names, 5)}. Choose one with --value-key${orRuns}.`,
  );
}

const lastStep = ({ steps }: FileCurve): number => steps[steps.length - 1];

function firstPoints({ name, steps, values }: FileCurve, observed: Options['observed']): FileCurve {
  const count = countObserved(observed, steps.length);
  return { name, steps: steps.slice(0, count), values: values.slice(0, count) };
}

function bestRun(curves: readonly FileCurve[], goal: Goal): { readonly name: string; readonly value: number } {
  const bests = curves.map(({ values }) => bestOf(values, goal));
  const value = bestOf(bests, goal);
  return { name: curves[bests.indexOf(value)].name, value };
}

interface Judging extends Options {
  readonly goal: Goal;
  readonly horizon: number;
  readonly best: number;
}

async function judge(
  model: LearningCurveModel,
  curves: readonly FileCurve[],
  settings: Judging,
  onProgress: (done: number) => void,
): Promise<readonly Run[]> {
  const runs = curves.map((curve) => withoutForecast(curve, settings));
  const open = runs.flatMap((run, i) => (run === null ? [i] : []));
  const judged = new Map<number, Run>();
  for (let start = 0; start < open.length; start += RUNS_PER_CALL) {
    const chunk = open.slice(start, start + RUNS_PER_CALL);
    const forecast = await forecastRuns(
      model,
      chunk.map((i) => curves[i]),
      settings,
    );
    for (const [at, run] of forecast.entries()) judged.set(chunk[at], run);
    if (open.length > RUNS_PER_CALL) onProgress(judged.size);
  }
  return runs.map((run, i) => run ?? (judged.get(i) as Run));
}

const seenOf = ({ name, values }: FileCurve, goal: Goal) => ({
  name,
  observed: values.length,
  last: values[values.length - 1],
  best: bestOf(values, goal),
});

/** Runs that need no forecast; null for the others. */
function withoutForecast(curve: FileCurve, { goal, horizon, minPoints }: Judging): Run | null {
  const nothing = { probability: null, step: null, final: null, target: null };
  if (curve.diverged !== undefined) {
    return { ...seenOf(curve, goal), advice: 'stop', ...nothing, reason: divergedReason(curve.diverged) };
  }
  if (lastStep(curve) >= horizon) {
    return {
      ...seenOf(curve, goal),
      advice: 'finished',
      ...nothing,
      reason: `reached the horizon ${stepText(horizon)}`,
    };
  }
  if (curve.values.length < minPoints) {
    const reason = `${counted(curve.values.length, 'point')}, no advice before ${minPoints}: go on`;
    return { ...seenOf(curve, goal), advice: 'too short', ...nothing, reason };
  }
  return null;
}

async function forecastRuns(
  model: LearningCurveModel,
  curves: readonly FileCurve[],
  { goal, horizon, best, lower, upper, target, confidence, minDelta }: Judging,
): Promise<readonly Run[]> {
  const forecasts = await model.extrapolate(curves, { goal, lower, upper, horizon, target });
  return forecasts.map((forecast, i) => {
    const advice = adviseStop(forecast, best, { confidence, minDelta });
    const { step, quantiles } = forecast.final;
    const { median } = forecast;
    const beyond = goal === 'maximize' ? forecast.target?.probability : forecast.target?.probabilityBelow;
    return {
      ...seenOf(curves[i], goal),
      advice: advice.stop ? 'stop' : 'go on',
      probability: advice.probability,
      step: advice.step,
      final: { step, median: median[median.length - 1], quantiles, probability: advice.probabilityFinalBeats },
      target: target === undefined || beyond === undefined ? null : { value: target, probability: beyond },
      reason: advice.reason,
    };
  });
}

/** Runs to stop first, the most hopeless on top; then those to go on with, the most hopeful on top. */
function runTable(runs: readonly Run[], target: number | undefined, goal: Goal): string {
  const header = ['run', 'seen', 'last', 'best so far', 'median final', 'P(beats best)'];
  if (target !== undefined) header.push(`P(${goal === 'maximize' ? '>' : '<'} ${target})`);
  header.push('advice');
  const rank = ({ advice }: Run) => ADVICE.indexOf(advice);
  const hope = ({ advice, probability }: Run) => (advice === 'stop' ? 1 : -1) * (probability ?? 0);
  const sorted = runs.toSorted((a, b) => rank(a) - rank(b) || hope(a) - hope(b));
  const rows = sorted.map((run) => [
    run.name,
    String(run.observed),
    fourDigits(run.last),
    fourDigits(run.best),
    run.final === null ? '' : fourDigits(run.final.median),
    run.probability === null ? '' : percent(run.probability),
    ...(target === undefined ? [] : [run.target === null ? '' : percent(run.target.probability)]),
    run.advice === 'stop' && run.final === null ? 'stop: diverged' : run.advice,
  ]);
  return textTable(header, rows);
}
