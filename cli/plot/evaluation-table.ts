import type { Estimate, PriorEvaluation } from '../../train/evaluate-prior.ts';

/** The scores of an evaluation as texts: a row per number of context rows. */
export function evaluationCells({ contexts, datasets }: PriorEvaluation): { header: string[]; rows: string[][] } {
  // Numeric keys of an object are in rising order.
  const entries = Object.entries(contexts);
  const numExact = Math.max(...entries.map(([, { exact }]) => exact?.datasets ?? 0));
  const first = numExact < datasets ? `, first ${numExact}` : '';
  return {
    header: [
      'context',
      'log-likelihood (nats)',
      ...(numExact > 0 ? [`exact${first}`, 'gap', 'KL'] : []),
      ...['50 % covers', '80 %', '90 %', '95 %'],
    ],
    rows: entries.map(([size, { logLikelihood, coverage, exact }]) => [
      size,
      withError(logLikelihood),
      ...(exact === null || exact.datasets === 0
        ? []
        : [withError(exact.logLikelihood), withError(exact.gap, 4), withError(exact.kl, 4)]),
      ...Object.values(coverage).map((share) => `${(100 * share).toFixed(1)} %`),
    ]),
  };
}

export const withError = ({ mean, standardError }: Estimate, digits = 3): string =>
  `${mean.toFixed(digits)} ± ${standardError.toFixed(digits)}`;
