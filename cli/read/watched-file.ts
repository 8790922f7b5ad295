import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CurveFile, type ReadCurvesOptions, readCurves } from './read-curves.ts';
import { isEventFile } from './read-tensorboard.ts';

/** What tells whether a file that another program writes, or a folder of them, has changed. */
export interface FileState {
  /** Sizes and times of change; null where there is no such file. */
  readonly stamp: string | null;
  /** Its last line has an end: a number in it cannot be half of one. */
  readonly isWhole: boolean;
}

export function fileState(path: string): FileState {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { stamp: null, isWhole: true };
  // Records of event files have checksums, so that a cut one is known.
  const endsWhole = () => stat.size === 0 || isEventFile(path) || lastByte(path, stat.size) === 0x0a;
  if (!stat.isDirectory()) return { stamp: stampOf(path), isWhole: endsWhole() };
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  return { stamp: files.map((file) => `${file} ${stampOf(join(path, file))}`).join('\n'), isWhole: true };
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.size} ${stat.mtimeMs}`;
}

function lastByte(file: string, size: number): number {
  const byte = new Uint8Array(1);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, byte, 0, 1, size - 1);
  } finally {
    closeSync(handle);
  }
  return byte[0];
}

/** What the readers say of a file that has no point in it yet. */
export const NOTHING_YET =
  /: (the file is empty|only blank cells|only a header|no records|no number in|no key has a number|no scalars in|a folder without event files)/;

/** What they say of runs that never had a value. */
export const DIVERGED = /: diverged: /;

/** What they say of a file that lacks the values. */
const NO_SUCH_VALUES = /: no (key|tag|column) '.*' \(--value-key\)/;

/**
 * The curves of a file, or in words why there are none yet. Throws for a file that cannot be read as curves. Of several metrics `metric` is read where
 * the options choose none; a file without it may get it.
 */
export function readGrowing(path: string, options: ReadCurvesOptions, metric?: string): CurveFile | string {
  if (fileState(path).stamp === null) return `${path}: there is no such file yet`;
  try {
    return readCurves(path, { ...options, valueKey: options.valueKey ?? metric });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (/: a folder without event files/.test(error.message)) return `${path}: a folder without event files yet`;
    if (NOTHING_YET.test(error.message)) return `${path}: no points yet`;
    const isPinned = options.valueKey === undefined && metric !== undefined;
    if (isPinned && NO_SUCH_VALUES.test(error.message)) return `${path}: no '${metric}' yet`;
    throw error;
  }
}
