import { basename, extname } from 'node:path';
import { type Curve, MAX_STEP } from '../infer/learning-curve.ts';
import { isMissing, isNumber, notANumber } from './cells.ts';
import { readTable, type Table, type TableRow } from './read-table.ts';

/** A curve in the model's steps 1..100, and the way back to the steps the file is written in. */
export interface FileCurve extends Curve {
  /** The file's own number of a model step; past the curve's end it goes on with the median spacing. */
  readonly stepInFile: (step: number) => number;
}

export interface CurveFile {
  readonly curves: readonly FileCurve[];
  /** What the columns are called, for axis titles. */
  readonly stepTitle: string;
  readonly valueTitle: string;
  /** What was assumed about the file, one line each. */
  readonly notes: readonly string[];
}

/**
 * Reads learning curves from CSV:
 * - wide: a column per curve under its name; a first column step, epoch or iteration gives the steps, else rows are 1, 2, ...
 * - long: columns curve, step, value in any order, or only step, value for one curve
 * - without a header (the first row is all numbers): columns are called curve1, curve2, ...
 *
 * Blank and NaN cells are missing points. Steps within 1..100 are the model's steps as they are. Other steps (2397, 4800, ...)
 * are counted instead: the first evaluation of a curve is step 1, the second 2, and so on.
 */
export function readCurves(path: string): CurveFile {
  const table = readTable(path);
  const { raw, stepTitle, valueTitle } = parseCurves(table);
  const found = raw.map((curve) => checkPoints(table, curve));
  const counted = found.some((curve) => curve.points.some(({ step }) => !isModelStep(step)));
  const curves = found.map((curve) => toModelSteps(table, curve, counted));
  const notes: string[] = [];
  if (table.delimiter !== ',') {
    notes.push(`${table.file} is read as separated by ${table.delimiter === ';' ? 'semicolons' : 'tabs'}.`);
  }
  if (counted) {
    notes.push(
      `${table.file}: steps are not all whole numbers in 1..${MAX_STEP}, so evaluations are counted instead (first = 1); ` +
        "results show the file's own steps.",
    );
  }
  return { curves, stepTitle, valueTitle, notes };
}

interface Point {
  readonly line: number;
  readonly step: number;
  /** Position among the evaluations, from 1; missing points count. */
  readonly ordinal: number;
  readonly value: number;
}

interface RawCurve {
  readonly name: string;
  readonly column: string;
  readonly points: readonly Point[];
}

interface ParsedCurves {
  readonly raw: readonly RawCurve[];
  readonly stepTitle: string;
  readonly valueTitle: string;
}

const isModelStep = (step: number): boolean => Number.isInteger(step) && step >= 1 && step <= MAX_STEP;

/** Names of a first column that gives the steps; blank is what pandas calls its index. */
const STEP_COLUMN = /^(|steps?|epochs?|iterations?)$/i;

function parseCurves(table: Table): ParsedCurves {
  const { file, rows } = table;
  const [first] = rows;
  const hasHeader = first.cells.some((cell) => !isNumber(cell) && !isMissing(cell));
  const header = first.cells.map((cell, i) => {
    if (!hasHeader) return `curve${i + 1}`;
    return cell === '' && i > 0 ? `column ${i + 1}` : cell;
  });
  // A blank line is a row of blank cells: with no step column it still counts as a step.
  const data = (hasHeader ? rows.slice(1) : rows).map((row) =>
    row.cells.length === 1 && row.cells[0] === '' ? { ...row, cells: header.map(() => '') } : row,
  );
  if (data.length === 0) {
    throw new Error(`${file}, row ${first.line}: only a header, no data. Expected a row of numbers per step.`);
  }
  const ragged = data.find((row) => row.cells.length !== header.length);
  if (ragged !== undefined) {
    throw new Error(
      `${file}, row ${ragged.line}: ${ragged.cells.length} ${ragged.cells.length === 1 ? 'cell' : 'cells'}, ` +
        `expected ${header.length} as in row ${first.line}. Leave a cell blank where a point is missing.`,
    );
  }
  const names = header.map((name) => name.toLowerCase());
  const long = ['curve', 'step', 'value'].filter((name) => names.includes(name));
  const isLong = long.length === names.length && names.includes('step') && names.includes('value');
  return isLong ? parseLong(file, names, data) : parseWide(file, header, data, hasHeader);
}

