import type { CurveFile, ReadCurvesOptions } from './curve-file.ts';
import { isStepName } from './curve-names.ts';
import { isObject, type JsonObject, lenientJson } from './lenient-json.ts';
import { columnCurves } from './read-curves-csv.ts';
import { parseJsonl } from './read-curves-jsonl.ts';
import { recordCurves } from './record-curves.ts';

/**
 * Learning curves from JSON text, called `source` in messages: an array of objects (also as the only such array in an object),
 * an object with an array of numbers per curve (also as the only such object in one), an object of runs with one array each, an array of numbers
 * or of such arrays, the points of a scalar as TensorBoard downloads them, or one object per line.
 */
export function parseJson(text: string, source: string, options: ReadCurvesOptions = {}): CurveFile {
  const value = lenientJson(text);
  if (isRecords(value)) return arrayCurves(value, source, options);
  if (isObject(value)) {
    const inner = Object.entries(value).filter(([, each]) => isRecords(each)) as [string, JsonObject[]][];
    if (inner.length === 1) {
      const [[key, records]] = inner;
      const file = arrayCurves(records, source, options);
      // Hugging Face's trainer_state.json.
      const end = file.stepTitle === 'step' && typeof value.max_steps === 'number' ? value.max_steps : undefined;
      return { ...file, ...(end && { end }), notes: [`${source}: the records are read from '${key}'.`, ...file.notes] };
    }
    const columns = Object.entries(value).filter(([, each]) => isColumn(each)) as [string, unknown[]][];
    // A record of numbers is a line of a log, whatever else it holds.
    const isRecord = Object.values(value).some((each) => typeof each === 'number');
    const nested = Object.entries(isRecord ? {} : value).flatMap(([key, each]): [string, [string, unknown[]][]][] => {
      const own = isObject(each) ? Object.entries(each).filter(([, one]) => isColumn(one)) : [];
      return own.length > 0 ? [[key, own as [string, unknown[]][]]] : [];
    });
    // Keras' History has its epochs beside the object of its metrics.
    const steps = columns.filter(([name]) => isStepName(name));
    const hasOwn = columns.length > steps.length || nested.length === 0;
    if (columns.length > 0 && hasOwn) return objectOfArrays(columns, source, options);
    if (nested.length === 1) {
      const [[key, own]] = nested;
      const file = objectOfArrays([...steps, ...own], source, options);
      return { ...file, notes: [`${source}: the curves are read from '${key}'.`, ...file.notes] };
    }
    // Runs, or sets of data as XGBoost's evals_result has them, of the same metrics; named as Weights & Biases does.
    const isSame = new Set(nested.map(([, own]) => own.map(([name]) => name).join('\n'))).size === 1;
    if (nested.length > 1 && (isSame || steps.length > 0)) {
      const runs = nested.flatMap(([run, own]) =>
        own.map(([name, values]): [string, unknown[]] => [`${run} - ${name}`, values]),
      );
      return objectOfArrays([...steps, ...runs], source, options);
    }
  }
  if (isTensorboardDownload(value)) {
    const columns: [string, unknown[]][] = [
      ['step', value.map(([, step]) => step)],
      ['value', value.map(([, , each]) => each)],
    ];
    return objectOfArrays(columns, source, options);
  }
  const lists = isColumn(value) ? [value] : value;
  if (Array.isArray(lists) && lists.length > 0 && lists.every(isColumn)) {
    return objectOfArrays(
      lists.map((each: unknown[], i) => [`curve${i + 1}`, each]),
      source,
      options,
    );
  }
  const [first] = text.trimStart().split('\n', 1);
  if (isObject(value) || (value === undefined && isObject(lenientJson(first))))
    return parseJsonl(text, source, options);
  throw new Error(
    `${source}: ${value === undefined ? 'not readable as JSON' : 'no curves in this JSON'}. ` +
      'Expected an array of objects, an object of arrays, an array of numbers, or one object per line.',
  );
}

const isRecords = (value: unknown): value is JsonObject[] =>
  Array.isArray(value) && value.length > 0 && value.every(isObject);

const isColumn = (value: unknown): boolean => Array.isArray(value) && value.some((each) => typeof each === 'number');

type TensorboardPoint = readonly [seconds: number, step: number, value: number | string];

/** Seconds since 1970 of a day that TensorBoard did not exist yet. */
const BEFORE_TENSORBOARD = 1.4e9;

/** As TensorBoard's page downloads a scalar: the time, the step and the value of each point. */
const isTensorboardDownload = (value: unknown): value is TensorboardPoint[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(
    (each) => Array.isArray(each) && each.length === 3 && each[0] > BEFORE_TENSORBOARD && Number.isInteger(each[1]),
  );

const arrayCurves = (records: readonly JsonObject[], source: string, options: ReadCurvesOptions): CurveFile =>
  recordCurves({ records: records.map((fields, i) => ({ at: i + 1, fields })), source, unit: 'record' }, options);

/** As a table with a column per array; shorter ones end in blanks. */
function objectOfArrays(columns: [string, unknown[]][], source: string, options: ReadCurvesOptions): CurveFile {
  const length = columns.reduce((most, [, values]) => Math.max(most, values.length), 0);
  const rows = Array.from({ length }, (_, i) => ({
    line: i + 1,
    cells: columns.map(([, values]) => cell(values[i])),
  }));
  return columnCurves({ source, header: columns.map(([name]) => name), line: 1, rows }, options);
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? '[...]' : String(value);
}
