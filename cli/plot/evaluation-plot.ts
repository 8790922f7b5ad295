import type { PosteriorComparison } from '../../train/compare-posterior.ts';
import type { PriorEvaluation } from '../../train/evaluate-prior.ts';
import { evaluationPanels } from './evaluation-panels.ts';
import { evaluationCells } from './evaluation-table.ts';
import { type PanelPlotOptions, panelsHtml, panelsSvg } from './panel-plot.ts';

/**
 * Pictures of an evaluation on draws from a prior, as SVG text: the network against the exact posterior on one data set, calibration,
 * and the distance to the exact posterior by the number of context rows. Those that do not apply are left out.
 */
export const evaluationSvg = (
  evaluation: PriorEvaluation,
  comparison: PosteriorComparison | null,
  options: PanelPlotOptions,
): Promise<string> => panelsSvg(evaluationPanels(evaluation, comparison), options);

/** The same as one HTML page that loads nothing, with the scores as a table. */
export const evaluationHtml = (
  evaluation: PriorEvaluation,
  comparison: PosteriorComparison | null,
  { title, subtitle, theme }: PanelPlotOptions,
): Promise<string> =>
  panelsHtml(
    evaluationPanels(evaluation, comparison).flat(),
    { label: 'Scores', ...evaluationCells(evaluation) },
    { title, theme, caption: caption(evaluation, subtitle) },
  );

const caption = ({ datasets, queriesPerDataset }: PriorEvaluation, subtitle?: string): string =>
  [
    ...(subtitle === undefined ? [] : [subtitle]),
    `${datasets} data sets per number of context rows, ${queriesPerDataset} queries each`,
  ].join('; ');
