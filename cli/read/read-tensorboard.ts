import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { quoted } from '../wording.ts';
import type { CurveFile, ReadCurvesOptions } from './curve-file.ts';
import { noSuchKey, unclear } from './curve-names.ts';
import { type RawPoint, tidyCurves } from './curve-points.ts';
import { eventScalars } from './event-scalars.ts';
import { fileError } from './read-text.ts';
import { readRecords } from './record-file.ts';

/** Is a file called as TensorBoard writers call theirs (events.out.tfevents.1700000000.host)? */
export const isEventFile = (path: string): boolean => /tfevents\.\d/.test(basename(path));

/**
 * Learning curves from a TensorBoard event file, or from a folder with such files at any depth: a curve per run, which is the
 * files that lie in one folder. `--value-key` chooses the tag where there are several. Memory holds the points of one tag.
 */
export function readTensorboard(path: string, options: ReadCurvesOptions = {}): CurveFile {
  if (options.curveKey !== undefined || (options.stepKey !== undefined && options.stepKey !== 'step')) {
    throw new Error(
      `${path}: event files have their own steps and a curve per run. Leave out --step-key and --curve-key.`,
    );
  }
  const notes: string[] = [];
  const tags = new Set<string>();
  const runs = runsAt(path).map(({ name, files }) => {
    const points: RawPoint[] = [];
    const plugins = new Map<string, string>();
    for (const file of files) {
      const isCut = readRecords(file, (bytes, number) => {
        for (const { tag, step, value } of scalarsIn(file, bytes, number, plugins)) {
          tags.add(tag);
          // With several tags and none chosen, only their names are needed.
          if (options.valueKey === undefined ? tags.size === 1 : tag === options.valueKey) points.push({ step, value });
        }
      });
      if (isCut) notes.push(`${file}: the last record is cut short (is it still being written?) and left out.`);
    }
    return { name, points };
  });
  const tag = chooseTag(path, [...tags], options.valueKey);
  const without = runs.filter(({ points }) => points.length === 0).map(({ name }) => name);
  if (without.length > 0) notes.push(`${path}: runs without '${tag}' are left out: ${quoted(without, 5)}.`);
  const tidied = tidyCurves(
    path,
    runs.filter(({ points }) => points.length > 0),
  );
  return { curves: tidied.curves, stepTitle: 'step', valueTitle: tag, notes: [...notes, ...tidied.notes] };
}

function scalarsIn(file: string, bytes: Uint8Array, number: number, plugins: Map<string, string>) {
  try {
    return eventScalars(bytes, plugins);
  } catch {
    throw new Error(
      `${file}: record ${number} is no TensorBoard event. Expected an event file (events.out.tfevents.*).`,
    );
  }
}

function chooseTag(path: string, tags: readonly string[], valueKey: string | undefined): string {
  if (tags.length === 0) {
    throw new Error(`${path}: no scalars in its events. Expected curves as summary writers log them (add_scalar).`);
  }
  if (valueKey === undefined && tags.length > 1) throw unclear(path, 'tag', tags, 'values', '--value-key');
  if (valueKey !== undefined && !tags.includes(valueKey)) throw noSuchKey(path, 'tag', tags, '--value-key', valueKey);
  return valueKey ?? tags[0];
}

interface Run {
  readonly name: string;
  /** The oldest first: their names have the time in them. */
  readonly files: readonly string[];
}

function runsAt(path: string): Run[] {
  if (!isFolder(path)) return [{ name: basename(dirname(resolve(path))), files: [path] }];
  const filesOf = new Map<string, string[]>();
  for (const file of filesIn(path)
    .filter((file) => isEventFile(file) && !isFolder(file))
    .sort(byNumbers)) {
    const name = relative(path, dirname(file)) || basename(resolve(path));
    filesOf.set(name, [...(filesOf.get(name) ?? []), file]);
  }
  if (filesOf.size === 0) {
    throw new Error(
      `${path}: a folder without event files (events.out.tfevents.*). Expected a file of curves, or a folder of runs.`,
    );
  }
  return [...filesOf].map(([name, files]) => ({ name, files })).sort((a, b) => byNumbers(a.name, b.name));
}

/** `run2` before `run10`. */
const byNumbers = new Intl.Collator('en', { numeric: true }).compare;

/** An error of one line where it is not there. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw fileError(path, error);
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file));
  } catch (error) {
    throw fileError(folder, error);
  }
}
