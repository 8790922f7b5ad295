import { describe, expect, it, test } from 'vitest';
import { createPrior } from '../../priors/index.ts';
import type { Batch } from '../../priors/prior.ts';
import { randomStream } from '../../priors/random.ts';
import { activations } from '../../priors/structural-causal/activations.ts';
import { chanceOf } from '../../priors/structural-causal/chance.ts';
import { drawClasses, mislabel, toClasses } from '../../priors/structural-causal/classes.ts';
import { cutByShares, fewValues, standardise } from '../../priors/structural-causal/column.ts';
import { drawLooks } from '../../priors/structural-causal/looks.ts';
import { dropCells } from '../../priors/structural-causal/missing-cells.ts';
import { addTree } from '../../priors/structural-causal/tree.ts';
import { clipAtRow, kumaraswamy, roundToGrid } from '../../priors/structural-causal/warps.ts';
import { structuralCausal } from '../../priors/structural-causal.ts';

/** A count of `trials` that each come true with probability p is within 4.5 standard errors of its mean. */
function expectShare(count: number, trials: number, p: number): void {
  expect(Math.abs(count / trials - p)).toBeLessThan(4.5 * Math.sqrt((p * (1 - p)) / trials));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const chance = (name: string) => chanceOf(randomStream('structural-causal test', name));

interface Table {
  /** [N][F] and [M][F] */
  readonly contextX: readonly (readonly number[])[];
  readonly queryX: readonly (readonly number[])[];
  readonly contextY: readonly number[];
  readonly queryY: readonly number[];
}

function tablesOf({ numDatasets, numContext, numQuery, numFeatures: F, ...batch }: Batch): Table[] {
  const rows = (x: Float32Array, b: number, count: number) =>
    Array.from({ length: count }, (_, i) => Array.from(x.subarray((b * count + i) * F, (b * count + i + 1) * F)));
  return Array.from({ length: numDatasets }, (_, b) => ({
    contextX: rows(batch.contextX, b, numContext),
    queryX: rows(batch.queryX, b, numQuery),
    contextY: Array.from(batch.contextY.subarray(b * numContext, (b + 1) * numContext)),
    queryY: Array.from(batch.queryY.subarray(b * numQuery, (b + 1) * numQuery)),
  }));
}

function draw(
  options: Readonly<Record<string, unknown>>,
  numDatasets: number,
  numContext: number,
  numQuery: number,
): Table[] {
  const random = randomStream('structural-causal tables', JSON.stringify(options), numContext);
  return tablesOf(createPrior('structural-causal', options).sample(random, { numDatasets, numContext, numQuery }));
}

describe('columns of a batch', () => {
  test('are 3 to 20 in as many batches as the header says, and never beyond minFeatures and maxFeatures', () => {
    const count = 4000;
    const prior = structuralCausal();
    const shape = { numDatasets: 1, numContext: 2, numQuery: 0 };
    const drawn = Array.from({ length: count }, (_, i) => prior.sample(randomStream('F', i), shape).numFeatures);
    // P(mean of three uniforms <= u) is the distribution of Irwin and Hall at 3 u, here for u < 1/3 and u > 2/3.
    const below = (F: number) => {
      const s = (3 * Math.log(F)) / Math.log(51);
      return s < 1 ? s ** 3 / 6 : 1 - (3 - s) ** 3 / 6;
    };
    const p = 0.1 * (18 / 50) + 0.9 * (below(21) - below(3));
    expect(p).toBeCloseTo(0.8, 2);
    expectShare(drawn.filter((F) => F >= 3 && F <= 20).length, count, p);
    expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([1, 50]);
    const few = structuralCausal({ minFeatures: 4, maxFeatures: 6 });
    const ofFew = Array.from({ length: 1000 }, (_, i) => few.sample(randomStream('F', i), shape).numFeatures);
    expect([...new Set(ofFew)].sort()).toEqual([4, 5, 6]);
    // Irwin and Hall again, for log(6 / 4) / log(7 / 4) > 2/3 and up.
    const above = (3 - (3 * Math.log(6 / 4)) / Math.log(7 / 4)) ** 3 / 6;
    expectShare(ofFew.filter((F) => F === 6).length, ofFew.length, 0.1 / 3 + 0.9 * above);
  });

  test('are exchangeable: the first and the last one are alike in what they look like and what they tell', () => {
    const tables = draw({ minFeatures: 6, maxFeatures: 6, task: 'regression' }, 1500, 60, 0);
    const difference = (statistic: (column: readonly number[], y: readonly number[]) => number) => {
      const values = tables.map(({ contextX, contextY }) => {
        const [first, last] = [0, 5].map((f) =>
          statistic(
            contextX.map((row) => row[f]),
            contextY,
          ),
        );
        return first - last;
      });
      return mean(values) / Math.sqrt(mean(values.map((value) => value * value)) / values.length);
    };
    expect(Math.abs(difference((column) => new Set(column).size))).toBeLessThan(4.5);
    expect(Math.abs(difference((column) => column.filter(Number.isNaN).length))).toBeLessThan(4.5);
    expect(Math.abs(difference((column, y) => Math.abs(correlation(column, y))))).toBeLessThan(4.5);
  });
});

describe('rows', () => {
  test('are exchangeable: a context row is as often above a query row as below, in target and feature', () => {
    for (const of of [
      (t: Table, i: number) => t.contextY[i] - t.queryY[i],
      (t: Table, i: number) => t.contextX[i][0] - t.queryX[i][0],
    ]) {
      const signs = draw({ minFeatures: 3, maxFeatures: 3, task: 'regression' }, 1500, 20, 20)
        .map((table) => of(table, 7))
        .filter((value) => value !== 0 && !Number.isNaN(value));
      expectShare(signs.filter((value) => value > 0).length, signs.length, 0.5);
    }
  });
});

describe('classes', () => {
  const tables = draw({ minFeatures: 5, maxFeatures: 5 }, 3000, 100, 60);
  const numClasses = ({ contextY }: Table) => new Set(contextY).size;
  const countOf = (y: readonly number[], k: number) => y.filter((each) => each === k).length;

  it('of the context are 0 .. C - 1, and those of the queries are among them, in contexts of any size', () => {
    const small = [2, 3, 5, 9].flatMap((numContext) => draw({ maxFeatures: 5 }, 300, numContext, 30));
    for (const { contextY, queryY } of [...tables, ...small]) {
      const present = [...new Set(contextY)].sort((a, b) => a - b);
      expect(present.length).toBeGreaterThan(1);
      expect(present).toEqual(present.map((_, k) => k));
      expect(queryY.every((k) => present.includes(k))).toBe(true);
    }
  });

  it('are two in 45 % of the tables at least, up to maxClasses, fewer of them where rows are few', () => {
    // 1 / (1 + 2^-1.3 + .. + 9^-1.3) have two; those of which the context lacks some have fewer than were drawn.
    const p = 1 / Array.from({ length: 9 }, (_, i) => (i + 1) ** -1.3).reduce((sum, each) => sum + each, 0);
    const share = tables.filter((table) => numClasses(table) === 2).length / tables.length;
    expect(share).toBeGreaterThan(p - 0.04);
    expect(share).toBeLessThan(p + 0.08);
    expect(Math.max(...tables.map(numClasses))).toBe(10);
    expect(Math.max(...draw({ maxClasses: 3 }, 300, 100, 0).map(numClasses))).toBe(3);
    expect(Math.max(...draw({}, 300, 8, 0).map(numClasses))).toBeLessThanOrEqual(4);
  });

  it('have numbers at random: class 0 is the larger one of two as often as not', () => {
    const two = tables.filter((table) => numClasses(table) === 2);
    const larger = two.map(({ contextY }) => countOf(contextY, 0) - countOf(contextY, 1)).filter((more) => more !== 0);
    expectShare(larger.filter((more) => more > 0).length, larger.length, 0.5);
  });

  it('have numbers at random where a target is cut: the upper part is class 1 as often as class 0', () => {
    const { random, gauss } = chance('numbers');
    const trials = 400;
    let upper = 0;
    for (let i = 0; i < trials; i++) {
      const column = Float64Array.from({ length: 100 }, (_, row) => row);
      const rule = { kind: 'cut', parts: Float64Array.of(0.5, 0.5), numOutputs: 1 } as const;
      const classes = Array.from(toClasses({ random, gauss }, rule, [column], 100) ?? []);
      if (mean(classes.slice(50)) > mean(classes.slice(0, 50))) upper++;
    }
    expectShare(upper, trials, 0.5);
  });

  it('are balanced in many tables of two, rare in some', () => {
    // Of 3000 tables the share of rare classes has a standard error of 0.5 %, and is 3.4 %.
    const many = draw({ minFeatures: 2, maxFeatures: 2 }, 20_000, 100, 1);
    const two = many.filter((table) => numClasses(table) === 2);
    const smaller = two.map(({ contextY }) => Math.min(countOf(contextY, 0), countOf(contextY, 1)) / contextY.length);
    const share = (low: number, high: number) =>
      smaller.filter((each) => each >= low && each < high).length / two.length;
    expect(share(0.4, 0.51)).toBeGreaterThan(0.35);
    expect(share(0, 0.1)).toBeGreaterThan(0.03);
    expect(share(0, 0.1)).toBeLessThan(0.2);
  });

  it('without a context are two or more still', () => {
    expect(new Set(draw({}, 20, 0, 40).flatMap(({ queryY }) => queryY)).size).toBeGreaterThan(1);
  });
});

describe('a class that the context lacks', () => {
  const numContext = 4;
  const output = Float64Array.of(0, 1, 10, 11, 5, 5.2, 0.5, 10.5);

  it('is joined with a neighbour where the target is cut', () => {
    for (let i = 0; i < 50; i++) {
      const rule = { kind: 'cut', parts: Float64Array.of(0.375, 0.25, 0.375), numOutputs: 1 } as const;
      const classes = toClasses(chance(`cut ${i}`), rule, [output.slice()], numContext);
      if (classes === null) continue; // noise can do that
      expect(new Set(classes.subarray(numContext)).size).toBeLessThanOrEqual(
        new Set(classes.subarray(0, numContext)).size,
      );
      expect(Math.max(...classes)).toBe(new Set(classes.subarray(0, numContext)).size - 1);
    }
  });

  it('is not among the classes of queries where classes are drawn by their shares, which the others keep', () => {
    const counts = [0, 0];
    const parts = Float64Array.of(0.55, 0.35, 0.1);
    for (let i = 0; i < 400; i++) {
      const classes = drawClasses(chance(`shares ${i}`), parts, 40, 10);
      counts[1]++;
      if (classes === null) continue; // one class in all ten
      const inContext = new Set(classes.subarray(0, 10));
      for (const k of classes.subarray(10)) expect(inContext.has(k)).toBe(true);
      if (inContext.size === 3) counts[0]++;
    }
    // All three in ten rows, by inclusion and exclusion.
    const p = 1 - 0.45 ** 10 - 0.65 ** 10 - 0.9 ** 10 + 0.55 ** 10 + 0.35 ** 10 + 0.1 ** 10;
    expectShare(counts[0], counts[1], p);
  });

  it('leaves its share to the others as theirs is', () => {
    // Two of the three are as common as each other: so are they among the queries where the context lacks the third.
    let [zeros, rows] = [0, 0];
    for (let i = 0; i < 1500; i++) {
      const classes = drawClasses(chance(`left ${i}`), Float64Array.of(0.4, 0.4, 0.2), 40, 10);
      if (classes === null || new Set(classes.subarray(0, 10)).size !== 2) continue;
      const own = Array.from(classes.subarray(10));
      zeros += own.filter((k) => k === 0).length;
      rows += own.length;
    }
    // Those that lack one of the common ones split 2 : 1, with either number for the larger.
    expect(rows).toBeGreaterThan(3000);
    expect(Math.abs(zeros / rows - 0.5)).toBeLessThan(0.05);
  });

  it('does not come about by wrong labels', () => {
    for (let i = 0; i < 300; i++) {
      const classes = Int32Array.of(0, 0, 0, 1, 2, 2, 1, 0, 2, 1);
      mislabel(chance(`labels ${i}`), classes, 5);
      expect(new Set(classes.subarray(0, 5)).size).toBe(3);
    }
  });
});

describe('looks of columns', () => {
  const count = 3000;
  const random = chance('looks');
  const columns = Array.from({ length: count }, () => {
    const column = Float64Array.from({ length: 200 }, random.gauss);
    drawLooks(random, [column]);
    return column;
  });
  const isCodes = (column: Float64Array) => {
    const values = fewValues(column, 30);
    return values?.every((value, i) => value === i) ?? false;
  };

  it('are codes 0 .. c - 1 in as many tables as the header says, and whole numbers besides', () => {
    // 15 % all, half of them U(0, 1): 40 %. Of the rest a quarter is whole numbers, of which some have no gaps.
    const share = columns.filter(isCodes).length / count;
    expect(share).toBeGreaterThan(0.4 - 0.03);
    expect(share).toBeLessThan(0.4 + 0.6 * 0.25 + 0.03);
    const whole = columns.filter((column) => column.every(Number.isInteger)).length;
    expectShare(whole, count, 0.4 + 0.6 * 0.25);
  });

  it('have two levels in at least 35 % of the categories, more than ten in some', () => {
    const levels = columns.filter(isCodes).map((column) => fewValues(column, 30)!.length);
    expect(levels.filter((each) => each === 2).length / levels.length).toBeGreaterThan(0.25);
    expect(levels.filter((each) => each > 10).length / levels.length).toBeGreaterThan(0.05);
    expect(Math.max(...levels)).toBeLessThanOrEqual(30);
  });

  it('keep the order of the levels in half of the categories, and lose it in the other half', () => {
    const random = chance('order');
    const rises = Array.from({ length: 2000 }, () => {
      const column = Float64Array.from({ length: 200 }, random.gauss);
      const before = column.slice();
      drawLooks(random, [column]);
      return isCodes(column) && fewValues(column, 30)!.length === 2 ? correlation(before, column) : 0;
    }).filter((r) => Math.abs(r) > 0.3); // two levels whose rows were not shuffled
    // Ordered, or at random in that order; the codes of whole numbers keep it as well.
    const share = rises.filter((r) => r > 0).length / rises.length;
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(0.82);
  });

  it('turn numbers upside down in three of eight columns', () => {
    const random = chance('signs');
    const signs = Array.from({ length: 1500 }, () => {
      const column = Float64Array.from({ length: 200 }, random.gauss);
      const before = column.slice();
      drawLooks(random, [column]);
      return isCodes(column) ? 0 : correlation(before, column);
    }).filter((r) => Math.abs(r) > 0.3); // numbers whose rows were not shuffled
    // Half of the three quarters that are not rounded to whole numbers, of which some look like codes.
    const share = signs.filter((r) => r < 0).length / signs.length;
    expect(share).toBeGreaterThan(0.375 - 0.06);
    expect(share).toBeLessThan(0.5 + 0.06);
  });

  it('are in units of many sizes', () => {
    const scales = columns
      .filter((column) => fewValues(column, 100) === null)
      .map((column) => Math.max(...column.map(Math.abs)));
    expect(Math.min(...scales)).toBeLessThan(0.01);
    expect(Math.max(...scales)).toBeGreaterThan(1e4);
  });
});

describe('missing cells', () => {
  const count = 3000;
  const random = chance('missing');
  const shares = Array.from({ length: count }, () => {
    const columns = Array.from({ length: 8 }, () => Float64Array.from({ length: 200 }, random.gauss));
    dropCells(random, columns);
    return columns.map((column) => column.filter(Number.isNaN).length / 200);
  });
  const lacking = shares.filter((each) => each.some((share) => share > 0));

  it('are in a third of the tables', () => {
    // Shares are small in some tables: 1 % of them lose no cell.
    expectShare(lacking.length, count, 0.99 / 3);
  });

  it('are a tenth to a fifth of the cells of the columns that lack any, 70 % at most', () => {
    const ofColumns = lacking.flat().filter((share) => share > 0);
    // At random and by row: E[0.6 u^2] = 0.2; by a value: half of it. Columns that lose none are not counted.
    expect(mean(ofColumns)).toBeGreaterThan(0.14);
    expect(mean(ofColumns)).toBeLessThan(0.2);
    expect(Math.max(...ofColumns)).toBeLessThan(0.75);
  });

  it('depend on the value of the cell in some columns', () => {
    const random = chance('by value');
    const gaps = Array.from({ length: 2000 }, () => {
      const column = Float64Array.from({ length: 400 }, random.gauss);
      const before = column.slice();
      dropCells(random, [column]);
      const lost = Array.from(before).filter((_, i) => Number.isNaN(column[i]));
      return lost.length < 20 ? null : mean(lost) * Math.sqrt(lost.length);
    }).filter((gap) => gap !== null);
    // 40 % of single columns are by a value, of this or of the only other one, which is the same.
    const share = gaps.filter((gap) => Math.abs(gap) > 3).length / gaps.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
  });
});

describe('what can be learned', () => {
  it('is more than the commonest class, by the nearest neighbours or a stump, in most tables and not all', () => {
    const tables = draw({ minFeatures: 5, maxFeatures: 5 }, 200, 100, 100);
    const gains = tables.map((table) => {
      const most = accuracy(table.queryY, () => commonest(table.contextY));
      return Math.max(accuracy(table.queryY, neighbours(table)), accuracy(table.queryY, stump(table))) - most;
    });
    const better = gains.filter((gain) => gain > 0.02).length / gains.length;
    expect(better).toBeGreaterThan(0.65);
    expect(better).toBeLessThan(0.95);
    expect(mean(gains)).toBeGreaterThan(0.08);
  });

  it('is more than the mean of a real target, by the nearest neighbours, in most tables and not all', () => {
    const tables = draw({ minFeatures: 5, maxFeatures: 5, task: 'regression' }, 200, 100, 100);
    const better = tables.filter((table) => {
      const center = mean(table.contextY);
      const near = nearest(table, 7);
      const error = (of: (i: number) => number) => mean(table.queryY.map((y, i) => (y - of(i)) ** 2));
      return error((i) => mean(near(i).map((j) => table.contextY[j]))) < error(() => center);
    });
    expect(better.length / tables.length).toBeGreaterThan(0.55);
    expect(better.length / tables.length).toBeLessThan(0.95);
  });

  it('never is nothing: real targets are not constant in the context', () => {
    for (const { contextY } of draw({ task: 'regression' }, 500, 5, 5))
      expect(new Set(contextY).size).toBeGreaterThan(1);
  });
});

describe('parts', () => {
  test('cutByShares: parts have the shares, and equal values stay together', () => {
    const column = Float64Array.from({ length: 100 }, (_, i) => (i * 37) % 100);
    const part = cutByShares(column, Float64Array.of(0.2, 0.5, 0.3));
    expect([0, 1, 2].map((k) => part.filter((each) => each === k).length)).toEqual([20, 50, 30]);
    expect(column.every((value, i) => part[i] === (value < 20 ? 0 : value < 70 ? 1 : 2))).toBe(true);
    const ties = cutByShares(Float64Array.of(1, 1, 1, 2), Float64Array.of(0.5, 0.5));
    expect(new Set(ties.subarray(0, 3)).size).toBe(1);
  });

  test('standardise: mean 0 and standard deviation 1, far from zero too; constants are told', () => {
    const column = Float64Array.of(1e6, 1e6 + 1, 1e6 + 2);
    expect(standardise(column)).toBe(true);
    expect(Array.from(column)).toEqual([-Math.sqrt(1.5), 0, Math.sqrt(1.5)].map((z) => expect.closeTo(z, 8)));
    expect(standardise(Float64Array.of(3, 3))).toBe(false);
    expect(standardise(Float64Array.of(1, Infinity))).toBe(false);
  });

  test('activations: what their names say, of gain times the input and a shift', () => {
    // 2 x + 1 = z
    const of = (name: keyof typeof activations, ...z: number[]) => {
      const column = Float64Array.from(z, (value) => (value - 1) / 2);
      activations[name](column, 2, 1);
      return [...column];
    };
    const close = (...values: number[]) => values.map((value) => expect.closeTo(value, 12));
    expect(of('leaky', -5, 2)).toEqual(close(-1, 2));
    expect(of('softplus', 0, 100)).toEqual(close(Math.LN2, 100));
    expect(of('log', Math.E - 1, 1 - Math.E)).toEqual(close(1, -1));
    expect(of('exp', 0, 9)).toEqual(close(1, Math.exp(4)));
    expect(of('bump', 0, -1)).toEqual(close(1, Math.exp(-0.5)));
    expect(of('step', -1, 0, 2)).toEqual(close(0, 0, 1));
    expect(of('stairs', 0.4, 0.6, -1.7)).toEqual(close(0, 1, -2));
    // What is left of a third of it.
    expect(of('modulo', -4, 0.5, 7)).toEqual(close(2 / 3, 1 / 6, 1 / 3));
  });

  test('kumaraswamy and roundToGrid: by the place between the least and the largest value', () => {
    const bent = Float64Array.of(2, 3, 4, 6);
    kumaraswamy(bent, 2, 3);
    expect([...bent]).toEqual([0, 1 / 4, 1 / 2, 1].map((u) => expect.closeTo(1 - (1 - u ** 2) ** 3, 12)));
    const rounded = Float64Array.of(-1, 0, 1, 2, 3);
    roundToGrid(rounded, 4);
    expect([...rounded]).toEqual([0, 1, 2, 3, 3]);
  });

  test('clipAtRow: from below or from above, at the value of a row', () => {
    const values = [5, 1, 4, 2, 3];
    const drawn = chance('clip');
    const sides = Array.from({ length: 50 }, () => {
      const column = Float64Array.from(values);
      clipAtRow(drawn, column);
      const [low, high] = [Math.min(...column), Math.max(...column)];
      const raised = values.map((value) => Math.max(value, low));
      expect([raised, values.map((value) => Math.min(value, high))]).toContainEqual([...column]);
      return low > 1 ? 'from below' : high < 5 ? 'from above' : 'at an end';
    });
    expect(sides).toEqual(expect.arrayContaining(['from below', 'from above']));
  });

  test('addTree: at most 2^depth values, each for rows that are neighbours in the input', () => {
    const random = chance('tree');
    const input = Float64Array.from({ length: 500 }, random.gauss);
    const column = new Float64Array(500);
    addTree(random, [input], [1], 3, column);
    const order = Array.from(input.keys()).sort((a, b) => input[a] - input[b]);
    const changes = order.filter((row, i) => i > 0 && column[row] !== column[order[i - 1]]).length;
    expect(changes).toBeGreaterThan(0);
    expect(changes).toBe(new Set(column).size - 1);
    expect(changes).toBeLessThan(8);
  });
});

describe('options', () => {
  test.each([
    [{ task: 'ranking' }, `task must be 'classification' or 'regression', got "ranking".`],
    [{ maxFeatures: 51 }, 'maxFeatures must be a whole number from 1 to 50, got 51.'],
    [{ minFeatures: 9, maxFeatures: 8 }, 'minFeatures must be a whole number from 1 to 8, got 9.'],
    [{ maxClasses: 1 }, 'maxClasses must be a whole number from 2 to 10, got 1.'],
    [{ maxRows: 1 }, 'maxRows must be a whole number from 2 to 10000, got 1.'],
  ])('%j is refused', (options, message) => {
    expect(() => createPrior('structural-causal', options)).toThrow(`structural-causal: ${message}`);
  });

  test('of regression leave out classes', () => {
    expect(structuralCausal({ task: 'regression' }).numClasses).toBeUndefined();
    expect(structuralCausal({ maxClasses: 4 }).numClasses).toBe(4);
  });
});

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const pairs = Array.from(a, (value, i) => [value, b[i]]).filter(([x, y]) => !Number.isNaN(x) && !Number.isNaN(y));
  const [meanA, meanB] = [mean(pairs.map(([x]) => x)), mean(pairs.map(([, y]) => y))];
  const product = (f: (x: number, y: number) => number) =>
    pairs.reduce((sum, [x, y]) => sum + f(x - meanA, y - meanB), 0);
  const scale = Math.sqrt(product((x) => x * x) * product((_, y) => y * y));
  return scale > 0 ? product((x, y) => x * y) / scale : 0;
}

