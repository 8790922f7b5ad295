import { resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { counted } from '../wording.ts';
import type { CurveFile, ReadCurvesOptions } from './curve-file.ts';
import { withoutExtension } from './curve-names.ts';
import { readCurves } from './read-curves.ts';
import { DIVERGED, NOTHING_YET } from './watched-file.ts';

/** What several files are called in messages. */
export const filesTitle = (paths: readonly string[]): string =>
  paths.length === 1 ? paths[0] : counted(paths.length, 'file');

/**
 * The curves of one file or more, read as if one file had them all. Of several, a curve is called by what tells its file from the
 * others, and by its own name where a file has more than one: `run - val_loss`.
 */
export function readCurveFiles(paths: readonly string[], options: ReadCurvesOptions = {}): CurveFile {
  const whole = paths.map((path) => resolve(path));
  const twice = paths.find((_, i) => whole.indexOf(whole[i]) < i);
  if (twice !== undefined) throw new UsageError(`${twice} is named twice. Name every file once.`);
  if (options.stepKey !== undefined && options.stepKey === options.valueKey) {
    throw new UsageError(`--step-key and --value-key are both '${options.stepKey}'. Steps are not their own values.`);
  }
  if (paths.length === 1) return readCurves(paths[0], options);
  const { files, titles, left } = readAll(paths, options);
  const valueTitles = new Set(files.map(({ valueTitle }) => valueTitle));
  const stepTitles = new Set(files.map(({ stepTitle }) => stepTitle));
  const isOneEach = files.every(({ curves }) => curves.length === 1);
  const nameOf = (at: number, own: string) => {
    if (!isOneEach) return `${titles[at]} - ${own}`;
    return valueTitles.size === 1 ? titles[at] : `${titles[at]} - ${files[at].valueTitle}`;
  };
  const ends = files.flatMap(({ end }) => end ?? []);
  const areRuns = isOneEach && valueTitles.size === 1;
  return {
    curves: files.flatMap(({ curves }, at) => curves.map((curve) => ({ ...curve, name: nameOf(at, curve.name) }))),
    stepTitle: [...stepTitles].join(' or '),
    ...((stepTitles.size > 1 || files.some(({ areStepsAlike }) => areStepsAlike === false)) && {
      areStepsAlike: false,
    }),
    valueTitle: valueTitles.size === 1 ? files[0].valueTitle : 'value',
    areColumns: !areRuns && files.every((file) => file.areColumns || file.curves.length === 1),
    areMetrics: files.some(({ areMetrics }) => areMetrics),
    mayBePadded: files.some(({ mayBePadded }) => mayBePadded),
    ...(ends.length > 0 && { end: Math.max(...ends) }),
    areOfFiles: true,
    notes: [...left, ...files.flatMap(({ notes }) => notes)],
  };
}

/** Files that have nothing to read yet are left out with a note, unless all of them are. */
function readAll(paths: readonly string[], options: ReadCurvesOptions) {
  const left: string[] = [];
  const titles = fileTitles(paths);
  const found = paths.flatMap((path, i): { readonly file: CurveFile; readonly title: string }[] => {
    try {
      return [{ file: readCurves(path, options), title: titles[i] }];
    } catch (error) {
      const { message } = error as Error;
      if (!(NOTHING_YET.test(message) || DIVERGED.test(message)) || left.length === paths.length - 1) throw error;
      left.push(`left out: ${message}`);
      return [];
    }
  });
  return { files: found.map(({ file }) => file), titles: found.map(({ title }) => title), left };
}

/** What tells paths apart: without the folders that all begin with, nor the names that all end with. */
function fileTitles(paths: readonly string[]): string[] {
  const parts = paths.map((path) =>
    withoutExtension(path)
      .split(/[\\/]/)
      .filter((part) => part !== '' && part !== '.'),
  );
  const shortest = Math.min(...parts.map(({ length }) => length));
  const isCommon = (at: number) => parts.every((own) => own.at(at) === parts[0].at(at));
  let start = 0;
  while (start < shortest && isCommon(start)) start++;
  let end = 0;
  while (start + end < shortest && isCommon(-1 - end)) end++;
  const titles = parts.map((own) => own.slice(start, own.length - end).join('/'));
  return new Set(titles).size === titles.length && !titles.includes('') ? titles : [...paths];
}
