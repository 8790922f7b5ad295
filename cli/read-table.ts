import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';

/** A delimited text file as trimmed cells. */
export interface Table {
  /** As the caller named it, for messages. */
  readonly file: string;
  readonly rows: readonly TableRow[];
  readonly delimiter: ',' | ';' | '\t';
}

export interface TableRow {
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Reads a CSV file (UTF-8, separated by commas, semicolons or tabs). An error is one line that names file and row. */
export function readTable(file: string): Table {
  const text = decode(file, readBytes(file));
  if (text.trim() === '') {
    throw new Error(`${file}, row 1: the file is empty. Expected CSV with one number per cell.`);
  }
  const delimiter = detectDelimiter(text);
  return { file, delimiter, rows: dropTrailingBlank(parseRows(file, text, delimiter)) };
}

const READ_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file. Check the path.',
  EISDIR: 'is a directory, expected a CSV file.',
  EACCES: 'permission to read it is denied. Check its access rights.',
};

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new Error(`${file}: ${READ_FAILURES[code] ?? `cannot be read (${code}).`}`);
  }
}

function decode(file: string, bytes: Uint8Array): string {
  const zero = bytes.indexOf(0);
  if (zero >= 0) {
    throw new Error(
      `${file}, row ${rowOfByte(bytes, zero)}: not a text file (it has a zero byte). Expected CSV in UTF-8.`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes); // also drops a byte-order mark
  } catch {
    throw new Error(`${file}, row ${firstBadRow(bytes)}: not valid UTF-8. Save the file as CSV in UTF-8.`);
  }
}

const rowOfByte = (bytes: Uint8Array, end: number): number =>
  bytes.subarray(0, end).reduce((row, byte) => row + (byte === 0x0a ? 1 : 0), 1);

/** TextDecoder does not say where it failed. A line feed is never part of a longer UTF-8 sequence, so lines can be tried alone. */
function firstBadRow(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let start = 0;
  for (let row = 1; ; row++) {
    const end = bytes.indexOf(0x0a, start);
    try {
      decoder.decode(bytes.subarray(start, end < 0 ? undefined : end));
    } catch {
      return row;
    }
    if (end < 0) return row;
    start = end + 1;
  }
}

/** The separator that occurs most often outside quotes in the first line with text. */
function detectDelimiter(text: string): Table['delimiter'] {
  const line = text.split(/\r?\n/).find((candidate) => candidate.trim() !== '') ?? '';
  const unquoted = line.replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => unquoted.split(delimiter).length - 1;
  const candidates = [',', ';', '\t'] as const;
  return candidates.reduce((best, next) => (count(next) > count(best) ? next : best));
}

function parseRows(file: string, text: string, delimiter: string): TableRow[] {
  try {
    const records = parse(text, { delimiter, info: true, relax_column_count: true, trim: true }) as unknown as {
      record: string[];
      info: { lines: number };
    }[];
    return records.map(({ record, info }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    const { lines, code } = error as { lines?: number; code?: string };
    throw new Error(`${file}, row ${lines ?? 1}: not readable as CSV (${code ?? 'unknown'}). Check the quotes.`);
  }
}

const isBlank = (row: TableRow): boolean => row.cells.every((cell) => cell === '');

function dropTrailingBlank(rows: TableRow[]): TableRow[] {
  let end = rows.length;
  while (end > 0 && isBlank(rows[end - 1])) end--;
  return rows.slice(0, end);
}
