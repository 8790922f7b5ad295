import { chooseGoal, type GOALS, type Goal, type GoalChoice } from '../infer/goal.ts';
import { type Bounds, boundsOfMetric, metricOf } from '../infer/metric.ts';
import type { CurveFile } from './read/curve-file.ts';

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
 * Which way the curves of a file improve and where their values can lie, where it is not asked for: from names of metrics, and from the values of each that are
 * `seen`. The name is that of the values, or those of the columns where any of them is one; a column whose name says nothing then decides by
 * itself. Other curves are runs, which have the goal of most of them. All values of a file tell whether a share is one of 1 or of 100.
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
  const all = curves.flatMap(({ values }) => [...values]);
  const settings = goals.map((goal, i) => ({
    goal,
    ...boundsOfMetric(metricNames[i] ?? '', areMetrics ? curves[i].values : all, asked),
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
