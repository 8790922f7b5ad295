import type { Estimate, PriorEvaluation } from '../../train/evaluate-prior.ts';

/** The scores of an evaluation as texts: a row per number of context rows. */
export function evaluationCells({ contexts }: PriorEvaluation): { header: string[]; rows: string[][] } {
  // Numeric keys of an object are in rising order.
  const entries = Object.entries(contexts);
  const isExact = entries.some(([, { exact }]) => exact !== null);
  return {
    header: [
      'context',
      'log-likelihood (nats)',
      ...(isExact ? ['exact', 'gap', 'KL'] : []),
      ...['50 % covers', '80 %', '90 %', '95 %'],
    ],
    rows: entries.map(([size, { logLikelihood, coverage, exact }]) => [
      size,
      withError(logLikelihood),
      ...(exact === null ? [] : [withError(exact.logLikelihood), withError(exact.gap, 4), withError(exact.kl, 4)]),
      ...Object.values(coverage).map((share) => `${(100 * share).toFixed(1)} %`),
    ]),
  };
}

export const withError = ({ mean, standardError }: Estimate, digits = 3): string =>
  `${mean.toFixed(digits)} ± ${standardError.toFixed(digits)}`;
