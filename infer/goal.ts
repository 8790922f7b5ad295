/** Which way a metric improves. */
export type Goal = 'maximize' | 'minimize';

export const GOALS = ['maximize', 'minimize', 'auto'] as const;

export interface GoalChoice {
  readonly goal: Goal;
  /** For people: why this goal was chosen. */
  readonly reason: string;
}

/**
 * The goal that the observed values show: training moves a metric away from where it starts, mostly for the better. One curve
 * votes by where most of its later points lie; several curves of one file have one goal, that of most of them.
 */
export function chooseGoal(curves: readonly (readonly number[])[]): GoalChoice {
  if (curves.length === 1) return chooseForOne(curves[0]);
  const falling = curves.filter((values) => chooseForOne(values).goal === 'minimize').length;
  const rising = curves.length - falling;
  return rising >= falling
    ? { goal: 'maximize', reason: `${rising} of ${curves.length} curves rise from where they start` }
    : { goal: 'minimize', reason: `${falling} of ${curves.length} curves fall from where they start` };
}

function chooseForOne(values: readonly number[]): GoalChoice {
  const later = values.slice(1);
  const above = later.filter((value) => value > values[0]).length;
  const below = later.filter((value) => value < values[0]).length;
  if (above === 0 && below === 0) return { goal: 'maximize', reason: 'the values do not change, so nothing tells' };
  return above >= below
    ? { goal: 'maximize', reason: `${above} of ${later.length} later points lie above the first` }
    : { goal: 'minimize', reason: `${below} of ${later.length} later points lie below the first` };
}

/** The goal asked for; with `'auto'` the one that `curves` show. */
export function decideGoal(
  asked: (typeof GOALS)[number] | undefined,
  curves: () => readonly (readonly number[])[],
): GoalChoice {
  return asked === undefined || asked === 'auto' ? chooseGoal(curves()) : { goal: asked, reason: 'asked for' };
}
