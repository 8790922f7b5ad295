import { quoted } from '../wording.ts';
import { isGap, isNoNumber, isNumber, positionOf, type TableRow } from './cells.ts';

/** A way to write numbers that is not that of a computer: the sign, a currency, digits with separators of thousands, per cent or a currency. */
interface Notation {
  readonly form: RegExp;
  readonly group: RegExp;
  readonly point: '.' | ',';
}

const notation = (point: Notation['point'], group: string): Notation => ({
  form: new RegExp(
    `^([+\\-−]?)(\\p{Sc}?)\\s*((?=[.,]?\\d)(?:[1-9]\\d{0,2}(?:[${group}]\\d{3})+|\\d*)(?:[${point}]\\d*)?(?:e[+-]?\\d+)?)\\s*(%|\\p{Sc}|)$`,
    'iu',
  ),
  group: new RegExp(`[${group}]`, 'gu'),
  point,
});

/** Spaces and apostrophes part thousands beside either decimal separator. */
const POINT = notation('.', ", \\u00a0\\u202f’'");
const COMMA = notation(',', ". \\u00a0\\u202f’'");
/** As accountants write a number below zero: `($500.00)`, `$ (500.00)`. */
const NEGATIVE = /^(\p{Sc}?)\s*\((?![+\-−])(.+)\)$/u;

interface Written {
  readonly plain: string;
  /** The currency before it, and what comes after it. */
  readonly affixes: string;
}

function parseWritten(cell: string, { form, group, point }: Notation): Written | undefined {
  const negative = NEGATIVE.exec(cell);
  const match = form.exec(negative === null ? cell : negative.slice(1).join(''));
  if (match === null) return undefined;
  const [, sign, before, body, after] = match;
  const plain = `${negative !== null || sign === '−' ? '-' : sign}${body.replace(group, '').replace(point, '.')}`;
  return { plain, affixes: `${before} ${after}` };
}

/** How the columns of a table, by their positions, write numbers; plain ones are left out. */
export type Notations = ReadonlyMap<number, Notation>;

/** The same in another table whose first row has the names of its columns, for those that both have. */
export function notationsAt(names: readonly string[], notations: Notations, rows: readonly TableRow[]): Notations {
  const [{ cells: others }] = rows;
  const placed = [...notations].map(([from, used]): [number, Notation] => [positionOf(others, names[from]), used]);
  // Plain numbers that another notation does not read are what they are, all of them.
  const isUsed = ([to, used]: [number, Notation]) => {
    const cells = cellsAt(rows, to).slice(1);
    return to >= 0 && (cells.every((cell) => parseWritten(cell, used) !== undefined) || !cells.every(isNumber));
  };
  return new Map(placed.filter(isUsed));
}

/**
 * The columns of numbers such as `1,234.5`, `1.234,5`, `85 %` and `$3`: all of their cells are numbers of one notation, with the same currency or per
 * cent. A comma before three digits parts thousands, but where semicolons part the cells it is a decimal one. The first row may be a header.
 */
export function findNotations(rows: readonly TableRow[], delimiter: string): Notations {
  const candidates = delimiter === ';' ? [COMMA, POINT] : [POINT, COMMA];
  const columns = (rows[0]?.cells ?? []).map((_, at) => cellsAt(rows, at));
  // Of one column only, spaces may part cells.
  if (columns.length === 1 && columns[0].some((cell) => /\d +\d/.test(cell))) return new Map();
  const found = columns.map((cells) => {
    // With a first row of numbers, else below the header.
    const used = [cells, cells.slice(1)].flatMap((own) => candidates.find((each) => isWrittenIn(each, own)) ?? []);
    return used.at(0);
  });
  const hasDecimalCommas = columns.some((cells, at) => found[at] === COMMA && cells.slice(1).some(hasDecimals));
  return new Map(
    columns.flatMap((cells, at): [number, Notation][] => {
      const used = found[at] ?? (hasDecimalCommas && areThousands(cells.slice(1)) ? COMMA : undefined);
      return used === undefined ? [] : [[at, used]];
    }),
  );
}

const cellsAt = (rows: readonly TableRow[], at: number): string[] =>
  rows.flatMap((row) => row.cells[at] ?? []).filter((cell) => !isBlank(cell));

/** After a comma that can part no thousands. */
const hasDecimals = (cell: string): boolean => /(^|\D)0,|,(?!\d{3}(\D|$))\d/.test(cell);

/** `3.864` beside `199`, where the decimals of another column come after a comma. */
const areThousands = (cells: readonly string[]): boolean =>
  cells.some((cell) => cell.includes('.')) &&
  cells.some((cell) => /^\d+$/.test(cell)) &&
  cells.every((cell) => parseWritten(cell, COMMA)?.affixes === ' ');

/** Rows with these columns as a computer writes them (85 % is 85), and a note that says which they are. Cells of another form stay what they are. */
export function withPlainNumbers(
  file: string,
  rows: readonly TableRow[],
  notations: Notations,
): { rows: readonly TableRow[]; notes: string[] } {
  if (notations.size === 0) return { rows, notes: [] };
  const names = rows[0]?.cells ?? [];
  let example: string | undefined;
  const plainRows = rows.map(({ line, cells }, row) => ({
    line,
    written: cells,
    cells: cells.map((cell, at) => {
      const used = notations.get(at);
      const plain = used && parseWritten(cell, used)?.plain;
      if (plain !== undefined && row > 0 && plain !== cell) example ??= `'${cell}' is read as ${plain}`;
      return plain ?? cell;
    }),
  }));
  if (example === undefined) return { rows, notes: [] };
  const columns = names.flatMap((name, at) => {
    if (!notations.has(at)) return [];
    return [isNumber(plainRows[0].cells[at]) ? `column ${at + 1}` : name];
  });
  return {
    rows: plainRows,
    notes: [`${file}: ${example}, and likewise all of ${quoted(columns, 5)}.`],
  };
}

const isBlank = (cell: string): boolean => isGap(cell) || isNoNumber(cell);

/** Whether all cells are numbers in a notation, and not all of them plain ones, or in brackets, as tuples are. */
function isWrittenIn(used: Notation, cells: readonly string[]): boolean {
  if (cells.every(isNumber) || cells.every((cell) => NEGATIVE.test(cell))) return false;
  const affixes = parseWritten(cells[0], used)?.affixes;
  return affixes !== undefined && cells.every((cell) => parseWritten(cell, used)?.affixes === affixes);
}
