import { createBars } from '../../model/bar-distribution.ts';
import { columnUnits } from '../../model/table-units.ts';
import type { Predictor } from '../predictor.ts';
import type { CallEstimate } from './ask.ts';
import { LARGEST } from './column.ts';
import {
  checkNetwork,
  checkOptions,
  createEnsemble,
  drawMembers,
  type Ensemble,
  encoderFor,
  type PredictOptions,
  requireFit,
  rowsTask,
  type TabularOptions,
} from './ensemble.ts';
import type { Table } from './table.ts';
import { limitsOf, momentsOf, type TargetDistribution, targetDistribution } from './target-distribution.ts';

export interface TabularRegressor {
  readonly predictor: Predictor;
  /**
   * Takes rows with known targets as the context of all later predictions; nothing is trained. Resolves to this. An error leaves the
   * last fit as it was.
   */
  fit(X: Table, y: ArrayLike<number>): Promise<TabularRegressor>;
  /** The mean of each row (see TargetDistribution), in the units of y. No row depends on the others. */
  predict(X: Table, options?: PredictOptions): Promise<number[]>;
  /** The whole distribution of each row; 16 K bytes a row for K bars. */
  predictDistribution(X: Table, options?: PredictOptions): Promise<TargetDistribution[]>;
  /** How long a prediction of so many rows would take here, roughly, and its memory. Measures this machine for a moment. */
  estimate(numQuery: number): Promise<CallEstimate>;
  dispose(): Promise<void>;
}

interface Fitted {
  readonly ensemble: Ensemble;
  readonly members: readonly { readonly kind: Sign; readonly weight: number }[];
  readonly center: number;
  readonly scale: number;
  /** Of targets in these units, for their moments. */
  readonly limits: readonly [low: number, high: number];
}

/** Whether a member sees the targets, or their mirror image. */
type Sign = 1 | -1;

/** Regression of tables with any predictor that was trained on them (layout `cells`). */
export function createTabularRegressor(predictor: Predictor, options: TabularOptions = {}): TabularRegressor {
  const settings = checkOptions('TabularRegressor', options);
  checkNetwork('TabularRegressor', predictor, 'bars');
  const bars = createBars(predictor.borders);
  const { numBars } = bars;
  /** Of one member for one row: read at once. */
  const passing = bars.oneAtATime();
  let fitted: Fitted | undefined;
  const known = (call: string): Fitted => requireFit(fitted, call);

  function contextOf(X: Table, y: ArrayLike<number>): Fitted {
    const encoder = encoderFor(X, y);
    const bad = Array.from(y).findIndex((value) => !(Number.isFinite(value) && Math.abs(value) <= LARGEST));
    if (bad >= 0) {
      throw new RangeError(
        `fit: expected targets that are finite numbers up to ${LARGEST}, got ${y[bad]} (row ${bad + 1}). Leave out such rows.`,
      );
    }
    const { center, scale } = columnUnits(y);
    const members = drawMembers(encoder, null, settings, (turn): Sign => (turn % 2 === 0 ? 1 : -1));
    const rows = Int32Array.from({ length: y.length }, (_, i) => i);
    const tasks = members.map(({ view, kind }) =>
      rowsTask(
        encoder,
        view,
        rows,
        Float32Array.from(y, (value) => (kind * (value - center)) / scale),
      ),
    );
    const ensemble = createEnsemble(predictor, encoder, tasks, settings.onNote);
    return { ensemble, members, center, scale, limits: limitsOf(y, center, scale) };
  }

  const model: TabularRegressor = {
    predictor,
    async fit(X, y) {
      fitted = contextOf(X, y);
      return model;
    },
    async predict(X, options = {}) {
      const { ensemble, members, center, scale, limits } = known('predict');
      let means: number[] = [];
      await ensemble.askAll(
        X,
        (numQuery) => {
          means = new Array<number>(numQuery).fill(0);
          return (task, from, logits) => {
            const { kind, weight } = members[task];
            for (let i = 0; i * numBars < logits.length; i++) {
              const distribution = passing(logits.subarray(i * numBars, (i + 1) * numBars));
              means[from + i] += weight * momentsOf({ distribution, center, slope: kind * scale }, limits).mean;
            }
          };
        },
        options,
      );
      return means;
    },
    async predictDistribution(X, options = {}) {
      const { ensemble, members, center, scale, limits } = known('predict');
      const signs = ([1, -1] as const).filter((sign) => members.some(({ kind }) => kind === sign));
      const weights = signs.map((sign) =>
        members.filter(({ kind }) => kind === sign).reduce((sum, { weight }) => sum + weight, 0),
      );
      // Members of one sign share their bars, so that their mixture has the mean of their probabilities.
      let sums: Float64Array[] = [];
      let numRows = 0;
      await ensemble.askAll(
        X,
        (numQuery) => {
          numRows = numQuery;
          sums = signs.map(() => new Float64Array(numQuery * numBars));
          return (task, from, logits) => {
            const { kind, weight } = members[task];
            const own = signs.indexOf(kind);
            for (let i = 0; i * numBars < logits.length; i++) {
              const { probabilities } = passing(logits.subarray(i * numBars, (i + 1) * numBars));
              const at = (from + i) * numBars;
              for (let k = 0; k < numBars; k++) sums[own][at + k] += (weight / weights[own]) * probabilities[k];
            }
          };
        },
        options,
      );
      return Array.from({ length: numRows }, (_, i) =>
        targetDistribution(
          signs.map((sign, own) => ({
            distribution: bars.distribution(sums[own].subarray(i * numBars, (i + 1) * numBars).map(Math.log)),
            borders: bars.borders,
            center,
            slope: sign * scale,
            weight: weights[own],
          })),
          limits,
        ),
      );
    },
    estimate: async (numQuery) => known('estimate').ensemble.asker.estimate(numQuery),
    dispose: () => predictor.dispose(),
  };
  return model;
}
