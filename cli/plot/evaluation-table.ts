import type { CommonScores, Estimate, PriorEvaluation } from '../../train/evaluate-prior.ts';

/** The scores of an evaluation as texts: a row per number of context rows. */
export function evaluationCells(evaluation: PriorEvaluation): { header: string[]; rows: string[][] } {
  const { contexts, datasets } = evaluation;
  // Numeric keys of an object are in rising order.
  const entries: [string, CommonScores][] = Object.entries(contexts);
  const own = ownCells(evaluation);
  const numExact = Math.max(...entries.map(([, { exact }]) => exact?.datasets ?? 0));
  const first = numExact < datasets ? `, first ${numExact}` : '';
  return {
    header: [
      'context',
      'log-likelihood (nats)',
      ...(numExact > 0 ? [`exact${first}`, 'gap', 'KL'] : []),
      ...own.header,
    ],
    rows: entries.map(([size, { logLikelihood, exact }], row) => [
      size,
      withError(logLikelihood),
      ...(exact === null || exact.datasets === 0
        ? []
        : [withError(exact.logLikelihood), withError(exact.gap, 4), withError(exact.kl, 4)]),
      ...own.rows[row],
    ]),
  };
}

/** The scores that only numbers, or only classes, have. */
function ownCells(evaluation: PriorEvaluation): { header: string[]; rows: string[][] } {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return evaluation.targets === 'numbers'
    ? {
        header: ['50 % covers', '80 %', '90 %', '95 %'],
        rows: Object.values(evaluation.contexts).map(({ coverage }) => Object.values(coverage).map(percent)),
      }
    : {
        header: ['accuracy', 'calibration error'],
        rows: Object.values(evaluation.contexts).map((scores) =>
          [scores.accuracy, scores.calibrationError].map(percent),
        ),
      };
}

export const withError = ({ mean, standardError }: Estimate, digits = 3): string =>
  `${mean.toFixed(digits)} ± ${standardError.toFixed(digits)}`;
