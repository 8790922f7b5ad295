/** What every prior refuses alike. */
import type { BatchShape } from './prior.ts';

/** Options that it does not have: most are misspelt. `unknown` is what is left of them. */
export function refuseUnknown(prior: string, known: readonly string[], unknown: object): void {
  const [key] = Object.keys(unknown);
  if (key === undefined) return;
  throw new TypeError(`${prior}: expected only ${known.join(', ')}, got '${key}'. Remove or correct it.`);
}

/** More rows than it has, context and query together. `remedy` is what would give more. */
export function checkRows(
  prior: string,
  maxRows: number,
  { numContext, numQuery }: Pick<BatchShape, 'numContext' | 'numQuery'>,
  remedy = 'raise maxRows',
): void {
  if (numContext + numQuery <= maxRows) return;
  throw new RangeError(
    `${prior}: expected at most ${maxRows} rows, got ${numContext} context + ${numQuery} query rows. Ask for fewer, or ${remedy}.`,
  );
}
