/**
 * What a table's columns look like. In place, from standardised columns to raw ones:
 *
 *   no part      in a third of the tables a share U(0, 0.5) of the columns has its rows shuffled: pure noise
 *   near copies  in a sixth of the tables 1 .. 1 + F / 4 columns become another one plus noise of a standard deviation log-uniform in
 *                [1e-3, 0.5], with either sign
 *   categories   a share of the columns: 0 (35 %), 1 (15 %) or U(0, 1). Cut at quantiles at random into 2 levels (35 %), 3 .. 9, more of
 *                them being rarer (55 %), or 10 .. 30 (10 %), whose sizes are Dirichlet(a), a log-uniform in [0.7, 10]. Codes keep the
 *                order of the levels (half of the columns) or are numbered at random. Columns that have few values anyway keep them
 *                as levels, and 70 % of those that would be numbers are categories instead.
 *   numbers      bent: not (50 %), exp(g z) with g log-uniform in [0.3, 1.5] (18 %), sign(z) |z|^p with p log-uniform in [0.4, 2.5] (10 %),
 *                Kumaraswamy with ln a, ln b ~ N(0, 0.7^2) (12 %), clipped at a row (10 %). Then a quarter is rounded to 3 .. 100 whole
 *                numbers, the others get a sign, a standard deviation log-uniform in [1e-3, 1e4] and a mean of N(0, 3^2) of them.
 */
import { logUniform } from '../distributions.ts';
import { uniform } from '../random.ts';
import { type Chance, choose, shuffle, shuffledIndices, whole } from './chance.ts';
import { addNoise, type Column, cutAtRandom, fewValues, standardise } from './column.ts';
import { clipAtRow, kumaraswamy, roundToGrid, signedPower } from './warps.ts';

export function drawLooks(chance: Chance, columns: readonly Column[]): void {
  const { random } = chance;
  for (const column of columns) standardise(column);
  if (random() < 1 / 6) copySome(chance, columns);
  if (random() < 1 / 3) silenceSome(chance, columns);
  const kind = choose(chance, [0.35, 0.15, 0.5]);
  const share = kind === 2 ? random() : kind;
  for (const column of columns) {
    const levels = fewValues(column, Math.min(MOST_LEVELS, Math.floor(column.length / ROWS_PER_LEVEL)));
    if (random() < share || (levels !== null && random() < 0.7)) toCategories(chance, column, levels);
    else toNumbers(chance, column);
  }
}

function silenceSome(chance: Chance, columns: readonly Column[]): void {
  const share = uniform(chance.random, 0, 0.5);
  for (const column of columns) if (chance.random() < share) shuffle(chance, column);
}

function copySome(chance: Chance, columns: readonly Column[]): void {
  const { random } = chance;
  if (columns.length < 2) return;
  const count = whole(chance, 1, 1 + Math.floor(columns.length / 4));
  for (let n = 0; n < count; n++) {
    const [to, from] = shuffledIndices(chance, columns.length);
    const sign = random() < 0.5 ? 1 : -1;
    for (let i = 0; i < columns[to].length; i++) columns[to][i] = sign * columns[from][i];
    addNoise(chance, columns[to], logUniform(random, 1e-3, 0.5));
  }
}

const MOST_LEVELS = 30;
/** Columns of a few rows have few values without being categories. */
const ROWS_PER_LEVEL = 4;

/** `values` are the distinct values of the column, where these are few. */
function toCategories(chance: Chance, column: Column, values: Float64Array | null): void {
  const level =
    values === null
      ? cutAtRandom(chance, column, drawLevels(chance), logUniform(chance.random, 0.7, 10))
      : Int32Array.from(column, (value) => values.indexOf(value));
  const code = chance.random() < 0.5 ? null : shuffledIndices(chance, MOST_LEVELS);
  for (let i = 0; i < column.length; i++) column[i] = code === null ? level[i] : code[level[i]];
  // Levels without a row get no code.
  const codes = fewValues(column, MOST_LEVELS) as Float64Array;
  for (let i = 0; i < column.length; i++) column[i] = codes.indexOf(column[i]);
}

function drawLevels(chance: Chance): number {
  const kind = choose(chance, [0.35, 0.55, 0.1]);
  if (kind === 0) return 2;
  return kind === 1 ? 3 + Math.floor(7 * chance.random() ** 2) : whole(chance, 10, MOST_LEVELS);
}

function toNumbers(chance: Chance, column: Column): void {
  const { random, gauss } = chance;
  bend(chance, column);
  if (random() < 0.25) {
    roundToGrid(column, Math.floor(logUniform(random, 3, 101)));
    return;
  }
  standardise(column);
  const scale = logUniform(random, 1e-3, 1e4) * (random() < 0.5 ? -1 : 1);
  const mean = 3 * gauss();
  for (let i = 0; i < column.length; i++) column[i] = scale * (mean + column[i]);
}

function bend(chance: Chance, column: Column): void {
  const { random, gauss } = chance;
  const kind = choose(chance, [0.5, 0.18, 0.1, 0.12, 0.1]);
  if (kind === 1) {
    const gain = logUniform(random, 0.3, 1.5);
    for (let i = 0; i < column.length; i++) column[i] = Math.exp(gain * Math.min(column[i], 6));
  } else if (kind === 2) signedPower(column, logUniform(random, 0.4, 2.5));
  else if (kind === 3) kumaraswamy(column, Math.exp(0.7 * gauss()), Math.exp(0.7 * gauss()));
  else if (kind === 4) clipAtRow(chance, column);
}
