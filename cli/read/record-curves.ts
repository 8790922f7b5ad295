import { counted, quoted } from '../wording.ts';
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

interface Log {
  readonly records: readonly LogRecord[];
  readonly source: string;
  /** What a record is called in messages. */
  readonly unit: 'line' | 'record';
}

/**
 * Curves from the records of a training log: one for each run, or, of a single run, one for each metric. Records may be of several kinds: those without
 * a value are skipped and counted.
 */
export function recordCurves(log: Log, options: ReadCurvesOptions = {}): CurveFile {
  const { records, source, unit } = log;
  const { chosen, notes } = findValueKeys(log, options);
  const areMetrics = chosen.length > 1;
  const logged = records.filter((record) => chosen.some((key) => has(record, key)));
  if (options.stepKey !== undefined && !logged.some(isStep(options.stepKey))) {
    throw noSuchKey(source, 'key', allNumericKeys(logged), '--step-key', options.stepKey);
  }
  const common = options.stepKey ?? commonStepKey(logged, chosen);
  const keys = chosen.map((key) => curvesOfKey(log, key, { ...options, stepKey: common }));
  if (areMetrics && new Set(keys.flatMap(({ runs }) => runs)).size > 1) {
    throw unclear(source, 'key', chosen, 'values', '--value-key');
  }
  const raw = keys.flatMap((each, i) =>
    areMetrics ? each.raw.map(({ points }) => ({ name: chosen[i], points })) : each.raw,
  );
  const tidied = tidyCurves(source, raw);
  const stepTitle = keys[0].stepKey ?? 'step';
  const otherSteps = chosen.filter((_, i) => (keys[i].stepKey ?? 'step') !== stepTitle);
  return {
    curves: tidied.curves,
    stepTitle,
    valueTitle: areMetrics ? 'value' : chosen[0],
    areMetrics,
    notes: [
      ...notes,
      ...skipped(log, records.length - logged.length, areMetrics ? 'no value' : `no '${chosen[0]}'`),
      ...keys.flatMap((each) => each.notes),
      ...(otherSteps.length === 0
        ? []
        : [
            `${source}: no key of steps is in all ${unit}s with a value: ${quoted(otherSteps, 5)} by others than '${stepTitle}'.`,
          ]),
      ...tidied.notes,
    ],
  };
}

/** The curves of one key of values: of a single run, unless a key tells runs apart. */
function curvesOfKey(log: Log, valueKey: string, options: ReadCurvesOptions) {
  const { records, source, unit } = log;
  const logged = records.filter((record) => has(record, valueKey));
  // A step key that every record has comes before one that only some have.
  const stepKey =
    options.stepKey ??
    commonStepKey(logged, [valueKey]) ??
    stepNames(allNumericKeys(logged)).find((name) => name !== valueKey);
  const curveKey = options.curveKey ?? findCurveKey(logged, [valueKey, stepKey]);
  const points = new Map<string, RawPoint[]>();
  let withoutStep = 0;
  for (const record of logged) {
    const name = curveKey === undefined ? fileTitle(source) : curveName(log, record, curveKey);
    const known = points.get(name) ?? [];
    points.set(name, known);
    const step = stepKey === undefined ? known.length + 1 : numberAt(log, record, stepKey);
    if (Number.isFinite(step)) known.push({ step, value: numberAt(log, record, valueKey) });
    else withoutStep++;
  }
  const uncounted = `${source}: no key of steps (see --step-key), so the ${unit}s with '${valueKey}' are counted from 1.`;
  return {
    raw: [...points].map(([name, each]): RawCurve => ({ name, points: each })),
    runs: curveKey === undefined ? [] : [...points.keys()],
    stepKey,
    notes: [
      ...skipped(log, withoutStep, `'${valueKey}' but no '${stepKey}'`),
      ...(stepKey === undefined ? [uncounted] : []),
    ],
  };
}

const has = ({ fields }: LogRecord, key: string): boolean => fieldOf(fields, key) !== undefined;

function skipped({ records, source, unit }: Log, count: number, why: string): string[] {
  if (count === 0) return [];
  const [has, is] = count === 1 ? ['has', 'is'] : ['have', 'are'];
  return [`${source}: ${count} of ${counted(records.length, unit)} ${has} ${why} and ${is} skipped.`];
}

function numberAt({ source, unit }: Log, { at, fields }: LogRecord, key: string): number {
  const found = fieldOf(fields, key);
  const value = toNumber(found);
  if (value !== undefined) return value;
  const shown = typeof found === 'object' ? 'an object' : JSON.stringify(found).slice(0, 40);
  throw new Error(`${source}, ${unit} ${at}, key '${key}': ${shown} is not a number. Expected a number or null.`);
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
  { records, source }: Log,
  { stepKey, valueKey, curveKey }: ReadCurvesOptions,
): ReturnType<typeof chosenValues> {
  if (valueKey !== undefined) {
    if (records.some((record) => has(record, valueKey))) return { chosen: [valueKey], notes: [] };
    throw noSuchKey(source, 'key', allNumericKeys(records), '--value-key', valueKey);
  }
  const names = allNumericKeys(records);
  const candidates = valueNames(names.filter((name) => name !== stepKey && name !== curveKey));
  // A log whose values are all null so far has steps only, and those are not its values.
  if (candidates.every((name) => stepNames(names).includes(name)))
    throw new Error(`${source}: no key has a number. Expected a step and a value per object.`);
  return chosenValues(source, 'key', candidates);
}

const isStep =
  (key: string) =>
  ({ fields }: LogRecord): boolean =>
    Number.isFinite(toNumber(fieldOf(fields, key)));

const commonStepKey = (logged: readonly LogRecord[], used: readonly string[]): string | undefined =>
  stepNames(allNumericKeys(logged)).find((name) => !used.includes(name) && logged.every(isStep(name)));

/** A key of text that every record has. */
function findCurveKey(logged: readonly LogRecord[], used: readonly (string | undefined)[]): string | undefined {
  return CURVE_NAMES.find(
    (name) =>
      !used.includes(name) && logged.every(({ fields }) => typeof fields[name] === 'string' && fields[name] !== ''),
  );
}

function curveName({ source, unit }: Log, { at, fields }: LogRecord, curveKey: string): string {
  const name = fieldOf(fields, curveKey);
  if ((typeof name === 'string' && name !== '') || typeof name === 'number') return String(name);
  throw new Error(`${source}, ${unit} ${at}: no name at '${curveKey}'. Name the curve in every ${unit} with a value.`);
}