function parseWide(
  file: string,
  header: readonly string[],
  data: readonly TableRow[],
  hasHeader: boolean,
): ParsedCurves {
  const hasSteps = hasHeader && header.length > 1 && STEP_COLUMN.test(header[0]);
  const twice = header.find((column, i) => header.indexOf(column) < i);
  if (twice !== undefined) {
    throw new Error(`${file}, row 1, column '${twice}': two columns have this name. Give every curve its own name.`);
  }
  const raw = header.slice(hasSteps ? 1 : 0).map((column, i) => {
    const points: Point[] = [];
    data.forEach(({ line, cells }, row) => {
      const value = toNumber(file, line, column, cells[hasSteps ? i + 1 : i]);
      if (value === null) return;
      const step = hasSteps ? toStep(file, line, header[0], cells[0]) : row + 1;
      points.push({ line, step, ordinal: row + 1, value });
    });
    return { name: column, column, points };
  });
  return {
    raw,
    stepTitle: (hasSteps && header[0]) || 'step',
    valueTitle: raw.length === 1 && hasHeader ? raw[0].column : 'value',
  };
}

function parseLong(file: string, names: readonly string[], data: readonly TableRow[]): ParsedCurves {
  const [curveAt, stepAt, valueAt] = ['curve', 'step', 'value'].map((name) => names.indexOf(name));
  const rowsOf = new Map<string, TableRow[]>();
  for (const row of data) {
    if (row.cells.every((cell) => cell === '')) continue;
    const name = curveAt < 0 ? basename(file, extname(file)) : row.cells[curveAt];
    if (name === '') throw new Error(`${file}, row ${row.line}, column 'curve': blank. Name the curve in every row.`);
    const rows = rowsOf.get(name);
    if (rows === undefined) rowsOf.set(name, [row]);
    else rows.push(row);
  }
  const raw = [...rowsOf].map(([name, rows]) => ({
    name,
    column: 'value',
    points: rows
      .map(({ line, cells }) => ({
        line,
        step: toStep(file, line, 'step', cells[stepAt]),
        value: toNumber(file, line, 'value', cells[valueAt]),
      }))
      .sort((a, b) => a.step - b.step)
      .map((point, i) => ({ ...point, ordinal: i + 1 }))
      .filter((point): point is Point => point.value !== null),
  }));
  return { raw, stepTitle: 'step', valueTitle: 'value' };
}

function toNumber(file: string, line: number, column: string, cell: string): number | null {
  if (isMissing(cell)) return null;
  if (!isNumber(cell)) throw notANumber(file, line, column, cell, 'Leave a cell blank where a point is missing.');
  return Number(cell);
}

function toStep(file: string, line: number, column: string, cell: string): number {
  const step = toNumber(file, line, column, cell);
  if (step === null) throw new Error(`${file}, row ${line}, column '${column}': no step. Every point needs one.`);
  return step;
}

