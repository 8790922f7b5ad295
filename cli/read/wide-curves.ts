import { metricOf } from '../../infer/metric.ts';
import { cellValue, isNumber } from './cells.ts';
import { type Columns, hasNumber, leftOut, type Roles, stepIn, valueIn } from './columns.ts';
import { fileTitle, isValueName, RELATIVE_TIME, valueNames } from './curve-names.ts';
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
  const guessed = roles.stepAt < 0 && !hasIndex ? guessedSteps(columns, roles.valueAt) : -1;
  const stepAt = roles.stepAt < 0 && hasIndex ? 0 : Math.max(roles.stepAt, guessed);
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
    notes: [
      ...(guessed < 0
        ? []
        : [`${source}: '${header[guessed]}' is read as the steps, since it rises. Another one: --step-key.`]),
      ...leftOut(source, roles.valueAt < 0 ? others.filter((name) => !names.includes(name)) : []),
    ],
  };
}

/** A first column of whole numbers that rise from row to row and are no metric, as in `Epoche;Verlust`, or one of relative times; -1 where there is none. */
function guessedSteps(columns: Columns, valueAt: number): number {
  const { header, rows } = columns;
  if (header.length < 2 || rows.length < 3) return -1;
  const at = header.findIndex((name) => RELATIVE_TIME.test(name));
  const isTime = at >= 0;
  const first = Math.max(at, 0);
  const cells = rows.map(({ cells: own }) => own[first]);
  const areSteps = isTime ? cells.every(isNumber) : cells.every((cell) => /^\d+$/.test(cell));
  const rise = cells.every((cell, i) => i === 0 || Number(cell) > Number(cells[i - 1]));
  const others = header.filter((name, other) => other !== first && hasNumber(columns, name));
  // Of columns that are whole numbers all of them the first may be a run, too, unless it counts.
  const counts = cells.every((cell, i) => Number(cell) === Number(cells[0]) + i) && Number(cells[0]) <= 1;
  const areWhole = (name: string) => rows.every(({ cells: own }) => /^-?\d*$/.test(own[header.indexOf(name)]));
  const isClear = isTime || counts || !others.some(areWhole);
  const isFree = first !== valueAt && metricOf(header[first]) === undefined;
  return isFree && areSteps && rise && isClear && others.length > 0 ? first : -1;
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
