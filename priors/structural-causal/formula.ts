/**
 * A formula of some or all columns, as a person would write one down: features are causes, and an output is a weighted sum of terms,
 *
 *   t = sum of w_k term_k, each term standardised,  w ~ N(0, 1) exp(N(0, 0.5^2))
 *
 * over 1 + (F - 1) u^2 of the columns at random, and over all of them in 40 % of the tables; the others have no part in it. A table is of one kind:
 *   linear    30 %   one term x for each of these columns
 *   additive  25 %   one term for each of these columns: x, tanh, step, hinge, bump, sine or square of g (x - x_row)
 *   mixed     30 %   1 .. 2 terms for each of these columns: one of the above, a product of two columns, a rule of two or three, or
 *                    a tree of up to 4 levels
 *   rules     15 %   1 .. 3 rules: 'and', 'or' or 'exclusive or' of 2 or 3 thresholds of columns at values of rows
 *
 * All outputs of a table have the same terms and other weights.
 */

import { activations } from './activations.ts';
import { drawCauses } from './causes.ts';
import { type Chance, choose, shuffledIndices, whole } from './chance.ts';
import { type Column, standardise } from './column.ts';
import type { Latent, StoryShape } from './story.ts';
import { addTree } from './tree.ts';

const SHAPES = (['identity', 'tanh', 'step', 'relu', 'bump', 'sine', 'square'] as const).map(
  (name) => activations[name],
);

type Term = (chance: Chance, columns: readonly Column[]) => Column;

export function drawFormula(chance: Chance, { numRows, numFeatures, numOutputs }: StoryShape): Latent {
  const { random, gauss } = chance;
  const columns = drawCauses(chance, numFeatures, numRows);
  const numUsed = random() < 0.4 ? numFeatures : 1 + Math.floor((numFeatures - 1) * random() ** 2 + random());
  const used = Array.from(shuffledIndices(chance, numFeatures).subarray(0, numUsed), (f) => columns[f]);
  const terms = drawTerms(chance, used);
  const outputs = Array.from({ length: numOutputs }, () => {
    const output = new Float64Array(numRows);
    for (const term of terms) {
      const weight = gauss() * Math.exp(0.5 * gauss());
      for (let i = 0; i < numRows; i++) output[i] += weight * term[i];
    }
    return output;
  });
  return { columns, outputs };
}

function drawTerms(chance: Chance, used: readonly Column[]): Column[] {
  const kind = choose(chance, [0.3, 0.25, 0.3, 0.15]);
  if (kind === 0) return used.slice();
  if (kind === 1) return used.map((column) => standardised(shape(chance, [column])));
  const [terms, count]: [readonly Term[], number] =
    kind === 2
      ? [[shape, product, rule, tree], whole(chance, used.length, 2 * used.length)]
      : [[rule], whole(chance, 1, 3)];
  return Array.from({ length: count }, () =>
    standardised(terms[Math.floor(chance.random() * terms.length)](chance, used)),
  );
}

function standardised(column: Column): Column {
  standardise(column);
  return column;
}

const anyOf = ({ random }: Chance, columns: readonly Column[]): Column =>
  columns[Math.floor(random() * columns.length)];
const anyValue = ({ random }: Chance, column: Column): number => column[Math.floor(random() * column.length)];

function shape(chance: Chance, columns: readonly Column[]): Column {
  const column = anyOf(chance, columns).slice();
  const gain = Math.exp(0.3 + 0.7 * chance.gauss());
  SHAPES[Math.floor(chance.random() * SHAPES.length)](column, gain, -gain * anyValue(chance, column));
  return column;
}

function product(chance: Chance, columns: readonly Column[]): Column {
  const first = anyOf(chance, columns).slice();
  const second = anyOf(chance, columns);
  for (let i = 0; i < first.length; i++) first[i] *= second[i];
  return first;
}

function rule(chance: Chance, columns: readonly Column[]): Column {
  const numConditions = whole(chance, 2, 3);
  const connective = whole(chance, 0, 2);
  const holds = new Float64Array(columns[0].length); // how many conditions do
  for (let k = 0; k < numConditions; k++) {
    const column = anyOf(chance, columns);
    const threshold = anyValue(chance, column);
    const sign = chance.random() < 0.5 ? 1 : -1;
    for (let i = 0; i < holds.length; i++) if (sign * (column[i] - threshold) >= 0) holds[i]++;
  }
  for (let i = 0; i < holds.length; i++) {
    if (connective === 0) holds[i] = holds[i] === numConditions ? 1 : 0;
    else if (connective === 1) holds[i] = holds[i] > 0 ? 1 : 0;
    else holds[i] %= 2;
  }
  return holds;
}

function tree(chance: Chance, columns: readonly Column[]): Column {
  const column = new Float64Array(columns[0].length);
  const weights = columns.map(() => 1);
  addTree(chance, columns, weights, whole(chance, 1, 4), column);
  return column;
}
