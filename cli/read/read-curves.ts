import { extname } from 'node:path';
import type { CurveFile, ReadCurvesOptions } from './curve-file.ts';
import { parseCsvCurves } from './read-curves-csv.ts';
import { parseJson } from './read-curves-json.ts';
import { parseJsonl } from './read-curves-jsonl.ts';
import { isEventFile, isFolder, readTensorboard } from './read-tensorboard.ts';
import { decodeText, isStandardInput, readBytes } from './read-text.ts';
import { isRecordFile } from './record-file.ts';

export type { CurveFile, FileCurve, ReadCurvesOptions } from './curve-file.ts';

/** By extension; other text is JSON where it begins like it. */
const FORMATS: Readonly<Record<string, 'csv' | 'json' | 'lines'>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.json': 'json',
  '.jsonl': 'lines',
  '.ndjson': 'lines',
};

/**
 * Reads learning curves from CSV (wide or long), JSON, a log with one JSON object per line, a TensorBoard event file, or a folder
 * of TensorBoard runs; which of them is seen from the name, then from the first bytes. An error is one line that names the file.
 */
export function readCurves(path: string, options: ReadCurvesOptions = {}): CurveFile {
  if (!isStandardInput(path) && (isFolder(path) || isEventFile(path))) return readTensorboard(path, options);
  const bytes = readBytes(path);
  if (isRecordFile(bytes)) {
    return withNote(`${path} is read as a TensorBoard event file.`, readTensorboard(path, options, bytes));
  }
  const known = FORMATS[extname(path.replace(/\.gz$/i, '')).toLowerCase()];
  const format = known ?? (beginsLikeJson(bytes) ? 'json' : 'csv');
  // A log may be cut inside of a character.
  const text = decodeText(path, bytes, format !== 'csv');
  if (format === 'csv') return parseCsvCurves(text, path, options);
  if (format === 'lines') return parseJsonl(text, path, options);
  const file = parseJson(text, path, options);
  return known === undefined ? withNote(`${path} is read as JSON.`, file) : file;
}

const withNote = (note: string, file: CurveFile): CurveFile => ({ ...file, notes: [note, ...file.notes] });

const beginsLikeJson = (bytes: Uint8Array): boolean => /^\s*[{[]/.test(Buffer.from(bytes.subarray(0, 64)).toString());
