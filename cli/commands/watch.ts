import { setTimeout as sleep } from 'node:timers/promises';
import type { LearningCurveModel } from '../../infer/learning-curve.ts';
import { metricOf } from '../../infer/metric.ts';
import { fourDigits, percent, stepText } from '../../infer/number-text.ts';
import { boundsHint } from '../bounds-hint.ts';
import type { Command } from '../command.ts';
import { boundsJson, metricsOf } from '../curve-settings.ts';
import { UsageError } from '../errors.ts';
import { type LookSettings, look, type Waiting, type Watched } from '../look.ts';
import { COLOUR_OPTION, finiteNumber, JSON_OPTION, loadOptions, wholeNumber } from '../options.ts';
import { plotCurve } from '../plot/plot-data.ts';
import { terminalPlot } from '../plot/terminal-plot.ts';
import type { CurveFile } from '../read/curve-file.ts';
import { metricPart } from '../read/curve-names.ts';
import { isStandardInput } from '../read/read-text.ts';
import { DIVERGED, fileState, readGrowing } from '../read/watched-file.ts';
import { CHECKPOINT_OPTION, READING_OPTIONS, type StopCommandOptions, stopOptions } from '../stop-options.ts';
import type { Terminal } from '../terminal.ts';
import { quoted } from '../wording.ts';

interface Options extends StopCommandOptions, LookSettings {
  readonly interval: number;
  readonly once?: boolean;
  readonly json?: boolean;
  readonly confidence: number;
  readonly minDelta: number;
  readonly goal: StopCommandOptions['goal'];
}

export const command: Command<Options> = {
  arguments: [
    {
      name: '<file>',
      description: 'a log being written: CSV, JSON lines, or a folder of TensorBoard runs; it may not be there yet',
    },
  ],
  options: [
    CHECKPOINT_OPTION,
    ...stopOptions('the end that the file names, 100, or twice as far as seen'),
    { flags: '--curve <name>', description: 'the curve to watch (default: the last one of the file)' },
    {
      flags: '--best <value>',
      description: 'a value to beat, beside the best of the file',
      parse: finiteNumber('--best'),
    },
    {
      flags: '--patience <n>',
      description: 'the advice to stop must hold at n points in a row',
      default: 1,
      parse: wholeNumber('--patience', 1, 100),
    },
    { flags: '--interval <seconds>', description: 'time between looks at the file', default: 2, parse: seconds },
    { flags: '--once', description: 'look once, do not wait' },
    ...READING_OPTIONS,
    JSON_OPTION,
    COLOUR_OPTION,
  ],
  examples: [
    'watch log.jsonl --horizon 100',
    'watch runs/ --curve lr-0.1 --value-key val/loss --goal minimize',
    'watch log.jsonl --once --json',
  ],
  run,
};

function seconds(text: string): number {
  const value = finiteNumber('--interval')(text);
  if (value > 0 && value <= 86400) return value;
  throw new UsageError(`--interval must be a number of seconds above 0 and at most 86400, got '${text}'.`);
}

async function run([path]: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  if (isStandardInput(path)) {
    throw new UsageError(
      'watch follows a file that grows, so it cannot be standard input. Name the file, or use extrapolate.',
    );
  }
  let loading: Promise<LearningCurveModel> | undefined;
  const model = () => {
    loading ??= import('../../infer/learning-curve.node.ts').then(({ LearningCurveModel }) =>
      LearningCurveModel.load(options.checkpoint, loadOptions(options)),
    );
    return loading;
  };
  const screen = createScreen(terminal, options);
  try {
    const status = await follow(path, options, model, screen);
    const { name: checkpoint = null, device = null } = (await loading)?.predictor ?? {};
    if (options.json) terminal.out(JSON.stringify({ checkpoint, device, ...toJson(status, options) }));
    else if (status.state === 'stop' || status.state === 'finished') terminal.out(`${status.state}: ${status.reason}`);
  } finally {
    await loading?.then((loaded) => loaded.dispose()).catch(() => {}); // that it could not be loaded is thrown above
  }
}

