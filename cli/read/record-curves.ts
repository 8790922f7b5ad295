import { counted } from '../wording.ts';
import { cellValue } from './cells.ts';
import type { CurveFile, ReadCurvesOptions } from './curve-file.ts';
import { CURVE_NAMES, chosenValues, fileTitle, noSuchKey, stepNames, unclear, valueNames } from './curve-names.ts';
import { type RawCurve, type RawPoint, tidyCurves } from './curve-points.ts';
import { fieldOf, type JsonObject, numericKeys } from './lenient-json.ts';

/** One logged object. */
export interface LogRecord {
  /** Its line in the file, or its position in an array, from 1. */
  readonly at: number;
  readonly fields: JsonObject;
}

/**
 * Curves from the records of a training log: one for each run, or, of a single run, one for each metric. Records may be of several kinds: those without
 * a value are skipped and counted. `unit` is what a record is called in messages.
 */
export function recordCurves(
  records: readonly LogRecord[],
  source: string,
  unit: 'line' | 'record',
  options: ReadCurvesOptions = {},
): CurveFile {
  const values = findValueKeys(records, source, options);
  const valueKeys = values.chosen;
  const logged = records.filter(({ fields }) => valueKeys.some((key) => fieldOf(fields, key) !== undefined));
  const stepKey = findStepKey(logged, source, valueKeys, options);
  const curveKey = options.curveKey ?? findCurveKey(logged, [...valueKeys, stepKey]);
  const isOne = valueKeys.length === 1;
  if (!isOne && curveKey !== undefined) throw unclear(source, 'key', valueKeys, 'values', '--value-key');
  const number = ({ at, fields }: LogRecord, key: string): number => {
    const value = toNumber(fieldOf(fields, key));
    if (value !== undefined) return value;
    const found = fieldOf(fields, key);
    const shown = typeof found === 'object' ? 'an object' : JSON.stringify(found).slice(0, 40);
    throw new Error(`${source}, ${unit} ${at}, key '${key}': ${shown} is not a number. Expected a number or null.`);
  };
  const points = new Map<string, RawPoint[]>();
  let withoutStep = 0;
  for (const record of logged) {
    for (const key of valueKeys) {
      if (fieldOf(record.fields, key) === undefined) continue;
      const name = !isOne
        ? key
        : curveKey === undefined
          ? fileTitle(source)
          : curveName(record, source, unit, curveKey);
      const known = points.get(name) ?? [];
      points.set(name, known);
      const step = stepKey === undefined ? known.length + 1 : number(record, stepKey);
      if (Number.isFinite(step)) known.push({ step, value: number(record, key) });
      else withoutStep++;
    }
  }
  const raw: RawCurve[] = [...points].map(([name, each]) => ({ name, points: each }));
  const tidied = tidyCurves(source, raw);
  const skipped = (count: number, why: string): string[] => {
    const [has, is] = count === 1 ? ['has', 'is'] : ['have', 'are'];
    return count === 0
      ? []
      : [`${source}: ${count} of ${counted(records.length, unit)} ${has} ${why} and ${is} skipped.`];
  };
  const names = isOne ? `'${valueKeys[0]}'` : 'value';
  const notes = [
    ...values.notes,
    ...skipped(records.length - logged.length, `no ${names}`),
    ...skipped(withoutStep, `${isOne ? names : 'a value'} but no '${stepKey}'`),
    ...(stepKey === undefined
      ? [
          `${source}: no key of steps (see --step-key), so the ${unit}s with ${isOne ? names : 'a value'} are counted from 1.`,
        ]
      : []),
    ...tidied.notes,
  ];
  const valueTitle = isOne ? valueKeys[0] : 'value';
  return { curves: tidied.curves, stepTitle: stepKey ?? 'step', valueTitle, areColumns: !isOne, notes };
}

/** NaN where it is missing, undefined where it is no number. */
function toNumber(value: unknown): number | undefined {
  if (value === undefined || value === null) return Number.NaN;
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? cellValue(value.trim()) : undefined;
}

function allNumericKeys(records: readonly LogRecord[]): string[] {
  const keys = new Set<string>();
  for (const { fields } of records) for (const key of numericKeys(fields)) keys.add(key);
  return [...keys];
}

/** Several are metrics of one run. */
function findValueKeys(
  records: readonly LogRecord[],
  source: string,
  { stepKey, valueKey, curveKey }: ReadCurvesOptions,
): ReturnType<typeof chosenValues> {
  if (valueKey !== undefined) {
    if (records.some(({ fields }) => fieldOf(fields, valueKey) !== undefined)) return { chosen: [valueKey], notes: [] };
    throw noSuchKey(source, 'key', allNumericKeys(records), '--value-key', valueKey);
  }
  const names = allNumericKeys(records);
  const candidates = valueNames(names.filter((name) => name !== stepKey && name !== curveKey));
  // A log whose values are all null so far has steps only, and those are not its values.
  if (candidates.every((name) => stepNames(names).includes(name)))
    throw new Error(`${source}: no key has a number. Expected a step and a value per object.`);
  return chosenValues(source, 'key', candidates);
}

/** A step key that every record has comes before one that only some have. */
function findStepKey(
  logged: readonly LogRecord[],
  source: string,
  valueKeys: readonly string[],
  { stepKey }: ReadCurvesOptions,
): string | undefined {
  const isStep = (name: string) => (record: LogRecord) => Number.isFinite(toNumber(fieldOf(record.fields, name)));
  if (stepKey !== undefined) {
    if (logged.some(isStep(stepKey))) return stepKey;
    throw noSuchKey(source, 'key', allNumericKeys(logged), '--step-key', stepKey);
  }
  const names = stepNames(allNumericKeys(logged)).filter((name) => !valueKeys.includes(name));
  return names.find((name) => logged.every(isStep(name))) ?? names[0];
}

/** A key of text that every record has. */
function findCurveKey(logged: readonly LogRecord[], used: readonly (string | undefined)[]): string | undefined {
  return CURVE_NAMES.find(
    (name) =>
      !used.includes(name) && logged.every(({ fields }) => typeof fields[name] === 'string' && fields[name] !== ''),
  );
}

function curveName({ at, fields }: LogRecord, source: string, unit: string, curveKey: string): string {
  const name = fieldOf(fields, curveKey);
  if ((typeof name === 'string' && name !== '') || typeof name === 'number') return String(name);
  throw new Error(`${source}, ${unit} ${at}: no name at '${curveKey}'. Name the curve in every ${unit} with a value.`);
}
