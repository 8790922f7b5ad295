import { counted, quoted } from '../wording.ts';
import { cellValue, isBlank } from './cells.ts';
import type { CurveFile, ReadCurvesOptions } from './curve-file.ts';
import {
  type ChosenValues,
  CURVE_NAMES,
  chosenSteps,
  chosenValues,
  fileTitle,
  noSuchKey,
  stepNames,
  unclear,
  valueNames,
} from './curve-names.ts';
import { type RawCurve, type RawPoint, tidyCurves } from './curve-points.ts';
import { fieldOf, type JsonObject, numericKeys } from './lenient-json.ts';
import { tellingNames } from './telling-names.ts';

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
  const { records, source } = log;
  const { chosen, notes } = findValueKeys(log, options);
  const areMetrics = chosen.length > 1;
  const logged = records.filter((record) => chosen.some((key) => has(record, key)));
  if (options.stepKey !== undefined && !logged.some(isStep(options.stepKey))) {
    throw noSuchKey(source, 'key', allNumericKeys(logged), '--step-key', options.stepKey);
  }
  const recordsOf = chosen.map((key) => logged.filter((record) => has(record, key)));
  const stepKeys = findStepKeys(logged, recordsOf, chosen, options);
  const keys = chosen.map((key, i) => curvesOfKey(log, recordsOf[i], key, stepKeys[i], options.curveKey));
  const runs = [...new Set(keys.flatMap((each) => each.runs))];
  if (areMetrics && runs.length > 1) throw unclear(source, 'key', chosen, 'values', '--value-key');
  const mixed =
    options.curveKey === undefined
      ? recordsOf.flatMap((own, i) => mixedRuns(source, own, chosen[i], stepKeys[i], keys[i].curveKey))
      : [];
  // Values that are asked for are read.
  if (mixed.length > 0 && options.valueKey === undefined)
    throw new Error(`${mixed[0]}; else choose the values with --value-key.`);
  const raw = keys.flatMap((each, i) =>
    areMetrics ? each.raw.map(({ points }) => ({ name: chosen[i], points })) : each.raw,
  );
  const tidied = tidyCurves(source, raw);
  const titleOf = (i: number) => stepKeys[i] ?? 'step';
  const stepTitles = [...new Set(chosen.map((_, i) => titleOf(i)))];
  const bySteps = stepTitles.map((title) => {
    const own = chosen.filter((_, i) => titleOf(i) === title);
    return `${quoted(own, 5)} by '${title}'`;
  });
  return {
    curves: tidied.curves,
    stepTitle: stepTitles.join(' or '),
    ...(stepTitles.length > 1 && { areStepsAlike: false }),
    valueTitle: areMetrics ? 'value' : chosen[0],
    areMetrics,
    ...(areMetrics && { run: runs[0] ?? fileTitle(source) }),
    notes: [
      ...notes,
      ...mixed.map((text) => `${text}.`),
      ...skipped(log, records.length - logged.length, areMetrics ? 'no value' : `no '${chosen[0]}'`),
      ...keys.flatMap((each) => each.notes),
      ...(stepTitles.length === 1 ? [] : [`${source}: metrics have steps of their own: ${bySteps.join('; ')}.`]),
      ...tidied.notes,
    ],
  };
}

