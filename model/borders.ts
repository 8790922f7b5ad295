/**
 * [numBars + 1] borders that cut draws from the prior's targets into bars of equal mass, with the extremes as the ends. All
 * borders are float32 numbers, since checkpoints store them so, and rise strictly. Sorts a copy: about 0.2 s per million draws.
 *
 * A value that is drawn often (a constant target, a saturated curve) fills a bar alone, whatever the quantiles say. It
 * counts as half a bar: its bar then always holds half a bar's worth of other draws and is not arbitrarily narrow, which the
 * loss would reward without end. Of few distinct values each gets a bar, and the bars left over go to the widest gaps.
 *
 * Throws a RangeError where the draws are not finite or (nearly) all equal.
 */
export function bordersFromDraws(draws: ArrayLike<number>, numBars: number): Float64Array {
  if (!(Number.isInteger(numBars) && numBars >= 3)) {
    throw new RangeError(`bordersFromDraws: expected a whole number of bars, at least 3, got ${numBars}.`);
  }
  const { values, counts } = distinctValues(draws);
  const borders = [values[0]];
  for (const i of equalMassCuts(counts, numBars)) {
    const border = borderBetween(values[i], values[i + 1]);
    if (border < values[values.length - 1]) borders.push(border);
  }
  borders.push(values[values.length - 1]);
  return splitWidest(borders, numBars);
}

/** The distinct draws as float32, rising, and how often each was drawn. */
function distinctValues(draws: ArrayLike<number>): { values: number[]; counts: number[] } {
  const sorted = new Float32Array(draws).sort();
  const values: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (value === values[values.length - 1]) counts[counts.length - 1]++;
    else {
      values.push(value);
      counts.push(1);
    }
  }
  // Sorting puts -Infinity first, Infinity and then NaN last.
  const bad = [values[0], values[values.length - 1]].find((value) => !Number.isFinite(value));
  if (sorted.length > 0 && bad !== undefined) {
    throw new RangeError(`bordersFromDraws: expected draws that are finite as float32, got ${bad}. Fix the prior.`);
  }
  if (values.length < 2) {
    const got = sorted.length === 0 ? 'none' : `${sorted.length} equal to ${values[0]} in single precision`;
    throw new RangeError(
      `bordersFromDraws: expected draws that differ, got ${got}. Fix the prior: scale or shift its targets where they vary.`,
    );
  }
  return { values, counts };
}

/** The positions i, rising, such that a border belongs between distinct values i and i + 1; at most numBars - 1 of them. */
function equalMassCuts(counts: readonly number[], numBars: number): number[] {
  if (counts.length <= numBars) return counts.slice(1).map((_, i) => i);
  // The most that one value counts, in bars. Too few values for two in each bar: then a value may fill a bar.
  const cap = counts.length >= 4 * numBars ? 0.5 : 1;
  const quota = barMass(counts, numBars, cap);
  const cuts: number[] = [];
  let mass = 0;
  for (let i = 0; i < counts.length - 1; i++) {
    mass += Math.min(counts[i], cap * quota);
    if (mass >= (cuts.length + 1) * quota && cuts.length < numBars - 1) cuts.push(i);
  }
  return cuts;
}

/** The mass q of one bar for which the masses min(count, cap q) add up to numBars q. */
function barMass(counts: readonly number[], numBars: number, cap: number): number {
  const total = sum(counts);
  let quota = total / numBars;
  // Each round lowers the quota, so that ever more values are frequent; there are fewer than numBars / cap of them.
  for (let numFrequent = 0; ; ) {
    const frequent = counts.filter((count) => count > cap * quota);
    if (frequent.length === numFrequent) return quota;
    numFrequent = frequent.length;
    quota = (total - sum(frequent)) / (numBars - cap * numFrequent);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** A float32 number in (low, high], the middle where there is room for one: such borders differ wherever the values do. */
function borderBetween(low: number, high: number): number {
  const middle = Math.fround(low + (high - low) / 2);
  return middle > low ? middle : high;
}

/** Cuts the widest bars into equal parts until there are numBars of them. */
function splitWidest(borders: readonly number[], numBars: number): Float64Array {
  const numGiven = borders.length - 1;
  const parts = new Int32Array(numGiven).fill(1);
  for (let count = numGiven; count < numBars; count++) {
    let widest = 0;
    for (let k = 1; k < numGiven; k++) {
      const width = (borders[k + 1] - borders[k]) / parts[k];
      if (width > (borders[widest + 1] - borders[widest]) / parts[widest]) widest = k;
    }
    parts[widest]++;
  }
  const split = new Float64Array(numBars + 1);
  let next = 0;
  for (let k = 0; k < numGiven; k++) {
    const width = borders[k + 1] - borders[k];
    for (let part = 0; part < parts[k]; part++) split[next++] = Math.fround(borders[k] + (width * part) / parts[k]);
  }
  split[numBars] = borders[numGiven];
  const stuck = split.findIndex((border, k) => k > 0 && border <= split[k - 1]);
  if (stuck > 0) {
    throw new RangeError(
      `bordersFromDraws: expected draws that spread over at least ${numBars} float32 numbers, got ${borders[0]} to ${borders[numGiven]}. ` +
        'Widen the prior, rescale its targets, or use fewer bars.',
    );
  }
  return split;
}

/**
 * From the borders of bars of equal mass, those of as many bars that each lose alike of answers far narrower than the prior. A bar loses of
 * such an answer by the square of its width, so that widths go with the density to the power -1/3 (Panter and Dite 1951).
 *
 * An answer near an extreme reaches beyond it. So the outer bars of equal mass are taken half as long again, and what lies further out falls as it
 * does with these: a tail as narrow as its neighbours would give next to nothing to what is a hundredth further out.
 */
export function equalLossBorders(equalMassBorders: Float64Array): Float64Array {
  const equalMass = Float64Array.from(equalMassBorders);
  const numBars = equalMass.length - 1;
  const [left, right] = [equalMass[1] - equalMass[0], equalMass[numBars] - equalMass[numBars - 1]];
  equalMass[0] -= left / 2;
  equalMass[numBars] += right / 2;
  // Of a bar of mass m and width w: density m / w, so that (m / w)^(1/3) w of the new bars are within it, but for a factor.
  const reach = new Float64Array(numBars + 1);
  for (let k = 0; k < numBars; k++) reach[k + 1] = reach[k] + (equalMass[k + 1] - equalMass[k]) ** (2 / 3);
  const borders = new Float64Array(numBars + 1);
  for (let k = 0, bar = 0; k <= numBars; k++) {
    const at = (reach[numBars] * k) / numBars;
    while (bar < numBars - 1 && reach[bar + 1] < at) bar++;
    const share = (at - reach[bar]) / (reach[bar + 1] - reach[bar]);
    borders[k] = Math.fround(equalMass[bar] + share * (equalMass[bar + 1] - equalMass[bar]));
  }
  borders[0] = Math.fround(borders[1] - left);
  borders[numBars] = Math.fround(borders[numBars - 1] + right);
  return borders;
}
