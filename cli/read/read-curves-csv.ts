import { counted, quoted } from '../wording.ts';
import { cellValue } from './cells.ts';
import { type Columns, hasNumber, joinedColumns, keyColumn, namedRoles, tellingColumns } from './columns.ts';
import type { CurveFile, ReadCurvesOptions } from './curve-file.ts';
import { areOfOneRun, metricsOfNames, valueNames } from './curve-names.ts';
import { tidyCurves } from './curve-points.ts';
import { findCurveColumn, longCurves } from './long-curves.ts';
import { metricColumn, ofMetric } from './metric-column.ts';
import { isBlankLine, parseTable, type Table } from './read-table.ts';
import { wideCurves } from './wide-curves.ts';

/**
 * Learning curves from the text of a CSV file, called `source` in messages:
 * - wide: a column per curve under its name; a column step, epoch, ... gives the steps, else rows are 1, 2, ...
 * - long: a column says which curve a row belongs to, one has the step and one the value, in any order
 * - without a header (the first row is all numbers): columns are called curve1, curve2, ...
 *
 * Blank, NaN and the like are missing points. A last row without an end of line and with too few cells is ignored with a note.
 */
export function parseCsvCurves(text: string, source: string, options: ReadCurvesOptions = {}): CurveFile {
  const whole = parseTable(text, source);
  const table = text.endsWith('\n') ? whole : withoutCutRow(whole);
  const { columns, notes } = splitHeader(table);
  if (table !== whole) notes.push(`${source}: the last row is cut short (is it still being written?) and left out.`);
  if (table.delimiter === ';') notes.push(`${source} is read as separated by semicolons.`);
  if (table.delimiter === '\t' && !source.endsWith('.tsv')) notes.push(`${source} is read as separated by tabs.`);
  const file = columnCurves(columns, options);
  return { ...file, notes: [...notes, ...table.notes, ...file.notes] };
}

/** The curves in named columns, wide or long. */
export function columnCurves(all: Columns, asked: ReadCurvesOptions = {}): CurveFile {
  const { columns, options } = ofCurves(ofMetric(all, asked), asked);
  const roles = namedRoles(columns, options);
  const found = metricColumn(columns);
  const metricAt = found === roles.curveAt ? -1 : found;
  const curveAt = findCurveColumn(columns, roles);
  const told = [curveAt, metricAt].filter((at) => at >= 0).map((at) => columns.header[at]);
  const untold = options.curveKey === undefined ? tellingColumns(columns, roles, told) : [];
  if (untold.length > 0) {
    const names = [...(curveAt < 0 ? [] : [columns.header[curveAt]]), ...untold];
    const file = columnCurves(joinedColumns(columns, names), { ...options, curveKey: names.join(',') });
    const verb = names.length === 1 ? 'is' : 'are';
    const note = `${columns.source}: ${quoted(names)} ${verb} read as what tells curves apart. Another one: --curve-key.`;
    return { ...file, notes: [note, ...file.notes] };
  }
  const layout =
    curveAt >= 0 || metricAt >= 0 ? longCurves(columns, { ...roles, curveAt, metricAt }) : wideCurves(columns, roles);
  const { curves, notes } = tidyCurves(columns.source, layout.raw);
  const { stepTitle, valueTitle } = layout;
  return {
    curves,
    stepTitle,
    valueTitle,
    areColumns: curveAt < 0 || metricAt >= 0,
    mayBePadded: curveAt < 0 && metricAt < 0 && areRunsSideBySide(columns, roles.stepAt),
    hasMetricColumn: metricAt >= 0,
    notes: [...layout.notes, ...notes],
  };
}

/** With one column that tells curves apart, where `--curve-key` names several, with commas between. */
function ofCurves(columns: Columns, options: ReadCurvesOptions) {
  const { curveKey } = options;
  if (!curveKey?.includes(',') || columns.header.includes(curveKey)) return { columns, options };
  const names = curveKey.split(',').map((name) => columns.header[keyColumn(columns, '--curve-key', name.trim())]);
  return { columns: joinedColumns(columns, names), options: { ...options, curveKey: names.join(',') } };
}

/** Whether the columns of values are runs, whichever of them is read, and not the metrics of one: a row may then lack the value of one that is over. */
function areRunsSideBySide(columns: Columns, stepAt: number): boolean {
  const names = valueNames(columns.header.filter((name, at) => at !== stepAt && hasNumber(columns, name)));
  return names.length > 1 && !areOfOneRun(metricsOfNames(names));
}

function withoutCutRow(table: Table): Table {
  const { rows } = table;
  const isCut = rows.length > 2 && rows[rows.length - 1].cells.length < rows[0].cells.length;
  return isCut ? { ...table, rows: rows.slice(0, -1) } : table;
}

function splitHeader({ file, rows }: Table): { columns: Columns; notes: string[] } {
  const [{ cells: first, line }] = rows;
  // pandas writes columns without names as 0, 1, ... after a blank index.
  const isCounted = first.length > 1 && first[0] === '' && first.slice(1).every((cell, i) => cell === String(i));
  const hasHeader = isCounted || first.some((cell) => cellValue(cell) === undefined);
  // A blank line is a row of blank cells: with no step column it still counts as a step.
  const data = (hasHeader ? rows.slice(1) : rows).map((row) =>
    isBlankLine(row) ? { ...row, cells: first.map(() => '') } : row,
  );
  if (data.length === 0) {
    throw new Error(`${file}, row ${line}: only a header, no data. Expected a row of numbers per step.`);
  }
  const ragged = data.find(({ cells }) => cells.length !== first.length);
  if (ragged !== undefined) {
    throw new Error(
      `${file}, row ${ragged.line}: ${counted(ragged.cells.length, 'cell')}, ` +
        `expected ${first.length} as in row ${line}. Leave a cell blank where a point is missing.`,
    );
  }
  if (hasHeader) {
    // numpy writes `# epoch,loss`.
    const names = first.map((cell, i) => (i === 0 ? cell.replace(/^#\s*(?=\w)/, '') : cell));
    const header = names.map((cell, i) => (cell === '' && i > 0 ? `column ${i + 1}` : cell));
    return { columns: { source: file, header, line, rows: data }, notes: [] };
  }
  const hasSteps = first.length > 1 && countsUp(data.map(({ cells }) => cells[0]));
  const header = first.map((_, i) => (hasSteps ? (i === 0 ? 'step' : `curve${i}`) : `curve${i + 1}`));
  const notes = hasSteps ? [`${file} has no header; its first column rises in whole numbers and gives the steps.`] : [];
  return { columns: { source: file, header, line, rows: data }, notes };
}

const countsUp = (cells: readonly string[]): boolean =>
  cells.length > 2 && cells.every((cell, i) => /^\d+$/.test(cell) && (i === 0 || Number(cell) > Number(cells[i - 1])));
