import { isNumberText } from './column.ts';

export type Task = 'classification' | 'regression';

export interface TaskChoice {
  readonly task: Task;
  readonly reason: string;
}

/** So many whole numbers or fewer are taken for the names of classes. */
const MOST_NUMBERED_CLASSES = 10;

/** What to do with targets that are written as text, and why. */
export function chooseTask(targets: readonly string[]): TaskChoice {
  const areNumbers = targets.every(isNumberText);
  const different = [...new Set<string | number>(areNumbers ? targets.map(Number) : targets)];
  const values = `${different.length} different value${different.length === 1 ? '' : 's'}`;
  if (!areNumbers) return { task: 'classification', reason: `the targets are text, ${values}` };
  if (different.every(Number.isInteger) && different.length <= MOST_NUMBERED_CLASSES) {
    return { task: 'classification', reason: `the targets are whole numbers, ${values}` };
  }
  return { task: 'regression', reason: `the targets are numbers, ${values}` };
}

/** Labels as numbers where all of them are written as numbers are (no `007`), so that they are sorted by size, and `1.0` is the class of `1`. */
export function labelsOf(targets: readonly string[]): readonly string[] | readonly number[] {
  const isWritten = (text: string) => String(Number(text)) === text.replace(/(?<=^-?\d+)\.0+$|(?<=\.\d+?)0+$/, '');
  return targets.every(isWritten) ? targets.map(Number) : targets;
}
