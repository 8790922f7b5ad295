import { parse } from 'csv-parse/sync';
import type { TableRow } from './cells.ts';
import { findNotations, type Notations, notationsAt, withPlainNumbers } from './local-numbers.ts';
import { decodeText, readBytes } from './read-text.ts';

/** A delimited text file as trimmed cells. */
export interface Table {
  /** As the caller named it, for messages. */
  readonly file: string;
  readonly rows: readonly TableRow[];
  readonly delimiter: ',' | ';' | '\t';
  readonly notations: Notations;
  /** What was found that the user should know. */
  readonly notes: readonly string[];
}

/** Reads a CSV file (UTF-8, separated by commas, semicolons or tabs). An error is one line that names file and row. */
export const readTable = (file: string, like?: Like): Table =>
  parseTable(decodeText(file, readBytes(file)), file, like);

/** A table that another one is to be read like: the names of its columns and how they write numbers. */
export interface Like {
  readonly header: readonly string[];
  readonly notations: Notations;
}

/** The same from text that was read already; `file` is its name in messages. Numbers are written as in another table, or as is found. */
export function parseTable(text: string, file: string, like?: Like): Table {
  if (text.trim() === '') {
    throw new Error(`${file}, row 1: the file is empty. Expected CSV.`);
  }
  const table = withoutComments(text);
  const delimiter = detectDelimiter(table);
  const rows = dropBlankEnds(parseRows(file, table, delimiter));
  if (rows.length === 0) throw new Error(`${file}: only blank cells. Expected CSV with a header.`);
  const used = like ? notationsAt(like.header, like.notations, rows[0].cells) : findNotations(rows, delimiter);
  return { file, delimiter, notations: used, ...withPlainNumbers(file, rows, used) };
}

/** One file may have several, where two programs wrote it. */
const LINE_ENDS = ['\r\n', '\n', '\r'];

/** Lines before the header such as `# run 7` and `#{"t_start": 0}`, as blank ones, so that rows keep their numbers. One with as many cells as the next line is the header. */
function withoutComments(text: string): string {
  const lines = text.split('\n');
  const separators = (line = '') => line.replace(/"[^"]*"/g, '').replace(/[^,;\t]/g, '').length;
  let count = 0;
  while (/^#[ \t{]/.test(lines[count] ?? '')) {
    if (!lines[count].startsWith('#{') && separators(lines[count]) === separators(lines[count + 1])) break;
    count++;
  }
  return count === 0 ? text : [...Array<string>(count).fill(''), ...lines.slice(count)].join('\n');
}

/** The separator that occurs most often outside quotes in the first line with text; commas between digits may be those of decimals. */
function detectDelimiter(text: string): Table['delimiter'] {
  const line = text.split(/\r?\n/).find((candidate) => candidate.trim() !== '') ?? '';
  const bare = line.replace(/"[^"]*"/g, '');
  const unquoted = /[;\t]/.test(bare) ? bare.replace(/(?<=\d),(?=\d)/g, '') : bare;
  const count = (delimiter: string) => unquoted.split(delimiter).length - 1;
  const candidates = [',', ';', '\t'] as const;
  return candidates.reduce((best, next) => (count(next) > count(best) ? next : best));
}

function parseRows(file: string, text: string, delimiter: string): TableRow[] {
  try {
    const options = { delimiter, record_delimiter: LINE_ENDS, info: true, relax_column_count: true, trim: true };
    const records = parse(text, options) as unknown as {
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

function dropBlankEnds(rows: TableRow[]): TableRow[] {
  let start = 0;
  let end = rows.length;
  while (start < end && rows[start].cells.length === 1 && isBlank(rows[start])) start++;
  while (end > start && isBlank(rows[end - 1])) end--;
  return rows.slice(start, end);
}
