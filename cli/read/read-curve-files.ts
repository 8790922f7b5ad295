import { UsageError } from '../errors.ts';
import { counted } from '../wording.ts';
import type { CurveFile, ReadCurvesOptions } from './curve-file.ts';
import { readCurves } from './read-curves.ts';

/** What several files are called in messages. */
export const filesTitle = (paths: readonly string[]): string =>
  paths.length === 1 ? paths[0] : counted(paths.length, 'file');

/**
 * The curves of one file or more, read as if one file had them all. Of several, a curve is called by what tells its file from the
 * others, and by its own name where a file has more than one: `run - val_loss`.
 */
export function readCurveFiles(paths: readonly string[], options: ReadCurvesOptions = {}): CurveFile {
  const twice = paths.find((path, i) => paths.indexOf(path) < i);
  if (twice !== undefined) throw new UsageError(`${twice} is named twice. Name every file once.`);
  const files = paths.map((path) => readCurves(path, options));
  if (files.length === 1) return files[0];
  const titles = fileTitles(paths);
  const valueTitles = new Set(files.map(({ valueTitle }) => valueTitle));
  const stepTitles = new Set(files.map(({ stepTitle }) => stepTitle));
  const isOneEach = files.every(({ curves }) => curves.length === 1);
  const nameOf = (at: number, own: string) => {
    if (!isOneEach) return `${titles[at]} - ${own}`;
    return valueTitles.size === 1 ? titles[at] : `${titles[at]} - ${files[at].valueTitle}`;
  };
  const areRuns = isOneEach && valueTitles.size === 1;
  return {
    curves: files.flatMap(({ curves }, at) => curves.map((curve) => ({ ...curve, name: nameOf(at, curve.name) }))),
    stepTitle: [...stepTitles].join(' or '),
    valueTitle: valueTitles.size === 1 ? files[0].valueTitle : 'value',
    areColumns: !areRuns && files.every((file) => file.areColumns || file.curves.length === 1),
    areMetrics: files.some(({ areMetrics }) => areMetrics),
    notes: files.flatMap(({ notes }) => notes),
  };
}

/** What tells paths apart: without the folders that all begin with, nor the names that all end with. */
function fileTitles(paths: readonly string[]): string[] {
  const parts = paths.map((path) =>
    path
      .replace(/\.\w+$/, '')
      .split(/[\\/]/)
      .filter((part) => part !== ''),
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
