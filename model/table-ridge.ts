/**
 * Ridge regression of the targets of a table on all of its columns, solved exactly within the network: what is additive and smooth in a table is
 * known before the first attention, which finds it only roughly (docs/log.md, 2026-11-26).
 *
 *   design         per column its value, half the square of that and whether the cell is missing, less their means over the context
 *   coefficients   (X' X + penalty I)^-1 X' Y, with targets Y less their means, for each penalty
 *   scores         of a query, its design times the coefficients; of a context row, the same with the coefficients that the other rows alone
 *                  give: (fit - h y) / (1 - h), h the row's leverage (Allen, The relationship between variable selection and data
 *                  augmentation, Technometrics 1974)
 *
 * Shapes: B data sets, N context rows, M query rows, C columns, P = 3 numbers of the design for each, L penalties, Y numbers of a target.
 */
import { diagonalLike, nearInverse } from '../engine/linear-algebra.ts';
import {
  add,
  concat,
  div,
  fill,
  matMul,
  maximum,
  mean,
  mul,
  reshape,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
} from '../engine/ops.ts';
import { DESIGN, type ModelConfig, scoreNumbers } from './config.ts';

/** What the context leaves behind. */
export interface Ridge {
  /** Of the design, [B, C, P]. */
  readonly ridgeMeans: Tensor;
  /** [B, C, P, L Y] */
  readonly ridgeCoefficients: Tensor;
}

/** Scores are bounded, and then in proportion to the numbers beside them. */
const MOST = { classes: 3, numbers: 10 };
const GAIN = 4;
/** Of 1 - h: a row that decides its own prediction leaves nothing of it to the others. */
const LEAST_LEFT = 0.1;

/** Of the tensors of a Ridge, for export. */
export function ridgeShapes(config: ModelConfig): Record<keyof Ridge, (string | number)[]> {
  return {
    ridgeMeans: ['batch', 'cell-1', DESIGN],
    ridgeCoefficients: ['batch', 'cell-1', DESIGN, scoreNumbers(config)],
  };
}

/** Cells [B, N, C, 2] and targets [B, N, Y] of the context -> what it leaves behind, and the scores of its rows, [B, N, L Y]. */
export function fitRidge(config: ModelConfig, cells: Tensor, targets: Tensor): { ridge: Ridge; scores: Tensor } {
  const [B, N, C] = cells.shape as [number, number, number];
  const raw = design(cells);
  const means = mean(raw, 1, true);
  const x = sub(raw, means); // [B, N, C P]
  const y = sub(targets, mean(targets, 1, true));
  const gram = matMul(x, x, true, false);
  const right = matMul(x, y, true, false);
  // The mean of the targets is fitted, too.
  const perRow = div(fill([B, 1, 1], 1), sum(fill([B, N, 1], 1), 1, true));
  const fits = (config.ridgePenalties ?? []).map((penalty) => {
    const inverse = nearInverse(add(gram, diagonalLike(gram, fill([B, 1, 1], penalty))));
    const coefficients = matMul(inverse, right); // [B, C P, Y]
    const leverage = add(sum(mul(matMul(x, inverse), x), -1, true), perRow); // [B, N, 1]
    const fit = sub(matMul(x, coefficients), mul(leverage, y));
    return { coefficients, scores: div(fit, maximum(sub(1, leverage), LEAST_LEFT)) };
  });
  const joined = (parts: Tensor[]) => concat(parts, -1);
  return {
    ridge: {
      ridgeMeans: reshape(means, [B, C, DESIGN]),
      ridgeCoefficients: reshape(joined(fits.map(({ coefficients }) => coefficients)), [B, C, DESIGN, -1]),
    },
    scores: bounded(config, joined(fits.map(({ scores }) => scores))),
  };
}

/** Cells of queries [B, M, C, 2] -> their scores, [B, M, L Y]. */
export function askRidge(config: ModelConfig, { ridgeMeans, ridgeCoefficients }: Ridge, cells: Tensor): Tensor {
  const B = cells.shape[0];
  const x = sub(design(cells), reshape(ridgeMeans, [B, 1, -1]));
  return bounded(config, matMul(x, reshape(ridgeCoefficients, [B, -1, scoreNumbers(config)])));
}

/** Cells [B, R, C, 2] -> [B, R, C P]. */
function design(cells: Tensor): Tensor {
  const [value, missing] = [0, 1].map((at) => slice(cells, [0, 0, 0, at], [-1, -1, -1, 1]));
  const known = mul(value, sub(1, missing));
  const numbers = concat([known, mul(square(known), 0.5), missing], -1); // [B, R, C, P]
  return reshape(numbers, [cells.shape[0], cells.shape[1] as number, -1]);
}

function bounded({ head }: ModelConfig, scores: Tensor): Tensor {
  const most = head === 'classes' ? MOST.classes : MOST.numbers;
  return mul(tanh(mul(scores, 1 / most)), GAIN * most);
}
