import type { Distribution } from '../model/distribution.ts';
import { normalCdf } from '../priors/exact/normal-cdf.ts';
import type { Predictive } from '../priors/prior.ts';

/** Smooth functions are integrated between quantiles half a standard deviation apart, as far as a normal has 1e-9 of its mass beyond. */
const REACH = 6;
const SPACING = 0.5;
/** Of Simpson's rule between two such quantiles; even. */
const INTERVALS = 10;
/** Of the probability that it finds there, which is known. */
const MOST_ERROR = 1e-7;
const MOST_HALVINGS = 20;
/** Bars further out hold no more than this of p on either side; they are left out. */
const NEGLIGIBLE = 1e-8;
/** Gauss and Legendre's rule of ten points for the integral over 0 .. 1: how far the points lie from 1/2, and their weights. */
const TAIL_RULE = [
  [0.0744371694908156, 0.1477621123573765],
  [0.2166976970646236, 0.1346333596549982],
  [0.3397047841495122, 0.109543181257991],
  [0.4325316833444923, 0.0747256745752903],
  [0.4869532642585859, 0.0333356721543441],
] as const;

/**
 * KL(p || q) = E_p[ln p - ln q] in nats, for a q that is smooth, or made of bars with these borders [K+1]. There the density of q jumps at each border,
 * where a rule for smooth functions would err, so ln q is summed over bars, each with the probability that p gives it.
 */
export function divergence(p: Predictive, q: Pick<Distribution, 'logDensity'>, borders: Float64Array): number {
  if (borders.length === 0) return expectation(p, (y, logP) => logP - q.logDensity(y));
  return expectation(p, (_, logP) => logP) - barExpectation(p, q, borders);
}

/** E_p[ln q] for a q of bars. */
function barExpectation(p: Predictive, q: Pick<Distribution, 'logDensity'>, borders: Float64Array): number {
  const last = borders.length - 2;
  const [low, high] = [p.quantile(NEGLIGIBLE), p.quantile(1 - NEGLIGIBLE)];
  const [left, right] = [p.cdf(borders[1]), 1 - p.cdf(borders[last])];
  let expected = meanOf(left, (share) => q.logDensity(p.quantile(left * share)));
  expected += meanOf(right, (share) => q.logDensity(p.quantile(1 - right * share)));
  for (let bar = 1, before = left; bar < last && borders[bar] < high; bar++) {
    if (borders[bar + 1] < low) continue;
    const after = p.cdf(borders[bar + 1]);
    expected += (after - before) * q.logDensity((borders[bar] + borders[bar + 1]) / 2);
    before = after;
  }
  return expected;
}

/** The integral over a tail of p of a function of the share of that tail that lies further out; the function may grow as its logarithm. */
function meanOf(mass: number, value: (share: number) => number): number {
  if (mass < NEGLIGIBLE) return 0;
  const at = (root: number) => 3 * root ** 2 * value(root ** 3);
  return mass * TAIL_RULE.reduce((sum, [off, weight]) => sum + weight * (at(0.5 - off) + at(0.5 + off)), 0);
}

type OfPredictive = (y: number, logP: number) => number;

/** E_p[value], of a smooth function of y and ln p. */
function expectation(p: Predictive, value: OfPredictive): number {
  let sum = 0;
  let from = endAt(p, normalCdf(-REACH));
  for (let t = SPACING - REACH; t < REACH + SPACING / 2; t += SPACING) {
    const to = endAt(p, normalCdf(t));
    sum += panel(p, value, from, to, MOST_HALVINGS);
    from = to;
  }
  return sum;
}

/** Of a panel, and the probability below it. */
interface End {
  readonly y: number;
  readonly below: number;
}

function endAt(p: Predictive, probability: number): End {
  const y = p.quantile(probability);
  return { y, below: p.cdf(y) };
}

/**
 * The part of E_p[value] between two ends: by Simpson's rule where that finds the probability between them, and else, where p has jumps or
 * several modes, from two panels of half the probability.
 */
function panel(p: Predictive, value: OfPredictive, from: End, to: End, halvings: number): number {
  const mass = to.below - from.below;
  const step = (to.y - from.y) / INTERVALS;
  let [found, sum] = [0, 0];
  for (let i = 0; i <= INTERVALS; i++) {
    const y = from.y + i * step;
    const log = p.logDensity(y);
    if (log === -Infinity) continue;
    const density = Math.exp(log) * (i === 0 || i === INTERVALS ? 1 : i % 2 === 0 ? 2 : 4) * (step / 3);
    found += density;
    sum += density * value(y, log);
  }
  if (Math.abs(found - mass) <= MOST_ERROR) return sum;
  const middle = endAt(p, (from.below + to.below) / 2);
  if (halvings === 0) return mass * value(middle.y, p.logDensity(middle.y));
  return panel(p, value, from, middle, halvings - 1) + panel(p, value, middle, to, halvings - 1);
}