/** Refuses what cannot be extrapolated; sorts by step. */
function checkPoints({ file, rows }: Table, curve: RawCurve): RawCurve {
  const { name, column } = curve;
  const points = [...curve.points].sort((a, b) => a.step - b.step);
  if (points.length === 0) {
    const last = rows[rows.length - 1].line;
    throw new Error(
      `${file}, rows 1-${last}, column '${column}': curve '${name}' has no numbers. Remove it or fill it.`,
    );
  }
  if (points.length === 1) {
    throw new Error(
      `${file}, row ${points[0].line}, column '${column}': curve '${name}' has only one point, at least 2 are needed.`,
    );
  }
  points.slice(1).forEach(({ line, step }, i) => {
    if (step === points[i].step) {
      const [early, late] = [points[i].line, line].sort((a, b) => a - b);
      throw new Error(
        `${file}, row ${late}: step ${step} of curve '${name}' was already given in row ${early}. Keep one value per step.`,
      );
    }
  });
  const outside = points.find(({ value }) => value < 0 || value > 1);
  if (outside !== undefined) {
    throw new Error(
      `${file}, row ${outside.line}, column '${column}': values must lie in [0, 1] and rise, got ${outside.value}; ` +
        'other ranges are not supported yet, rescale with (value - low) / (high - low).',
    );
  }
  const fall = clearFall(points.map(({ value }) => value));
  if (fall !== null) {
    const range = `rows ${points[0].line}-${points[points.length - 1].line}`;
    throw new Error(
      `${file}, ${range}, column '${column}': values must lie in [0, 1] and rise, curve '${name}' falls ` +
        `(it starts at ${fall.first.toFixed(3)} and its last third averages ${fall.last.toFixed(3)}); ` +
        'falling curves are not supported yet, rescale with 1 - value.',
    );
  }
  return { name, column, points };
}

/**
 * Noise makes a rising curve fall here and there, and the prior only says that it ends above its start. So both must hold: the
 * last third lies 0.15 below the first point, and the fall is steady (Mann-Kendall z below -3). Of fewer than 8 points: 0.3,
 * and every step falls. Of 2000 curves of the prior none does this from 8 points on, and 1 in 1000 with 3 points.
 */
function clearFall(values: readonly number[]): { first: number; last: number } | null {
  const n = values.length;
  const [first] = values;
  const end = values.slice(-Math.ceil(n / 3));
  const last = end.reduce((sum, value) => sum + value, 0) / end.length;
  if (first - last < (n < 8 ? 0.3 : 0.15)) return null;
  if (n < 8) return values.every((value, i) => i === 0 || value < values[i - 1]) ? { first, last } : null;
  let rises = 0;
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) rises += Math.sign(values[j] - values[i]);
  return rises / Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18) < -3 ? { first, last } : null;
}

function toModelSteps({ file }: Table, { name, column, points }: RawCurve, counted: boolean): FileCurve {
  const steps = points.map(({ step, ordinal }) => (counted ? ordinal : step));
  const beyond = points.find((_, i) => steps[i] > MAX_STEP);
  if (beyond !== undefined) {
    throw new Error(
      `${file}, row ${beyond.line}, column '${column}': curve '${name}' has more than ${MAX_STEP} points, ` +
        `the limit is ${MAX_STEP}. Thin it out, for example to every second point.`,
    );
  }
  const fileSteps = points.map(({ step }) => step);
  return {
    name,
    steps,
    values: points.map(({ value }) => value),
    stepInFile: counted ? (step) => interpolate(steps, fileSteps, step) : (step) => step,
  };
}

/** Piecewise linear from model steps to file steps; outside of the known ones with the median spacing. */
function interpolate(steps: readonly number[], fileSteps: readonly number[], step: number): number {
  const end = steps.length - 1;
  const at = steps.findIndex((known) => known >= step);
  if (at >= 0 && steps[at] === step) return fileSteps[at];
  const slopes = steps.slice(1).map((known, i) => (fileSteps[i + 1] - fileSteps[i]) / (known - steps[i]));
  if (at > 0) return fileSteps[at - 1] + slopes[at - 1] * (step - steps[at - 1]);
  const spacing = [...slopes].sort((a, b) => a - b)[Math.floor(slopes.length / 2)];
  return at === 0 ? fileSteps[0] - spacing * (steps[0] - step) : fileSteps[end] + spacing * (step - steps[end]);
}
