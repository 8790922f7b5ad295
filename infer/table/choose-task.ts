export type Task = 'classification' | 'regression';

export interface TaskChoice {
  readonly task: Task;
  readonly reason: string;
}

/** So many whole numbers or fewer are taken for the names of classes. */
const MOST_NUMBERED_CLASSES = 10;

const INFINITE = /^[+-]?inf(inity)?$/i;

/** What to do with targets that are written as text, and why. */
export function chooseTask(targets: readonly string[]): TaskChoice {
  const different = [...new Set(targets)];
  const values = `${different.length} different value${different.length === 1 ? '' : 's'}`;
  const isNumeric = (text: string) => INFINITE.test(text) || Number.isFinite(Number(text));
  if (!different.every(isNumeric)) {
    return { task: 'classification', reason: `the targets are text, ${values}` };
  }
  if (different.every((text) => Number.isInteger(Number(text))) && different.length <= MOST_NUMBERED_CLASSES) {
    return { task: 'classification', reason: `the targets are whole numbers, ${values}` };
  }
  return { task: 'regression', reason: `the targets are numbers, ${values}` };
}

/** Labels as numbers where all of them are written as numbers are (no `007`), so that they are sorted by size. */
export function labelsOf(targets: readonly string[]): readonly string[] | readonly number[] {
  return targets.every((text) => String(Number(text)) === text) ? targets.map(Number) : targets;
}
