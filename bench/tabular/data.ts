// Tables from files and how they are split. A split is decided here and handed to every method.

import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { numericTargets, readTrain, type TrainRows } from '../../cli/read/read-labelled.ts';
import { columnUnits } from '../../model/table-units.ts';
import { randomStream } from '../../priors/random.ts';

export interface Dataset {
  readonly name: string;
  readonly task: 'classification' | 'regression';
  readonly rows: TrainRows;
  /** Numbers, or positions in `classes`. */
  readonly targets: readonly number[];
  readonly classes: readonly string[];
}

export const TARGET = 'target';

/** Every table below `folder`, by name, and those of classes again with numbers of theirs as targets; [] where there is none. */
export function readDatasets(folder: string): Dataset[] {
  const tabular = join(folder, 'tabular');
  return ['.', 'cc18', 'regression'].flatMap((part) => {
    const path = join(tabular, part);
    if (!existsSync(path)) return [];
    const files = readdirSync(path).filter((name) => name.endsWith('.csv'));
    return files.flatMap((name) => {
      const dataset = datasetOf(join(path, name), part === 'regression');
      return dataset.task === 'classification' ? [dataset, ...numberColumns(dataset)] : [dataset];
    });
  });
}

/** So many columns of a table, the first ones without gaps and with at least 20 different numbers. */
const COLUMNS = 2;
const DIFFERENT = 20;

/** Columns of a table of classes as targets, to be predicted from its other columns without the class; divided by their standard deviation. */
function numberColumns({ name, rows }: Dataset): Dataset[] {
  const valuesOf = (column: string) =>
    rows.inputs.map((row) => (row[column] === null ? Number.NaN : Number(row[column])));
  const chosen = rows.columns
    .map((column) => ({ column, values: valuesOf(column) }))
    .filter(({ values }) => values.every(Number.isFinite) && new Set(values).size >= DIFFERENT)
    .slice(0, COLUMNS);
  return chosen.map(({ column, values }) => {
    const { scale } = columnUnits(values);
    const inputs = rows.inputs.map(({ [column]: _, ...others }) => others);
    return {
      name: `${name}: ${column}`,
      task: 'regression',
      rows: { ...rows, target: column, columns: rows.columns.filter((other) => other !== column), inputs },
      targets: values.map((value) => value / scale),
      classes: [],
    };
  });
}

function datasetOf(file: string, isRegression: boolean): Dataset {
  const rows = readTrain(file, TARGET);
  const name = basename(file, '.csv');
  if (isRegression) {
    return { name, task: 'regression', rows, targets: numericTargets(rows, rows.targets), classes: [] };
  }
  const classes = [...new Set(rows.targets)].toSorted();
  return { name, task: 'classification', rows, targets: rows.targets.map((label) => classes.indexOf(label)), classes };
}

export interface Split {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/**
 * Half of at most `most` rows, drawn without replacement, and the others; the same at every run. With classes, half of each class's
 * rows, and of an odd one the larger half, are learnt from.
 */
export function splitRows({ name, task, targets }: Dataset, split: number, seed: number, most = 2000): Split {
  const random = randomStream('tabular', seed, name, split);
  const drawn = shuffle([...targets.keys()], random).slice(0, most);
  const groups = task === 'classification' ? [...new Set(targets)].toSorted((a, b) => a - b) : [null];
  const halves = groups.map((group) => {
    const own = drawn.filter((row) => group === null || targets[row] === group);
    return { own, half: Math.ceil(own.length / 2) };
  });
  return {
    train: halves.flatMap(({ own, half }) => own.slice(0, half)),
    test: halves.flatMap(({ own, half }) => own.slice(half)),
  };
}

/** Fisher and Yates. */
function shuffle(items: number[], random: () => number): number[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

/** Rows as the peers take them: numbers where the whole column is of numbers, else text. */
export function peerTable({ inputs, columns }: TrainRows) {
  const kinds = columns.map((name): 'number' | 'category' =>
    inputs.every((row) => row[name] === null || Number.isFinite(Number(row[name]))) ? 'number' : 'category',
  );
  const rows = inputs.map((row) =>
    columns.map((name, c) => (row[name] !== null && kinds[c] === 'number' ? Number(row[name]) : row[name])),
  );
  return { columns: kinds, rows };
}