const accuracy = (y: readonly number[], answer: (i: number) => number) =>
  mean(y.map((k, i) => (answer(i) === k ? 1 : 0)));

function commonest(y: readonly number[]): number {
  const count = (k: number) => y.filter((each) => each === k).length;
  return [...new Set(y)].reduce((best, k) => (count(k) > count(best) ? k : best));
}

/** The `count` context rows next to a query row: columns in standard deviations, a missing cell is their mean. */
function nearest({ contextX, queryX }: Table, count: number): (i: number) => number[] {
  const units = contextX[0].map((_, f) => {
    const seen = contextX.map((row) => row[f]).filter((x) => !Number.isNaN(x));
    const center = seen.length > 0 ? mean(seen) : 0;
    return { center, scale: Math.sqrt(mean(seen.map((x) => (x - center) ** 2))) || 1 };
  });
  const inUnits = (row: readonly number[]) =>
    row.map((x, f) => (Number.isNaN(x) ? 0 : Math.max(-4, Math.min(4, (x - units[f].center) / units[f].scale))));
  const context = contextX.map(inUnits);
  return (i) => {
    const at = inUnits(queryX[i]);
    const distance = context.map((row) => row.reduce((sum, x, f) => sum + (x - at[f]) ** 2, 0));
    return Array.from(distance.keys())
      .sort((a, b) => distance[a] - distance[b])
      .slice(0, count);
  };
}

function neighbours(table: Table): (i: number) => number {
  const near = nearest(table, 5);
  return (i) => commonest(near(i).map((j) => table.contextY[j]));
}

/** The best single threshold of a single column, with the commonest class on either side. */
function stump({ contextX, contextY, queryX }: Table): (i: number) => number {
  let best = { right: -1, isLeft: (_: readonly number[]) => true, classes: [0, 0] };
  for (let f = 0; f < contextX[0].length; f++) {
    const sorted = contextX.map((row) => row[f]).sort((a, b) => a - b);
    for (let q = 1; q < 10; q++) {
      const threshold = sorted[Math.floor((q * sorted.length) / 10)];
      const isLeft = (row: readonly number[]) => row[f] < threshold;
      const sides = [true, false].map((side) => contextY.filter((_, i) => isLeft(contextX[i]) === side));
      if (sides.some((side) => side.length === 0)) continue;
      const classes = sides.map(commonest);
      const right = contextX.filter((row, i) => classes[isLeft(row) ? 0 : 1] === contextY[i]).length;
      if (right > best.right) best = { right, isLeft, classes };
    }
  }
  return (i) => best.classes[best.isLeft(queryX[i]) ? 0 : 1];
}
