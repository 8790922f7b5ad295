import { chooseGoal, type GOALS, type Goal, type GoalChoice } from '../infer/goal.ts';
import type { CurveFile } from './read/curve-file.ts';

interface Bounds {
  readonly lower?: number;
  readonly upper?: number;
}

/** Which way a metric improves, and where it lies by its definition. A share is one of 1, or of 100. */
interface Metric {
  readonly goal: Goal;
  readonly range: Bounds | 'share';
}

/** By what they are called, whole, with `_` for what parts words. A loss may be negative. */
const METRICS: readonly (Metric & { readonly names: RegExp })[] = [
  { goal: 'minimize', range: {}, names: /^(loss|nll)$/ },
  {
    goal: 'minimize',
    range: { lower: 0 },
    names:
      /^(err|error|(root_)?(mean_)?(absolute|squared)(_percentage|_logarithmic)?_error|r?mse|mae|mape|log_?loss|(binary_|(sparse_)?categorical_)?cross_?entropy|bpb|bpc|wer|cer|fid|regret)$/,
  },
  { goal: 'minimize', range: { lower: 1 }, names: /^(perplexity|ppl)$/ },
  { goal: 'minimize', range: 'share', names: /^error_rate$/ },
  {
    goal: 'maximize',
    range: 'share',
    names:
      /^(((sparse_)?(top_(k|\d+)_)?categorical_|binary_|balanced_|top_?\d+_)?acc(uracy)?|(roc_|pr_)?auc|auroc|auprc|(macro_|micro_)?f1(_score)?|precision|recall|m?iou|dice|map(_?\d+(_\d+)?)?)$/,
  },
  { goal: 'maximize', range: { upper: 1 }, names: /^(r2(_score)?|ssim|mcc)$/ },
  { goal: 'maximize', range: { lower: 0 }, names: /^(bleu|rouge)$/ },
  { goal: 'maximize', range: {}, names: /^(psnr|reward|return|score)$/ },
];

/** What says of which data a metric is, or how it is averaged, before or after its name. */
const WHERE = '(?:train|training|val|valid|validation|test|eval|dev|epoch|step|mean|avg|best|ema|metrics?)';
const BEFORE = new RegExp(`^(${WHERE}_)+`);
const AFTER = new RegExp(`(_${WHERE})+$`);

