import { cellValue } from './cells.ts';
import { type Columns, hasNumber, leftOut, type Roles, stepIn, valueIn } from './columns.ts';
import { fileTitle, isValueName, valueNames } from './curve-names.ts';
import type { Layout } from './curve-points.ts';

/** A column per curve. A blank first column is an index as pandas writes it, and gives the steps where no column is named so. */
export function wideCurves(columns: Columns, roles: Roles): Layout {
  const { source, header, line, rows } = columns;
  const twice = header.find((column, i) => header.indexOf(column) < i);
  if (twice !== undefined) {
    throw new Error(
      `${source}, row ${line}, column '${twice}': two columns have this name. Give every curve its own name.`,
    );
  }
  const hasIndex = header[0] === '' && header.length > 1;
  const stepAt = roles.stepAt < 0 && hasIndex ? 0 : roles.stepAt;
  const others = header.filter((_, at) => at !== stepAt && !(at === 0 && hasIndex));
  const names = roles.valueAt >= 0 ? [header[roles.valueAt]] : curveColumns(columns, others);
  const isOne = names.length === 1;
  const raw = names.map((name) => {
    const at = header.indexOf(name);
    const points = rows.map((row, i) => {
      const value = valueIn(columns, row, at);
      return { step: stepAt < 0 ? i + 1 : stepIn(columns, row, stepAt, value), value };
    });
    return { name: isOne && isValueName(name) ? fileTitle(source) : name, points };
  });
  return {
    raw,
    stepTitle: header[stepAt] || 'step',
    valueTitle: isOne ? names[0] : 'value',
    notes: leftOut(source, roles.valueAt < 0 ? others.filter((name) => !names.includes(name)) : []),
  };
}

/** All but times, other steps, columns of text, and what Weights & Biases adds to a curve: its range and its own steps. */
function curveColumns(columns: Columns, others: readonly string[]): readonly string[] {
  const { header, rows } = columns;
  const isText = (name: string) => {
    const at = header.indexOf(name);
    return !hasNumber(columns, name) && rows.some(({ cells }) => cellValue(cells[at]) === undefined);
  };
  const isAdded = (name: string) =>
    / - _step(__MIN|__MAX)?$/.test(name) ||
    (/__(MIN|MAX)$/.test(name) && header.includes(name.replace(/__(MIN|MAX)$/, '')));
  const curves = others.filter((name) => !isText(name) && !isAdded(name));
  // With nothing but text, its first cell is the error to show.
  return curves.some((name) => hasNumber(columns, name)) ? valueNames(curves) : others;
}