/** Looks whenever the file has changed, until there is nothing more to wait for. */
async function follow(
  path: string,
  options: Options,
  model: () => Promise<LearningCurveModel>,
  screen: Screen,
): Promise<Waiting | Watched> {
  let looked: string | null | undefined; // undefined: not at all
  let metric: string | undefined;
  let seen: string | null | undefined;
  for (;;) {
    const { stamp, isWhole } = fileState(path);
    const isStill = stamp === seen || options.once === true;
    seen = stamp;
    // A last line without an end is read once the writer has left it alone for a while.
    if (stamp !== looked && (isWhole || isStill)) {
      const found = await lookAt(path, options, model, screen, isStill, metric);
      if (found !== null) {
        const { status } = found;
        metric = found.metric ?? metric;
        looked = stamp;
        screen.show(status);
        if (options.once || status.state === 'stop' || status.state === 'finished') return status;
      }
    }
    await sleep(1000 * options.interval);
  }
}

/** What a look found. */
interface Found {
  readonly status: Waiting | Watched;
  /** The name of the values that were read, where a log may get others. */
  readonly metric?: string;
}

/**
 * Null where the file cannot be read but may be half written; where it stays so, the error is thrown. `metric` is what was watched before: a log may get other
 * metrics as it grows, and may begin anew.
 */
async function lookAt(
  path: string,
  options: Options,
  model: () => Promise<LearningCurveModel>,
  screen: Screen,
  isStill: boolean,
  metric: string | undefined,
): Promise<Found | null> {
  let file: CurveFile | string;
  try {
    file = readGrowing(path, options, metric);
  } catch (error) {
    if (isStill || DIVERGED.test((error as Error).message)) throw error;
    return null;
  }
  if (typeof file === 'string') return { status: { state: 'waiting', reason: file } };
  if (metricsOf(file) !== null) {
    const several = file.curves.map(({ name }) => name);
    const chosen = chooseMetric(file, options);
    if (chosen === undefined) {
      return { status: { state: 'waiting', reason: `no '${options.curve}' yet, only ${quoted(several, 5)}` } };
    }
    if (options.curve !== chosen) {
      screen.note(`watches '${chosen}' of ${several.length} metrics; --value-key chooses another`);
    }
    const asked = file.hasMetricColumn ? partsOfName(chosen) : { curve: undefined, valueKey: chosen };
    return lookAt(path, { ...options, ...asked }, model, screen, isStill, asked.valueKey);
  }
  for (const note of file.notes) screen.note(note);
  const { curves, valueTitle } = file;
  // It may name the metric, which curves are not called by that are runs of one.
  const curve = options.curve === valueTitle ? undefined : options.curve;
  if (curve === undefined && curves.length > 1) {
    screen.note(
      `watches '${curves[curves.length - 1].name}', the last of ${curves.length} curves; --curve chooses another`,
    );
  }
  const status = await look(file, { ...options, curve }, model);
  if (status.state === 'waiting') return { status };
  if (options.goal === 'auto') screen.note(`goal: ${status.goal.goal}; --goal sets it`);
  if (status.boundsNote !== null) screen.note(status.boundsNote);
  const hint = status.forecast && boundsHint([status.curve], [status.forecast], [status]);
  if (hint) screen.note(hint);
  // A learning rate alone is read while there is nothing else.
  return { status, metric: metricOf(valueTitle) === undefined ? metric : valueTitle };
}

/** Of a curve that is called `run - metric`, or `metric`. */
function partsOfName(name: string): { readonly curve: string | undefined; readonly valueKey: string } {
  const at = name.lastIndexOf(' - ');
  return { curve: at < 0 ? undefined : name.slice(0, at), valueKey: metricPart(name) };
}

/** Of what tells how good a model is. */
const OF_OTHERS = /(^|[_/. ])(val|valid|validation|eval|test|dev|rollout)([_/. ]|$)/i;

