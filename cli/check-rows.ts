/** Whether the rows of files are for a checkpoint. */
import { ownFeatures } from '../infer/posterior.ts';
import type { Predictor } from '../infer/predictor.ts';
import type { Feature } from '../model/features.ts';
import { NUM_INPUTS } from '../model/hyperparameters.ts';
import { type ContextFile, placeOf, type RowFile } from './read/read-rows.ts';
import { counted, quoted } from './wording.ts';

/** Refuses rows of another kind than the network was trained on; query rows are known to have the inputs of the context. */
export function checkRows(predictor: Predictor, context: ContextFile, query: RowFile | null): void {
  checkInputs(predictor, context);
  const { name, config } = predictor;
  const { head, numOutputs, xFeatures, yFeatures } = config.model;
  for (const rows of query === null ? [context] : [context, query]) {
    if (needsPositive(xFeatures)) checkPositive(name, rows, rows.inputs, rows.x);
    if (head === 'classes') checkClasses(name, rows, numOutputs);
  }
  if (needsPositive(yFeatures)) {
    const targets = context.y.map((y) => [y]);
    checkPositive(name, context, [context.target], targets);
  }
}

function checkInputs(predictor: Predictor, { file, headerLine, inputs }: ContextFile): void {
  const most = ownFeatures(predictor);
  const { name, config } = predictor;
  const isAnyNumber = config.model.hyperparameters?.some((each) => each.name === NUM_INPUTS) ?? false;
  if (isAnyNumber ? inputs.length <= most : inputs.length === most) return;
  const expected = most === 1 ? '1, x' : `${isAnyNumber ? 'at most ' : ''}${most}, x1 .. x${most}`;
  throw new Error(
    `${file}, row ${headerLine}: ${counted(inputs.length, 'input')} (${quoted(inputs)}), expected ${expected}, for the checkpoint ${name}.`,
  );
}

/** Whether the network sees the logarithm of a number. */
export const needsPositive = (features: readonly Feature[]): boolean =>
  features.some(({ kind }) => kind === 'log' || kind === 'reciprocal-log');

/** Values [N][columns] of the rows of a file. */
function checkPositive(
  checkpoint: string,
  rows: RowFile,
  columns: readonly string[],
  values: readonly (readonly number[])[],
): void {
  values.forEach((row, i) => {
    const at = row.findIndex((value) => value <= 0);
    if (at < 0) return;
    throw new Error(
      `${placeOf(rows, i, columns[at])}: expected a number above 0, as ${checkpoint} was trained for, got ${row[at]}.`,
    );
  });
}

function checkClasses(checkpoint: string, rows: RowFile, numClasses: number): void {
  const at = rows.y?.findIndex((y) => !Number.isInteger(y) || y < 0 || y >= numClasses) ?? -1;
  if (rows.y === null || rows.target === null || at < 0) return;
  throw new Error(
    `${placeOf(rows, at, rows.target)}: expected a class from 0 to ${numClasses - 1}, as of ${checkpoint}, got ${rows.y[at]}.`,
  );
}

/** A line where there are more context rows than in training; [] where there are not, or the checkpoint does not say how many there were. */
export function rowNotes({ name, config }: Predictor, { file, x }: ContextFile): string[] {
  const { prior, training } = config;
  const most = Number(training.numRows ?? prior.options.maxRows) - 1; // one row at least is a query
  if (!(x.length > most)) return [];
  return [
    `${file} has ${x.length} rows, and ${name} was trained with ${most} context rows at most: answers may be worse.`,
  ];
}
