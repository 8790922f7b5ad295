/** How the answers to single queries are scored, by the head of the network: distributions of numbers by what they cover, classes by how often they are right. */
import { categorical } from '../model/categorical.ts';
import type { ModelConfig } from '../model/config.ts';
import { distributionReader, rowOf } from '../model/distribution-reader.ts';
import { calibrationCurve, classScores, type Reliability } from '../model/scores.ts';
import type { Predictive } from '../priors/prior.ts';
import { divergence } from './divergence.ts';

export interface ScoresOfNumbers {
  /** Share of the query targets inside the central interval of 50, 80, 90 and 95 %. */
  readonly coverage: Readonly<Record<'50' | '80' | '90' | '95', number>>;
  /** Shares of the query targets in ten equal slices of the predicted probability; each 0.1 where the predictions are right. */
  readonly pit: readonly number[];
}

export interface ScoresOfClasses {
  /** Share of the query targets whose class was the most probable one. */
  readonly accuracy: number;
  /** Expected calibration error of the most probable class, in ten slices of its probability. */
  readonly calibrationError: number;
  /** How often what was given a probability came true, in ten slices of it: of two classes of the second one, else of all. */
  readonly calibration: readonly Reliability[];
}

/** One answer, with its target. */
export interface Scored {
  /** Log density of the target, or log probability of its class, in nats. */
  readonly logDensity: number;
  /** KL divergence of the answer from the exact one, in nats. */
  readonly divergenceFrom: (exact: Predictive) => number;
}

/** Scores one answer after the other, and sums them up. */
export interface QueryScorer<Scores> {
  /** One row of the network's outputs [R, K], which are not kept. */
  score(outputs: Float32Array, row: number, target: number): Scored;
  scores(): Scores;
}

const LEVELS = [50, 80, 90, 95] as const;
const SLICES = 10;

export function numberScorer(model: ModelConfig, borders: Float64Array): QueryScorer<ScoresOfNumbers> {
  const read = distributionReader(model, borders);
  const pits: number[] = [];
  return {
    score(outputs, row, target) {
      const answer = read(outputs, row);
      pits.push(answer.cdf(target));
      return {
        logDensity: answer.logDensity(target),
        divergenceFrom: (exact) => divergence(exact, answer, borders),
      };
    },
    scores() {
      const pit = new Array<number>(SLICES).fill(0);
      for (const p of pits) pit[Math.min(SLICES - 1, Math.floor(p * SLICES))] += 1 / pits.length;
      const covered = (level: number) => pits.filter((p) => Math.abs(p - 0.5) <= level / 200).length / pits.length;
      const coverage = Object.fromEntries(LEVELS.map((level) => [level, covered(level)]));
      return { coverage: coverage as ScoresOfNumbers['coverage'], pit };
    },
  };
}

export function classScorer({ numOutputs: K }: ModelConfig): QueryScorer<ScoresOfClasses> {
  const probabilities: Float64Array[] = [];
  const labels: number[] = [];
  return {
    score(outputs, row, target) {
      const answer = categorical(rowOf(outputs, row, K));
      probabilities.push(answer.probabilities);
      labels.push(target);
      return {
        logDensity: answer.logProbability(target),
        divergenceFrom: ({ logDensity }) =>
          answer.probabilities.reduce((sum, _, label) => {
            const exactly = logDensity(label);
            return exactly === -Infinity ? sum : sum + Math.exp(exactly) * (exactly - answer.logProbability(label));
          }, 0),
      };
    },
    scores() {
      const { accuracy, calibrationError } = classScores(probabilities, labels);
      return { accuracy, calibrationError, calibration: calibrationCurve(probabilities, labels) };
    },
  };
}