/** The curves of one key of values, from the records that have it: of a single run, unless a key tells runs apart. */
function curvesOfKey(
  log: Log,
  logged: readonly LogRecord[],
  valueKey: string,
  stepKey: string | undefined,
  askedCurveKey: string | undefined,
) {
  const { source, unit } = log;
  const curveKey = askedCurveKey ?? findCurveKey(logged, [valueKey, stepKey]);
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
    curveKey,
    runs: curveKey === undefined ? [] : [...points.keys()],
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

/** Null where nothing was logged. */
function numberAt({ source, unit }: Log, { at, fields }: LogRecord, key: string): number | null {
  const found = fieldOf(fields, key);
  if (found === undefined || found === null || (typeof found === 'string' && isBlank(found.trim()))) return null;
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
function findValueKeys({ records, source }: Log, { stepKey, valueKey, curveKey }: ReadCurvesOptions): ChosenValues {
  if (valueKey !== undefined) {
    if (records.some((record) => has(record, valueKey))) return { chosen: [valueKey], others: [], notes: [] };
    throw noSuchKey(source, 'key', allNumericKeys(records), '--value-key', valueKey);
  }
  const names = allNumericKeys(records);
  const isRun = (name: string) =>
    CURVE_NAMES.includes(name) && records.every((record) => isRunName(record.fields[name]));
  const candidates = valueNames(names.filter((name) => name !== stepKey && name !== curveKey && !isRun(name)));
  // A log whose values are all null so far has steps only, and those are not its values.
  if (candidates.every((name) => stepNames(names).includes(name)))
    throw new Error(`${source}: no key has a number. Expected a step and a value per object.`);
  return chosenValues(source, 'key', candidates);
}

/** Text, or a whole number. */
const isRunName = (value: unknown): boolean =>
  (typeof value === 'string' && value !== '') || (typeof value === 'number' && Number.isInteger(value));

const isStep =
  (key: string) =>
  ({ fields }: LogRecord): boolean =>
    Number.isFinite(toNumber(fieldOf(fields, key)));

/** A key that all of the records have. */
function commonStepKey(logged: readonly LogRecord[], used: readonly string[]): string | undefined {
  const keys = allNumericKeys(logged).filter((name) => !used.includes(name) && logged.every(isStep(name)));
  const numbersOf = (key: string) => logged.map(({ fields }) => toNumber(fieldOf(fields, key)) as number);
  return chosenSteps(keys, numbersOf, (key) => findCurveKey(logged, [...used, key]) !== undefined);
}

/**
 * For each key of values: a step key that all of its records have comes before one that only some have. Where that is not one key for all, it is one that all
 * records have, unless a metric has several values at one step of it.
 */
function findStepKeys(
  logged: readonly LogRecord[],
  recordsOf: readonly (readonly LogRecord[])[],
  chosen: readonly string[],
  { stepKey }: ReadCurvesOptions,
): readonly (string | undefined)[] {
  if (stepKey !== undefined) return chosen.map(() => stepKey);
  const own = recordsOf.map((records) => commonStepKey(records, chosen) ?? stepKeyOfSome(records, chosen));
  const common = new Set(own).size === 1 ? undefined : commonStepKey(logged, chosen);
  if (common === undefined || recordsOf.some((records) => repeats(records, common))) return own;
  return chosen.map(() => common);
}

/** A key that some of the records have, where the others have none. */
function stepKeyOfSome(records: readonly LogRecord[], used: readonly string[]): string | undefined {
  const keys = stepNames(allNumericKeys(records)).filter((name) => !used.includes(name));
  return keys.find((name) => !records.every(isStep(name)));
}

const repeats = (records: readonly LogRecord[], key: string): boolean =>
  new Set(records.map(({ fields }) => fieldOf(fields, key))).size < records.length;

/** What to say where steps come again, also with what tells curves apart, and other keys may tell runs apart, such as a seed: they are not to be mixed. */
function mixedRuns(
  source: string,
  logged: readonly LogRecord[],
  valueKey: string,
  stepKey: string | undefined,
  curveKey: string | undefined,
): string[] {
  if (stepKey === undefined) return [];
  const stepped = logged.filter(isStep(stepKey));
  const keys = new Set(stepped.flatMap(({ fields }) => [...Object.keys(fields), ...numericKeys(fields)]));
  const named = {
    names: [...keys].filter((key) => key !== stepKey && key !== valueKey),
    steps: stepped.map(({ fields }) => toNumber(fieldOf(fields, stepKey)) as number),
    cells: (key: string) => stepped.map(({ fields }) => scalarText(fieldOf(fields, key))),
  };
  const told = curveKey === undefined ? [] : [curveKey];
  const untold = tellingNames(named, told);
  if (untold.length === 0) return [];
  return [
    `${source}: steps come again with another ${quoted(untold)}. Where that tells runs apart: --curve-key ${[...told, ...untold].join(',')}`,
  ];
}

/** Blank where it is neither text, nor a number or a truth value. */
const scalarText = (value: unknown): string =>
  ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : '';

/** A key of names that every record has. */
function findCurveKey(logged: readonly LogRecord[], used: readonly (string | undefined)[]): string | undefined {
  return CURVE_NAMES.find((name) => !used.includes(name) && logged.every(({ fields }) => isRunName(fields[name])));
}

function curveName({ source, unit }: Log, { at, fields }: LogRecord, curveKey: string): string {
  const own = scalarText(fieldOf(fields, curveKey));
  const parts = own === '' ? curveKey.split(',').map((key) => scalarText(fieldOf(fields, key.trim()))) : [own];
  if (!parts.includes('')) return parts.join(' - ');
  throw new Error(`${source}, ${unit} ${at}: no name at '${curveKey}'. Name the curve in every ${unit} with a value.`);
}
