import { add, div, matMul, mul, sqrt, square, stack, sum, type Tensor, transpose, unstack } from '../engine/ops.ts';

/** Coefficients of the quintic iteration and their number of steps, from Jordan et al. 2024 (Muon). */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ITERATIONS = 5;

/**
 * Muon's direction for every matrix [R, C]: roughly the nearest semi-orthogonal matrix, scaled by 0.2 sqrt(max(R, C)) so that
 * its elements are as large as those of an Adam update (Liu et al. 2025). Matrices of one shape go through the iteration together.
 */
export function muonDirections(matrices: readonly Tensor[]): Tensor[] {
  const directions: Tensor[] = [];
  for (const shape of new Set(matrices.map((matrix) => matrix.shape.join()))) {
    const members = matrices.flatMap((matrix, index) => (matrix.shape.join() === shape ? index : []));
    const group = orthogonalised(stack(members.map((index) => matrices[index])));
    unstack(group).forEach((direction, position) => {
      directions[members[position]] = direction;
    });
  }
  return directions;
}

/** [G, R, C]: Newton-Schulz iterations push every singular value of each matrix towards 1. */
function orthogonalised(m: Tensor): Tensor {
  const [, rows, columns] = m.shape as [number, number, number];
  const tall = rows > columns;
  let x = div(m, add(sqrt(sum(square(m), [1, 2], true)), 1e-12));
  if (tall) x = transpose(x, [0, 2, 1]);
  for (let i = 0; i < ITERATIONS; i++) {
    const gram = matMul(x, x, false, true);
    x = add(mul(x, A), matMul(add(mul(gram, B), mul(matMul(gram, gram), C)), x));
  }
  return mul(tall ? transpose(x, [0, 2, 1]) : x, 0.2 * Math.sqrt(Math.max(rows, columns)));
}

/** Of the parameters, those that Muon is for. */
export const isMuonMatrix = (name: string): boolean => /^(layer|stem|widen)/.test(name);

/** Multiplications, each with an addition, of the iterations for a matrix. */
export function muonProducts(shape: readonly number[]): number {
  const [short, long] = [...shape].sort((a, b) => a - b);
  return ITERATIONS * (2 * short * short * long + short ** 3);
}