/** The metric that a name is of: `val_loss`, `accuracy/train`, `val/box_loss`. Undefined where a name is not that of a metric alone. */
export function metricOf(name: string): Metric | undefined {
  const words = name
    .toLowerCase()
    .replace(/\(.*?\)/g, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  const metric = words.replace(BEFORE, '').replace(AFTER, '');
  // Where a name says of which data it is, its last word may be a metric of some kind: without, `focal-loss` may be a run.
  const last = metric === words ? metric : metric.replace(/.*_/, '');
  return METRICS.find(({ names }) => names.test(metric)) ?? METRICS.find(({ names }) => names.test(last));
}

export interface CurveSettings extends Bounds {
  readonly goal: GoalChoice;
}

export interface FileSettings {
  /** Of each curve. */
  readonly settings: readonly CurveSettings[];
  /** Whether the curves are several metrics of one run, and not one metric of several runs. */
  readonly areMetrics: boolean;
  /** What was taken from the names, in one line each. */
  readonly notes: readonly string[];
}

export interface Asked extends Bounds {
  readonly goal: (typeof GOALS)[number];
}

/**
 * Which way the curves of a file improve and where their values can lie, where it is not asked for: from the values of each that count, and from names of
 * metrics. That is the name of the values, or those of the columns where any of them is one; a column whose name says nothing then decides by
 * itself. Other curves are runs, which have the goal of most of them.
 */
export function settingsOf(
  asked: Asked,
  { curves, valueTitle }: Pick<CurveFile, 'curves' | 'valueTitle'>,
  seen: readonly (readonly number[])[],
): FileSettings {
  const names = curves.map(({ name }) => name);
  const common = [valueTitle, sharedEnding(names)].find(metricOf);
  const areMetrics = names.length > 1 && common === undefined && names.some(metricOf);
  const metricNames = names.map((name) => common ?? (metricOf(name) ? name : undefined));
  const goals = goalsOf(asked, metricNames, areMetrics, seen);
  const bounds = boundsOf(metricNames, areMetrics ? seen : seen.map(() => seen.flat()));
  const settings = goals.map((goal, i) => ({
    goal,
    lower: asked.lower ?? bounds[i].lower,
    upper: asked.upper ?? bounds[i].upper,
  }));
  const notes = [
    ...(asked.goal === 'auto' ? [goalNote(goals, names)] : []),
    ...boundsNotes(
      settings.map(({ lower, upper }, i) => ({
        name: metricNames[i] ?? '',
        lower: asked.lower === undefined ? lower : undefined,
        upper: asked.upper === undefined ? upper : undefined,
      })),
    ),
  ];
  return { settings, areMetrics, notes };
}

type Names = readonly (string | undefined)[];
type Values = readonly (readonly number[])[];

function goalsOf({ goal: asked }: Asked, metricNames: Names, areMetrics: boolean, seen: Values): GoalChoice[] {
  if (asked !== 'auto') return seen.map(() => ({ goal: asked, reason: 'asked for' }));
  return metricNames.map((name, i) => {
    const goal = name && metricOf(name)?.goal;
    if (goal) return { goal, reason: `'${name}' is better the ${goal === 'minimize' ? 'lower' : 'higher'} it is` };
    return chooseGoal(areMetrics ? [seen[i]] : seen);
  });
}

/** Those that no value contradicts. */
function boundsOf(metricNames: Names, values: Values): Bounds[] {
  return metricNames.map((name, i) => {
    const range = (name && metricOf(name)?.range) || {};
    const [least, most] = [values[i].reduce((a, b) => Math.min(a, b)), values[i].reduce((a, b) => Math.max(a, b))];
    const { lower, upper } = range === 'share' ? { lower: 0, upper: most > 1 ? 100 : 1 } : range;
    const holds = (lower === undefined || least >= lower) && (upper === undefined || most <= upper);
    return holds ? { lower, upper } : {};
  });
}

/** What Weights & Biases calls a metric of several runs: `run - val_loss`. */
function sharedEnding(names: readonly string[]): string {
  const endings = new Set(names.map((name) => name.split(' - ').slice(1).at(-1) ?? ''));
  return endings.size === 1 ? [...endings][0] : '';
}

function goalNote(goals: readonly GoalChoice[], names: readonly string[]): string {
  const [first] = goals;
  if (goals.every(({ goal }) => goal === first.goal))
    return `goal ${first.goal}: ${first.reason}. Another one: --goal.`;
  const those = (goal: Goal) => names.filter((_, i) => goals[i].goal === goal).join(', ');
  return `goals by the names of metrics: minimize ${those('minimize')}; maximize ${those('maximize')}. One for all: --goal.`;
}

function boundsNotes(bounds: readonly (Bounds & { readonly name: string })[]): string[] {
  const namesOf = new Map<string, Set<string>>();
  for (const { name, lower, upper } of bounds) {
    if (lower === undefined && upper === undefined) continue;
    const where =
      lower === undefined
        ? `at most ${upper}`
        : upper === undefined
          ? `at least ${lower}`
          : `from ${lower} to ${upper}`;
    namesOf.set(where, (namesOf.get(where) ?? new Set()).add(name));
  }
  if (namesOf.size === 0) return [];
  const parts = [...namesOf].map(([where, names]) => `${[...names].join(', ')} ${where}`);
  return [`bounds by the names of metrics: ${parts.join('; ')}. Others: --lower, --upper, none for no bound.`];
}
