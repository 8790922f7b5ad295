import type { Goal } from './goal.ts';
import type { Bounds } from './value-map.ts';

/** Which way a metric improves, and where it lies by its definition. A share is one of 1, or of 100. */
interface Metric {
  readonly goal: Goal;
  readonly range: Partial<Bounds> | 'share';
}

/** By what they are called, whole, with `_` for what parts words. */
const METRICS: readonly (Metric & { readonly names: RegExp })[] = [
  // Some losses are negative, and some errors have a sign; these have such a value early, most have none ever.
  { goal: 'minimize', range: { lower: 0 }, names: /^(loss|err|error)$/ },
  { goal: 'minimize', range: {}, names: /^(nll|negative_log_likelihood)$/ },
  {
    goal: 'minimize',
    range: { lower: 0 },
    names:
      /^((root_)?(mean_)?(absolute|squared)(_percentage|_logarithmic)?_error|r?mse|mae|mape|log_?loss|(binary_|(sparse_)?categorical_)?cross_?entropy|bpb|bpc|wer|cer|(fid|brier)(_score)?|lpips|regret)$/,
  },
  { goal: 'minimize', range: { lower: 1 }, names: /^(perplexity|ppl)$/ },
  { goal: 'minimize', range: 'share', names: /^((top_?\d+_)?error_rate|top_?\d+_err(or)?)$/ },
  {
    goal: 'maximize',
    range: 'share',
    names:
      /^(((sparse_)?(top_(k|\d+)_)?categorical_|binary_|balanced_|top_?\d+_)?acc(uracy)?|(roc_|pr_)?auc|auroc|auprc|(macro_|micro_)?f1(_score)?|precision|recall|m?iou|dice|map(_?\d+)*|(success|win)_rate|top_?\d+)$/,
  },
  { goal: 'maximize', range: { upper: 1 }, names: /^(r2(_score)?|ssim|mcc|kappa)$/ },
  { goal: 'maximize', range: { lower: 0 }, names: /^(bleu|rouge)$/ },
  { goal: 'maximize', range: {}, names: /^(psnr|(ep(isode)?_)?(rew|rewards?|returns?))$/ },
];

/** What says of which data a metric is, or how it is averaged, before or after its name. */
const WHERE = '(?:train|training|val|valid|validation|test|eval|dev|epoch|step|mean|avg|best|ema|metrics?)';
const BEFORE = new RegExp(`^(${WHERE}_)+`);
const AFTER = new RegExp(`(_${WHERE})+$`);

/** A metric of some kind, by its last word: `box_loss`. */
const KINDS = /_(loss|error|acc|accuracy|auc|precision|recall|f1|iou|rew|reward|return)$/;
/** Words that turn it round. */
const TURNED = /(^|_)(1|one|minus|neg|negative|inv|inverse|no|non)_/;

/**
 * The metric that a name is of: `val_loss`, `accuracy/train`, `val/box_loss`. Undefined where a name is not that of a metric alone: `focal-loss` may be a run, and a
 * score can be either way.
 */
export function metricOf(name: string): Metric | undefined {
  if (/^\s*[-−]/.test(name)) return undefined;
  const words = name
    .toLowerCase()
    .replace(/\((%|[bmp])\)/g, '') // the unit, and what YOLO calls boxes, masks and poses
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  const metric = words.replace(BEFORE, '').replace(AFTER, '');
  const whole = METRICS.find(({ names }) => names.test(metric));
  if (whole !== undefined || metric === words || TURNED.test(metric)) return whole;
  const kind = KINDS.exec(metric)?.[1];
  const found = METRICS.find(({ names }) => kind !== undefined && names.test(kind));
  return found && { goal: found.goal, range: found.range === 'share' ? {} : found.range };
}

/** Of a share that was computed in single precision. */
const ROUNDING = 1e-6;

/**
 * Where the values of a metric of this name can lie by its definition, as far as neither these values contradict it nor what is told, which comes first; what is told
 * alone for other names. A share with a value above 1 is one of 100.
 */
export function boundsOfMetric(name: string, values: readonly number[], told: Partial<Bounds> = {}): Partial<Bounds> {
  const { range = {} } = metricOf(name) ?? {};
  const finite = values.filter(Number.isFinite);
  const most = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const whole = most > 1 + ROUNDING ? 100 : 1;
  const share = { lower: 0, upper: most <= whole * (1 + ROUNDING) ? Math.max(whole, most) : whole };
  const { lower = -Infinity, upper = Infinity } = range === 'share' ? share : range;
  const holds = finite.every((value) => lower <= value && value <= upper);
  return {
    lower: told.lower ?? (holds && lower > -Infinity && lower < (told.upper ?? Infinity) ? lower : undefined),
    upper: told.upper ?? (holds && upper < Infinity && upper > (told.lower ?? -Infinity) ? upper : undefined),
  };
}
