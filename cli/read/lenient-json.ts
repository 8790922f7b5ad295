import { metricOf } from '../../infer/metric.ts';
import { cellValue, isBlank, isNumber } from './cells.ts';
import { isStepName } from './curve-names.ts';

/**
 * JSON with the NaN, Infinity and -Infinity that Python writes, which become text: null is a value that was not logged. Undefined where the
 * text is no JSON.
 */
export function lenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (!/NaN|Infinity/.test(text)) return undefined;
  }
  // Strings match first, so nothing inside of them changes; an unclosed one matches to the end, which keeps this linear.
  const plain = text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"?|-?Infinity|NaN/g, (token) => {
    return token.startsWith('"') ? token : `"${token}"`;
  });
  try {
    return JSON.parse(plain);
  } catch {
    return undefined;
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is at a key; dots reach into objects (`eval.loss`) where no key has them in its name. */
export function fieldOf(fields: JsonObject, key: string): unknown {
  if (Object.hasOwn(fields, key)) return fields[key];
  for (let dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1)) {
    const outer = Object.hasOwn(fields, key.slice(0, dot)) ? fields[key.slice(0, dot)] : undefined;
    if (isObject(outer)) return fieldOf(outer, key.slice(dot + 1));
  }
  return undefined;
}

/** Deeper numbers are not listed; a key still reaches them. */
const MAX_LISTED_DEPTH = 4;

/** The keys of finite numbers, with dots where they are in objects; a metric may be written as text, and be NaN or infinite. */
export function numericKeys(fields: JsonObject, prefix = '', depth = 1): string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (typeof value === 'number') return Number.isFinite(value) ? [prefix + name] : [];
    if (typeof value === 'string') return isWritten(prefix + name, value.trim()) ? [prefix + name] : [];
    return isObject(value) && depth < MAX_LISTED_DEPTH ? numericKeys(value, `${prefix}${name}.`, depth + 1) : [];
  });
}

function isWritten(name: string, text: string): boolean {
  if (metricOf(name) !== undefined) return !isBlank(text) && cellValue(text) !== undefined;
  return isStepName(name) && isNumber(text);
}