/** The one that is asked for, if it is there yet; else the last one with enough points, or with the most, of metrics of other data than those that are trained on if there are such. */
function chooseMetric({ curves, run }: CurveFile, { curve, minPoints }: Options): string | undefined {
  if (curve !== undefined && curve !== run) return curves.find(({ name }) => name === curve)?.name;
  const named = curves.filter(({ name }) => metricOf(metricPart(name)) !== undefined);
  const ofOthers = named.filter(({ name }) => OF_OTHERS.test(name));
  const candidates = [ofOthers, named, curves].find((some) => some.length > 0) as typeof curves;
  const most = candidates.reduce((a, b) => (b.values.length >= a.values.length ? b : a));
  return (candidates.findLast(({ values }) => values.length >= minPoints) ?? most).name;
}

interface Screen {
  /** Each text once. */
  readonly note: (text: string) => void;
  readonly show: (status: Waiting | Watched) => void;
}

/** A picture that is drawn over itself on a terminal, a line per look elsewhere, notes alone with --json. */
function createScreen(terminal: Terminal, { json }: Options): Screen {
  const noted = new Set<string>();
  let drawn = 0;
  const note = (text: string) => {
    if (noted.has(text)) return;
    noted.add(text);
    terminal.note(text);
    drawn = 0; // what was drawn has scrolled up
  };
  return {
    note,
    show(status) {
      if (status.state === 'waiting') return note(`${status.reason}`);
      if (json) return;
      if (!process.stdout.isTTY || status.forecast === null) return terminal.out(statusLine(status));
      const { curve, forecast, best } = status;
      const { columns, colour } = terminal;
      const plot = terminalPlot(plotCurve(curve, forecast), { width: columns, colour, target: best });
      const text = `${plot}\n\n${statusLine(status)}`;
      terminal.out(redraw(text, drawn));
      drawn = screenLines(text, columns);
    },
  };
}

/** `text` in the place of the `drawn` lines above the cursor. */
export const redraw = (text: string, drawn: number): string => (drawn > 0 ? `\x1b[${drawn}A\x1b[J${text}` : text);

/** How many lines of a screen `text` takes: long ones are wrapped. */
function screenLines(text: string, columns: number): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no room
  const visible = text.replace(/\x1b\[[0-9;]*m/g, '').split('\n');
  return visible.reduce((lines, line) => lines + Math.max(1, Math.ceil([...line].length / columns)), 0);
}

function statusLine({ curve, best, horizon, advice, state, forecast }: Watched): string {
  const { name, steps, values } = curve;
  const end = steps.length - 1;
  const parts = [
    `${name}: step ${stepText(steps[end])}`,
    `last ${fourDigits(values[end])}`,
    `best ${fourDigits(best)}`,
  ];
  if (advice !== null && forecast !== null) {
    const { median } = forecast;
    parts.push(
      `median at step ${stepText(horizon)} ${fourDigits(median[median.length - 1])}`,
      `P(beats best) ${percent(advice.probability)}`,
    );
  }
  return [...parts, state].join(' | ');
}

/** The contract of `--json`: `run` is null while waiting. */
function toJson(status: Waiting | Watched, { confidence, patience }: Options) {
  const { state, reason } = status;
  if (status.state === 'waiting')
    return { state, reason, goal: null, ...boundsJson({}), horizon: null, confidence, patience, best: null, run: null };
  const { goal, horizon, best, curve, advice, forecast } = status;
  const end = curve.steps.length - 1;
  const run = {
    name: curve.name,
    observed: curve.steps.length,
    lastStep: curve.steps[end],
    last: curve.values[end],
    probability: advice?.probability ?? null,
    step: advice?.step ?? null,
    final:
      forecast === null || advice === null
        ? null
        : {
            step: forecast.final.step,
            median: forecast.median[forecast.median.length - 1],
            quantiles: forecast.final.quantiles,
            probability: advice.probabilityFinalBeats,
          },
  };
  return { state, reason, goal, ...boundsJson(status), horizon, confidence, patience, best, run };
}
