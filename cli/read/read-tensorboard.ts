import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { quoted } from '../wording.ts';
import type { CurveFile, ReadCurvesOptions } from './curve-file.ts';
import { type ChosenValues, chosenValues, noSuchKey, unclear, valueNames } from './curve-names.ts';
import { type RawPoint, tidyCurves } from './curve-points.ts';
import { eventScalars } from './event-scalars.ts';
import { fileError, isPacked, readBytes } from './read-text.ts';
import { readRecords } from './record-file.ts';

/** Is a file called as TensorBoard writers call theirs (events.out.tfevents.1700000000.host)? */
export const isEventFile = (path: string): boolean => /tfevents\.\d/.test(basename(path));

/**
 * Learning curves from a TensorBoard event file, or from a folder with such files at any depth: a curve per run, which is the
 * files that lie in one folder; of a single run, a curve per tag that is a metric by its name. `--value-key` chooses the tag. Memory
 * holds the points of what is chosen; where several tags turn up, files are read once more for it. `whole`: the bytes of the event file, where
 * they are read already.
 */
export function readTensorboard(path: string, options: ReadCurvesOptions = {}, whole?: Uint8Array): CurveFile {
  if (options.curveKey !== undefined || (options.stepKey !== undefined && options.stepKey !== 'step')) {
    throw new Error(
      `${path}: event files have their own steps and a curve per run. Leave out --step-key and --curve-key.`,
    );
  }
  const { valueKey } = options;
  const folders = runsAt(path);
  // With several tags and none chosen, only their names are needed.
  let read = readRuns(folders, (tag, tags) => (valueKey === undefined ? tags.size === 1 : tag === valueKey), whole);
  const { chosen, notes } = chooseTags(path, [...read.tags], valueKey);
  const areMetrics = chosen.length > 1;
  if (valueKey === undefined && read.tags.size > 1) {
    read = readRuns(folders, (tag) => chosen.includes(tag), whole);
  }
  const [tag] = chosen;
  const [run, ...more] = read.runs.filter(({ points }) => points.size > 0);
  if (areMetrics && more.length > 0) throw unclear(path, 'tag', chosen, 'values', '--value-key');
  const raw = areMetrics
    ? chosen.map((name) => ({ name, points: run.points.get(name) ?? [] }))
    : read.runs.map(({ name, points }) => ({ name, points: points.get(tag) ?? [] }));
  const without = raw.filter(({ points }) => points.length === 0).map(({ name }) => name);
  const tidied = tidyCurves(
    path,
    raw.filter(({ points }) => points.length > 0),
  );
  return {
    curves: tidied.curves,
    stepTitle: 'step',
    valueTitle: areMetrics ? 'value' : tag,
    areMetrics,
    ...(areMetrics && { run: run.name }),
    notes: [
      ...read.notes,
      ...notes,
      ...(without.length === 0 ? [] : [`${path}: runs without '${tag}' are left out: ${quoted(without, 5)}.`]),
      ...tidied.notes,
    ],
  };
}

/** Every tag, and by run the points of those that are wanted; `tags` are those that were seen so far, this one among them. */
function readRuns(
  folders: readonly Run[],
  isWanted: (tag: string, tags: ReadonlySet<string>) => boolean,
  whole: Uint8Array | undefined,
) {
  const notes: string[] = [];
  const tags = new Set<string>();
  const runs = folders.map(({ name, files }) => {
    const points = new Map<string, RawPoint[]>();
    const plugins = new Map<string, string>();
    for (const file of files) {
      const visit = (bytes: Uint8Array, number: number) => {
        for (const { tag, step, value } of scalarsIn(file, bytes, number, plugins)) {
          tags.add(tag);
          if (!isWanted(tag, tags)) continue;
          const known = points.get(tag);
          if (known === undefined) points.set(tag, [{ step, value }]);
          else known.push({ step, value });
        }
      };
      const isCut = readRecords(file, visit, whole ?? (isPacked(file) ? readBytes(file) : undefined));
      if (isCut) notes.push(`${file}: the last record is cut short (is it still being written?) and left out.`);
    }
    return { name, points };
  });
  return { runs, tags, notes };
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

function chooseTags(path: string, tags: readonly string[], valueKey: string | undefined): ChosenValues {
  if (tags.length === 0) {
    throw new Error(`${path}: no scalars in its events. Expected curves as summary writers log them (add_scalar).`);
  }
  if (valueKey === undefined) return chosenValues(path, 'tag', valueNames(tags));
  if (tags.includes(valueKey)) return { chosen: [valueKey], others: [], notes: [] };
  throw noSuchKey(path, 'tag', tags, '--value-key', valueKey);
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
      `${path}: a folder without event files (events.out.tfevents.*). Expected a file of curves, or a folder of runs; several files are named one by one, as by runs/*/metrics.csv.`,
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
