import { decideGoal, type GOALS, type Goal, type GoalChoice } from '../infer/goal.ts';
import { boundsOfMetric, metricOf } from '../infer/metric.ts';
import type { Bounds } from '../infer/value-map.ts';
import { UsageError } from './errors.ts';
import type { CurveFile } from './read/curve-file.ts';
import { areOfOneRun, metricPart, metricsOfNames } from './read/curve-names.ts';
import { quoted } from './wording.ts';

export interface CurveSettings extends Partial<Bounds> {
  readonly goal: GoalChoice;
}

export interface FileSettings {
  /** Of each curve. */
  readonly settings: readonly CurveSettings[];
  /** Whether the curves are several metrics, and not one metric of several runs. */
  readonly areMetrics: boolean;
  /** In a line each, what was decided, and null where all of it was asked for. */
  readonly goalNote: string | null;
  readonly boundsNote: string | null;
}

export interface Asked extends Partial<Bounds> {
  readonly goal: (typeof GOALS)[number];
  /** A value of the metric beside those of the file, such as a target: it tells the unit, too. */
  readonly known?: number;
}

type NamedCurves = Pick<CurveFile, 'curves' | 'valueTitle' | 'areColumns' | 'areMetrics'>;

/**
 * Which way the curves of a file improve and where their values can lie, where it is not asked for. The metrics of a log go by their names. Else the name of the values decides where it is that of a metric; in
 * a file that has a column for each curve, the names of the columns do where half of them or more are metrics, each of its own column. Such a column
 * without a name that says something decides by the values that are `seen`. All other curves are runs, which have the goal of most of them. Bounds are dropped
 * that any value of the file contradicts.
 */
export function settingsOf(
  { goal: asked, known, ...told }: Asked,
  file: NamedCurves,
  seen: readonly (readonly number[])[],
): FileSettings {
  if (!((told.lower ?? -Infinity) < (told.upper ?? Infinity))) {
    throw new UsageError(`--lower must be below --upper, got ${told.lower} and ${told.upper}.`);
  }
  const { curves } = file;
  const names = curves.map(({ name }) => name);
  const metrics = metricsOf(file);
  if (metrics !== null && (asked === 'auto' || file.areMetrics)) {
    const settings = curves.map(({ values }, i) => ({
      goal: (asked === 'auto' ? namedGoal(metrics[i]) : null) ?? decideGoal(asked, () => [seen[i]]),
      ...boundsOfMetric(metrics[i] ?? '', values, told),
    }));
    const goalNote = asked === 'auto' ? goalsNote(settings, names, metrics) : null;
    return { settings, areMetrics: true, goalNote, boundsNote: boundsNoteOf(settings, names, told) };
  }
  const metric = commonMetric(file) ?? '';
  const boundsFor = (name: string | undefined, values: readonly number[]) =>
    boundsOfMetric(name ?? '', known === undefined ? values : [known, ...values], told);
  const goal = (asked === 'auto' ? namedGoal(metric) : null) ?? decideGoal(asked, () => seen);
  const common = {
    goal,
    ...boundsFor(
      metric,
      curves.flatMap(({ values }) => [...values]),
    ),
  };
  // With one goal for all of them, columns are runs; that those of metrics have bounds stays true.
  const ofColumns = metrics?.map((name, i) => ({ goal, ...boundsFor(name, curves[i].values) }));
  return {
    settings: ofColumns ?? curves.map(() => common),
    areMetrics: false,
    goalNote: asked === 'auto' ? `goal ${goal.goal}: ${goal.reason}. Another one: --goal.` : null,
    boundsNote: ofColumns ? boundsNoteOf(ofColumns, names, told) : boundsNoteOf([common], [metric], told),
  };
}

const isNameless = (valueTitle: string): boolean => valueTitle.toLowerCase() === 'value';

/** The name of the metric of each curve, undefined where it says nothing; null where the curves are runs of one metric. */
export function metricsOf({ curves, valueTitle, areColumns, areMetrics }: NamedCurves): Names | null {
  if (areMetrics) return curves.map(({ name }) => metricPart(name));
  if (!areColumns || !isNameless(valueTitle)) return null;
  const metrics = metricsOfNames(curves.map(({ name }) => name));
  if (areOfOneRun(metrics)) return metrics;
  const known = metrics.filter((metric) => metric !== undefined);
  const isOneEach = new Set(known).size === known.length && known.length < curves.length;
  return isOneEach && known.some((name) => SURE.test(name)) ? metrics : null;
}

/** The name of the metric that all curves are of. */
export function commonMetric({ curves, valueTitle, areColumns }: NamedCurves): string | undefined {
  if (!isNameless(valueTitle)) return metricOf(metricPart(valueTitle)) && metricPart(valueTitle);
  const parts = new Set(curves.map(({ name }) => (areColumns || curves.length === 1 ? metricPart(name) : '')));
  const [part] = parts;
  return parts.size === 1 && metricOf(part) ? part : undefined;
}

/** No run is called so. */
const SURE = /(^|[_/ ])(loss|acc|accuracy)$/i;

type Names = readonly (string | undefined)[];

function namedGoal(name: string | undefined): GoalChoice | null {
  const goal = name && metricOf(name)?.goal;
  return goal ? { goal, reason: `'${name}' is better the ${goal === 'minimize' ? 'lower' : 'higher'} it is` } : null;
}

const MOST_NAMES = 8;

function goalsNote(settings: readonly CurveSettings[], names: readonly string[], metrics: Names): string {
  const those = (goal: Goal) => {
    const own = names.filter((_, i) => metrics[i] !== undefined && settings[i].goal.goal === goal);
    return own.length === 0 ? [] : [`${goal} ${quoted(own, MOST_NAMES)}`];
  };
  const guessed = names.flatMap((name, i) => (metrics[i] ? [] : [`${settings[i].goal.goal} '${name}'`]));
  const byValues = guessed.length === 0 ? '' : `; by their values: ${guessed.slice(0, MOST_NAMES).join(', ')}`;
  return `goals by the names of metrics: ${[...those('minimize'), ...those('maximize')].join('; ')}${byValues}. One for all: --goal.`;
}

function boundsNoteOf(
  settings: readonly Partial<Bounds>[],
  names: readonly string[],
  told: Partial<Bounds>,
): string | null {
  const namesOf = new Map<string, Set<string>>();
  for (const [i, each] of settings.entries()) {
    const lower = told.lower === undefined ? each.lower : undefined;
    const upper = told.upper === undefined ? each.upper : undefined;
    if (lower === undefined && upper === undefined) continue;
    const where =
      lower === undefined
        ? `at most ${upper}`
        : upper === undefined
          ? `at least ${lower}`
          : `from ${lower} to ${upper}`;
    namesOf.set(where, (namesOf.get(where) ?? new Set()).add(names[i]));
  }
  if (namesOf.size === 0) return null;
  const parts = [...namesOf].map(([where, own]) => `${quoted([...own], MOST_NAMES)} ${where}`);
  return `bounds by the names of metrics: ${parts.join('; ')}. Others: --lower, --upper, none for no bound.`;
}

/** Bounds in JSON: null where there is none. */
export const boundsJson = ({ lower = -Infinity, upper = Infinity }: Partial<Bounds>) => ({
  lower: Number.isFinite(lower) ? lower : null,
  upper: Number.isFinite(upper) ? upper : null,
});
