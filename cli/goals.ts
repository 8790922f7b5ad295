import { chooseGoal, type GOALS, type Goal, type GoalChoice } from '../infer/goal.ts';
import type { CurveFile } from './read/curve-file.ts';

/** What metrics are called, whole, with `_` for what parts words. */
const LOWER_IS_BETTER =
  /^(loss|error|err|(root_)?(mean_)?(absolute|squared)(_percentage|_logarithmic)?_error|r?mse|mae|mape|nll|log_?loss|(binary_|(sparse_)?categorical_)?cross_?entropy|error_rate|perplexity|ppl|bpb|bpc|wer|cer|fid|regret)$/;
const HIGHER_IS_BETTER =
  /^(((sparse_)?(top_(k|\d+)_)?categorical_|binary_|balanced_|top_?\d+_)?acc(uracy)?|(roc_|pr_)?auc|auroc|auprc|(macro_|micro_)?f1(_score)?|precision|recall|r2(_score)?|m?iou|dice|map(_?\d+(_\d+)?)?|bleu|rouge|ssim|psnr|mcc|reward|return|score)$/;

/** What says of which data a metric is, or how it is averaged, before or after its name. */
const WHERE = '(?:train|training|val|valid|validation|test|eval|dev|epoch|step|mean|avg|best|ema|metrics?)';
const BEFORE = new RegExp(`^(${WHERE}_)+`);
const AFTER = new RegExp(`(_${WHERE})+$`);

/** The goal that the name of a metric tells: `val_loss`, `accuracy/train`, `val/box_loss`. Null where a name is not that of a metric alone. */
export function goalOfMetric(name: string): Goal | null {
  const words = name
    .toLowerCase()
    .replace(/\(.*?\)/g, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  const metric = words.replace(BEFORE, '').replace(AFTER, '');
  // Where a name says of which data it is, its last word may be a metric of some kind: without, `focal-loss` may be a run.
  const last = metric === words ? metric : metric.replace(/.*_/, '');
  const isOneOf = (names: RegExp) => names.test(metric) || names.test(last);
  if (isOneOf(LOWER_IS_BETTER)) return 'minimize';
  return isOneOf(HIGHER_IS_BETTER) ? 'maximize' : null;
}

export interface FileGoals {
  /** Of each curve. */
  readonly goals: readonly GoalChoice[];
  /** Whether the curves are several metrics of one run, and not one metric of several runs. */
  readonly areMetrics: boolean;
}

/**
 * Which way the curves of a file improve, from the values of each that count. Names of metrics decide: that of the values, or those of the columns where
 * any of them is one, and a column whose name says nothing then decides by itself. Other curves are runs, which have the goal of most of them.
 */
export function fileGoals(
  asked: (typeof GOALS)[number],
  { curves, valueTitle }: Pick<CurveFile, 'curves' | 'valueTitle'>,
  seen: readonly (readonly number[])[],
): FileGoals {
  const all = (choice: GoalChoice, areMetrics = false) => ({ goals: curves.map(() => choice), areMetrics });
  const names = curves.map(({ name }) => name);
  const areMetrics = names.length > 1 && !isMetric(valueTitle) && names.some(isMetric);
  if (asked !== 'auto') return all({ goal: asked, reason: 'asked for' }, areMetrics);
  if (areMetrics) return { goals: names.map((name, i) => named(name) ?? chooseGoal([seen[i]])), areMetrics };
  return all(named(valueTitle) ?? named(sharedEnding(names)) ?? chooseGoal(seen));
}

const isMetric = (name: string): boolean => goalOfMetric(name) !== null;

function named(name: string): GoalChoice | null {
  const goal = goalOfMetric(name);
  return goal && { goal, reason: `'${name}' is better the ${goal === 'minimize' ? 'lower' : 'higher'} it is` };
}

/** What Weights & Biases calls a metric of several runs: `run - val_loss`. */
function sharedEnding(names: readonly string[]): string {
  const endings = new Set(names.map((name) => name.split(' - ').slice(1).at(-1) ?? ''));
  return endings.size === 1 ? [...endings][0] : '';
}

/** What was decided, for people. */
export function goalsNote({ goals }: FileGoals, names: readonly string[]): string {
  const [first] = goals;
  if (goals.every(({ goal }) => goal === first.goal))
    return `goal ${first.goal}: ${first.reason}. Another one: --goal.`;
  const those = (goal: Goal) => names.filter((_, i) => goals[i].goal === goal).join(', ');
  return `goals by the names of metrics: minimize ${those('minimize')}; maximize ${those('maximize')}. One for all: --goal.`;
}
