import { metricOf } from '../../infer/metric.ts';
import { isSettingName, isStepName, TIME_NAME } from './curve-names.ts';

/** Rows of a file by their steps, and what each says under a name: blank where that is nothing. */
export interface NamedRows {
  readonly names: readonly string[];
  readonly steps: readonly number[];
  readonly cells: (name: string) => readonly string[];
}

/** Of curves that begin together: how much later than the first, in parts of the whole. */
const LATEST_START = 0.1;
/** Of the steps of a run, how many another run has as well. */
const SHARED = 0.5;
/** Every two and three of so many names are tried. */
const MOST_COMBINED = 8;

/**
 * Where steps come again, also with what is `told`: the other name, such as that of a seed or a fold, or the two or three names, with which they do not.
 * They tell curves apart, which all begin at about the first step and share their steps. None where there is no need of them, or none does: a run that
 * was taken up again has some steps twice.
 */
export function tellingNames({ names, steps, cells }: NamedRows, told: readonly string[]): readonly string[] {
  const numRows = steps.length;
  const step = numbered(steps);
  const known = told.map((name) => numbered(cells(name))).reduce(combined, numbered(steps.map(() => 0)));
  if (combined(known, step).count === numRows) return [];
  const candidates = names.flatMap((name) => {
    if (told.includes(name) || isStepName(name) || TIME_NAME.test(name) || metricOf(name) !== undefined) return [];
    const own = cells(name);
    const isOther = (cell: string) => cell === '' || (!isSettingName(name) && /^[+-]?\d*\.\d+$/.test(cell));
    if (own.some(isOther)) return [];
    const code = numbered(own);
    return code.count > 1 && 2 * code.count <= numRows ? [{ names: [name], code }] : [];
  });
  const tell = ({ code }: (typeof candidates)[number]): boolean => {
    const curve = combined(known, code);
    return 2 * code.count <= numRows && combined(curve, step).count === numRows && areRuns(known, curve, steps, step);
  };
  const few = candidates.slice(0, MOST_COMBINED);
  const join = (some: typeof candidates) =>
    some.flatMap((one) =>
      few
        .slice(few.findIndex(({ names: [name] }) => name === one.names.at(-1)) + 1)
        .map((other) => ({ names: [...one.names, ...other.names], code: combined(one.code, other.code) })),
    );
  const pairs = join(few);
  const found = candidates.find(tell) ?? pairs.find(tell) ?? join(pairs).find(tell);
  return found?.names ?? [];
}

/** Values by numbers from 0 to count - 1. */
interface Numbered {
  readonly of: Float64Array;
  readonly count: number;
}

function numbered(values: readonly (string | number)[] | Float64Array): Numbered {
  const numbers = new Map<string | number, number>();
  const of = new Float64Array(values.length);
  for (const [row, value] of values.entries()) {
    const known = numbers.get(value) ?? numbers.size;
    if (known === numbers.size) numbers.set(value, known);
    of[row] = known;
  }
  return { of, count: numbers.size };
}

const combined = (one: Numbered, other: Numbered): Numbered =>
  numbered(one.of.map((value, row) => value * other.count + other.of[row]));

/** Whether curves begin at about the first step, and each, but the longest of those that are known to belong together, shares its steps with others. */
function areRuns(known: Numbered, curve: Numbered, steps: readonly number[], step: Numbered): boolean {
  const first = steps.reduce((a, b) => Math.min(a, b));
  const latest = first + LATEST_START * (steps.reduce((a, b) => Math.max(a, b)) - first);
  const starts = new Float64Array(curve.count).fill(Infinity);
  const lengths = new Float64Array(curve.count);
  const shared = new Float64Array(curve.count);
  const whole = new Float64Array(curve.count);
  const at = combined(known, step);
  const times = new Float64Array(at.count);
  for (const own of at.of) times[own]++;
  for (const [row, own] of curve.of.entries()) {
    starts[own] = Math.min(starts[own], steps[row]);
    lengths[own]++;
    if (times[at.of[row]] > 1) shared[own]++;
    whole[own] = known.of[row];
  }
  const longest = new Float64Array(known.count).fill(-1);
  for (const [own, length] of lengths.entries()) {
    const best = longest[whole[own]];
    if (best < 0 || length > lengths[best]) longest[whole[own]] = own;
  }
  return lengths.every(
    (length, own) => starts[own] <= latest && (longest[whole[own]] === own || shared[own] >= SHARED * length),
  );
}
