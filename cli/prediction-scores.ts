/** What predictions score, beside what a prediction scores that does not look at the inputs. */
import { fourDigits } from '../infer/number-text.ts';
import {
  average,
  type ClassScores,
  calibrationCurve,
  classScores,
  type NumberScores,
  numberScores,
} from '../model/scores.ts';
import type { Panel } from './plot/panel-plot.ts';
import { actualPanel, calibrationPanel } from './plot/prediction-panels.ts';
import { counted } from './wording.ts';

export interface Scored {
  readonly rows: number;
  readonly scores: readonly Score[];
  readonly panel: Panel;
}

/** `baseline` is what a prediction gets that does not look at the inputs; null where a score is not known. */
interface Score {
  /** In the JSON. */
  readonly key: string;
  readonly name: string;
  readonly value: number | null;
  readonly baseline: number | null;
}

/** Of a row whose target is a number. */
export interface Summary {
  readonly mean: number;
  readonly variance: number;
  readonly quantiles: readonly number[];
  /** The target and its log density, where it is known. */
  readonly actual: number | null;
  readonly logDensity: number;
}

export function scoredClasses(
  probabilities: readonly (readonly number[])[],
  truth: readonly number[],
  names: readonly string[],
  known: ArrayLike<number>,
): Scored {
  const shares = names.map((_, k) => Array.from(known).filter((label) => label === k).length / known.length);
  const own = classScores(probabilities, truth);
  const blind = classScores(
    truth.map(() => shares),
    truth,
  );
  const areTwo = names.length === 2;
  const what = areTwo ? `P(${names[1]})` : `probabilities of ${names.length} classes`;
  const score = (key: keyof ClassScores, name: string): Score => ({ key, name, value: own[key], baseline: blind[key] });
  return {
    rows: truth.length,
    scores: [
      score('accuracy', 'accuracy'),
      score('rocAuc', areTwo ? 'ROC AUC' : 'ROC AUC (one class against the rest, mean)'),
      score('logLoss', 'log loss'),
      // Shares of classes are calibrated where nothing else is known, and say nothing.
      { ...score('calibrationError', 'calibration error'), baseline: null },
    ],
    panel: calibrationPanel(calibrationCurve(probabilities, truth), `${what}, ${counted(truth.length, 'row')}`),
  };
}

export function scoredNumbers(answers: readonly Summary[], target: string, known: readonly number[]): Scored {
  const actual = answers.map((answer) => Number(answer.actual));
  const own = numberScores(
    answers.map(({ mean }) => mean),
    actual,
    answers.map(({ logDensity }) => logDensity),
  );
  // A normal distribution with the moments of the known targets.
  const center = average(known);
  const variance = average(known.map((value) => (value - center) ** 2));
  const blind = numberScores(
    actual.map(() => center),
    actual,
    variance > 0
      ? actual.map((value) => -((value - center) ** 2) / (2 * variance) - Math.log(2 * Math.PI * variance) / 2)
      : null,
  );
  const rows = answers.map(({ quantiles: [low, , median, , high] }, i) => ({ actual: actual[i], median, low, high }));
  const score = (key: keyof NumberScores, name: string): Score => ({
    key,
    name,
    value: own[key],
    baseline: blind[key],
  });
  return {
    rows: answers.length,
    scores: [
      score('rmse', 'RMSE'),
      score('mae', 'mean absolute error'),
      score('r2', 'R2'),
      score('logLikelihood', 'log-likelihood (nats)'),
    ],
    panel: actualPanel(rows, target),
  };
}

/** Texts for a table with these columns: score, value, without inputs. */
export const scoreRows = ({ scores }: Scored): string[][] =>
  scores.map(({ name, value, baseline }) => [name, scoreText(value), baseline === null ? '' : scoreText(baseline)]);

const scoreText = (value: number | null): string => (value === null ? 'not known' : fourDigits(value));
