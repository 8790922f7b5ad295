import { parse } from 'csv-parse/sync';
import { cellValue, isNumber, type TableRow } from './cells.ts';
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
  const told = TOLD_DELIMITER.exec(text);
  const table = withoutComments(told ? text.slice(told[0].length) : text);
  const delimiter = (told?.[1] as Table['delimiter']) ?? detectDelimiter(table);
  const all = dropBlankEnds(parseRows(file, table, delimiter));
  if (all.length === 0) throw new Error(`${file}: only blank cells. Expected CSV with a header.`);
  const rows = withOneHeader(all);
  const again = all.length - rows.length;
  const used = like ? notationsAt(like.header, like.notations, rows) : findNotations(rows, delimiter);
  const plain = withPlainNumbers(file, rows, used);
  const notes =
    again === 0
      ? []
      : [`${file}: the header comes again ${again === 1 ? 'once' : `${again} times`}, which is skipped.`];
  return { file, delimiter, notations: used, rows: plain.rows, notes: [...notes, ...plain.notes] };
}

/** One file may have several, where two programs wrote it. */
const LINE_ENDS = ['\r\n', '\n', '\r'];

/** As spreadsheets say it in the first line. */
const TOLD_DELIMITER = /^"?sep=([,;\t])"?(?=\r?\n)/i;

/** Lines before the header that begin with `#`, as blank ones, so that rows keep their numbers. The last one is the header where it has as many cells as the row below it. */
function withoutComments(text: string): string {
  const lines = text.split('\n');
  const isComment = (line: string) => line.startsWith('#');
  const isBefore = (line: string) => isComment(line) || line.trim() === '';
  let count = 0;
  while (count < lines.length && isBefore(lines[count])) count++;
  const last = lines.slice(0, count).findLastIndex(isComment);
  if (last < 0) return text;
  const next = lines.at(count);
  const later = lines.slice(count + 1).find((line) => line.trim() !== '');
  // What is written is nothing but a header yet, or the row follows at once.
  const mayBeHeader = next === undefined || last === count - 1;
  const end = mayBeHeader && isHeader(lines[last], next, later) ? last : count;
  return [...Array<string>(end).fill(''), ...lines.slice(end)].join('\n');
}

/** Of a line such as `# epoch,loss` or `#,loss`, by the next two. */
function isHeader(line: string, next?: string, later = ''): boolean {
  const cellsOf = (text: string) => text.replace(/"[^"]*"/g, '').split(/[,;\t]/);
  const hasNumber = (text: string) => cellsOf(text).some((cell) => isNumber(cell.trim()));
  const count = cellsOf(line).length;
  if (line.startsWith('#{') || (next !== undefined && cellsOf(next).length !== count)) return false;
  return (next !== undefined && hasNumber(next)) || (count > 1 && !hasNumber(later));
}

/** A delimiter is seen in so many lines, of so many characters. */
const FIRST_LINES = 20;
const FIRST_TEXT = 2 ** 20;

/**
 * The separator that occurs in the first line with text as often as in the next ones, or else the most often; outside quotes. Commas between digits
 * may be those of decimals.
 */
function detectDelimiter(text: string): Table['delimiter'] {
  const lines = text
    .slice(0, FIRST_TEXT)
    .replace(/"[^"]*"/g, '')
    .split(/\r?\n|\r/)
    .filter((line) => line.trim() !== '')
    .slice(0, FIRST_LINES)
    .map((line) => (/[;\t]/.test(line) ? line.replace(/(?<=\d),(?=\d)/g, '') : line));
  const count = (delimiter: string, line = lines[0] ?? '') => line.split(delimiter).length - 1;
  const isEven = (delimiter: string) => lines.every((line) => count(delimiter, line) === count(delimiter));
  const candidates = ([',', ';', '\t'] as const).filter((each) => count(each) > 0);
  const even = candidates.filter(isEven);
  const [first = ',', ...others] = even.length > 0 ? even : candidates;
  return others.reduce((best, next) => (count(next) > count(best) ? next : best), first);
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

/** A program that is started again writes it again. A first row without text is none. */
function withOneHeader(rows: readonly TableRow[]): readonly TableRow[] {
  const [{ cells: header }] = rows;
  if (!header.some((cell) => cellValue(cell) === undefined)) return rows;
  const isHeader = ({ cells }: TableRow) =>
    cells.length === header.length && cells.every((cell, at) => cell === header[at]);
  return rows.filter((row, at) => at === 0 || !isHeader(row));
}

export const isBlankLine = ({ cells }: TableRow): boolean => cells.length === 1 && cells[0] === '';

const isBlank = (row: TableRow): boolean => row.cells.every((cell) => cell === '');

function dropBlankEnds(rows: TableRow[]): TableRow[] {
  let start = 0;
  let end = rows.length;
  while (start < end && isBlankLine(rows[start])) start++;
  while (end > start && isBlank(rows[end - 1])) end--;
  return rows.slice(start, end);
}
