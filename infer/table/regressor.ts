import { createBars } from '../../model/bar-distribution.ts';
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
import { type TargetDistribution, targetDistribution } from './target-distribution.ts';
import { type TargetScale, targetScales } from './target-scale.ts';

export interface TabularRegressor {
  readonly predictor: Predictor;
  /**
   * Takes rows with known targets as the context of all later predictions; nothing is trained. Resolves to this. An error leaves the
   * last fit as it was.
   */
  fit(X: Table, y: ArrayLike<number>): Promise<this>;
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
  /** `kind` is the position of its scale. */
  readonly members: readonly { readonly kind: number; readonly weight: number }[];
  readonly scales: readonly TargetScale[];
}

/** Members that see targets as they are and mirrored, of two views, come before those that see their logarithms. */
const scaleOfTurn = (turn: number, numScales: number): number =>
  (turn % 2) + (numScales > 2 && Math.floor(turn / 4) % 2 === 1 ? 2 : 0);

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
    const scales = targetScales(y, bars);
    const members = drawMembers(encoder, null, settings, (turn) => scaleOfTurn(turn, scales.length));
    const rows = Int32Array.from({ length: y.length }, (_, i) => i);
    const tasks = members.map(({ view, kind }) =>
      rowsTask(encoder, view, rows, Float32Array.from(y, scales[kind].toModel)),
    );
    const ensemble = createEnsemble(predictor, encoder, tasks, settings.onNote);
    return { ensemble, members, scales };
  }

  const model: TabularRegressor = {
    predictor,
    async fit(X, y) {
      fitted = contextOf(X, y);
      return model;
    },
    async predict(X, options = {}) {
      const { ensemble, members, scales } = known('predict');
      let means: number[] = [];
      await ensemble.askAll(
        X,
        (numQuery) => {
          means = new Array<number>(numQuery).fill(0);
          return (task, from, logits) => {
            const { kind, weight } = members[task];
            for (let i = 0; i * numBars < logits.length; i++) {
              const distribution = passing(logits.subarray(i * numBars, (i + 1) * numBars));
              means[from + i] += weight * scales[kind].moments(distribution).mean;
            }
          };
        },
        options,
      );
      return means;
    },
    async predictDistribution(X, options = {}) {
      const { ensemble, members, scales } = known('predict');
      const kinds = [...scales.keys()].filter((at) => members.some(({ kind }) => kind === at));
      const weights = kinds.map((at) =>
        members.filter(({ kind }) => kind === at).reduce((sum, { weight }) => sum + weight, 0),
      );
      // Members of one scale share their bars, so that their mixture has the mean of their probabilities.
      let sums: Float64Array[] = [];
      let numRows = 0;
      await ensemble.askAll(
        X,
        (numQuery) => {
          numRows = numQuery;
          sums = kinds.map(() => new Float64Array(numQuery * numBars));
          return (task, from, logits) => {
            const { kind, weight } = members[task];
            const own = kinds.indexOf(kind);
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
          kinds.map((at, own) => ({
            distribution: bars.distribution(sums[own].subarray(i * numBars, (i + 1) * numBars).map(Math.log)),
            borders: bars.borders,
            scale: scales[at],
            weight: weights[own],
          })),
        ),
      );
    },
    estimate: async (numQuery) => known('estimate').ensemble.asker.estimate(numQuery),
    dispose: () => predictor.dispose(),
  };
  return model;
}
