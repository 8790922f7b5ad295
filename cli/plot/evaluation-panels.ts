import { average, pooledReliability } from '../../model/scores.ts';
import type { PosteriorComparison, Row } from '../../train/compare-posterior.ts';
import type { CommonScores, Estimate, NumberEvaluation, PriorEvaluation } from '../../train/evaluate-prior.ts';
import { quantitative } from './panel-parts.ts';
import type { Panel, Size } from './panel-plot.ts';
import type { PlotBand, PlotCurve } from './plot-data.ts';
import { type Frame, plotFrames } from './plot-frames.ts';
import { SHAPES } from './plot-legend.ts';
import { LIGHT } from './plot-theme.ts';
import { calibrationPanel } from './prediction-panels.ts';

const NETWORK = LIGHT.median;
const EXACT = LIGHT.later;
const SCORES_HEIGHT = 220;

/** The pictures that apply, in rows of one or two side by side. */
export function evaluationPanels(evaluation: PriorEvaluation, comparison: PosteriorComparison | null): Panel[][] {
  const distances = distancePanel(evaluation);
  const scores = [calibration(evaluation), ...(distances === null ? [] : [distances])];
  return comparison === null ? [scores] : [[posteriorPanel(comparison)], scores];
}

function calibration(evaluation: PriorEvaluation): Panel {
  if (evaluation.targets === 'numbers') return pitPanel(evaluation);
  const slices = pooledReliability(Object.values(evaluation.contexts).map((scores) => scores.calibration));
  return calibrationPanel(slices, 'the probabilities of classes', SCORES_HEIGHT);
}

/** One data set: context rows, median and 90 % band of the network, and those of the exact posterior as dashed lines. */
function posteriorPanel({ context, query, x, network, exact, inContextUnits }: PosteriorComparison): Panel {
  const [own, truth] = [bands(x, network), bands(x, exact?.quantiles ?? [])];
  // Where the truth is not known, what the queries turned out to be stands in for it.
  const shown = exact === null ? query : [];
  const frame = frameOf({ name: '', seen: points(context), later: points(shown), forecast: [...own, ...truth] });
  return {
    title: `One data set, ${context.length} context rows`,
    note: exact === null ? 'the network and targets that it has not seen' : 'network against exact posterior',
    legend: [
      { label: 'context', color: LIGHT.ink, shape: SHAPES.circle },
      { label: 'network: median', color: NETWORK, shape: SHAPES.line },
      { label: 'network: 90 % band', color: LIGHT.outer, shape: SHAPES.square },
      exact === null
        ? { label: 'targets, not seen', color: EXACT, shape: SHAPES.smallCircle }
        : { label: `exact (${exact.method}): median and 90 % band`, color: EXACT, shape: SHAPES.dashes },
    ],
    height: 300,
    spec: (size) => ({
      ...size,
      encoding: {
        x: quantitative('step', inContextUnits ? 'x, in units of the context' : 'x', frame.steps, size.width),
      },
      layer: [
        band(own, frame, size),
        line(own, 'median', { color: NETWORK, strokeWidth: 2.5 }, frame, size),
        ...(exact === null
          ? []
          : [
              line(truth, 'q05', { color: EXACT, strokeWidth: 1.3, strokeDash: [5, 4] }, frame, size),
              line(truth, 'q95', { color: EXACT, strokeWidth: 1.3, strokeDash: [5, 4] }, frame, size),
              line(truth, 'median', { color: EXACT, strokeWidth: 2, strokeDash: [5, 4] }, frame, size),
            ]),
        dots(shown, { color: EXACT, size: 14 }, frame, size),
        dots(context, { color: LIGHT.ink, size: 40 }, frame, size),
      ],
    }),
  };
}

const points = (rows: readonly Row[]) => rows.map(({ x, y }) => ({ step: x, value: y }));

const bands = (x: readonly number[], quantiles: readonly (readonly number[])[]): PlotBand[] =>
  quantiles.map(([q05, q25, median, q75, q95], i) => ({ step: x[i], q05, q25, median, q75, q95 }));

const frameOf = (curve: PlotCurve): Frame => plotFrames([curve], { stepTitle: '', valueTitle: '' }).frames[0];

const yOf = (field: string, { values }: Frame, { height }: Size) => quantitative(field, 'y', values, height);

const band = (values: readonly PlotBand[], frame: Frame, size: Size) => ({
  data: { values },
  mark: { type: 'area', color: LIGHT.outer, opacity: 1, clip: true },
  encoding: { y: yOf('q05', frame, size), y2: { field: 'q95' } },
});

const line = (values: readonly PlotBand[], field: keyof PlotBand, mark: object, frame: Frame, size: Size) => ({
  data: { values },
  mark: { type: 'line', clip: true, ...mark },
  encoding: { y: yOf(field, frame, size) },
});

const dots = (rows: readonly Row[], mark: object, frame: Frame, size: Size) => ({
  data: { values: points(rows) },
  mark: { type: 'circle', opacity: 1, clip: true, ...mark },
  encoding: { y: yOf('value', frame, size) },
});

/** Shares of the targets in ten slices of the predicted probability: of all numbers of context rows together, and of each. */
function pitPanel({ contexts }: NumberEvaluation): Panel {
  const scores = Object.values(contexts);
  const slices = scores[0].pit.map((_, slice, { length }) => ({
    from: slice / length,
    to: (slice + 1) / length,
    share: average(scores.map(({ pit }) => pit[slice])),
  }));
  const single = scores.flatMap(({ pit }) =>
    pit.map((share, slice) => ({ middle: (slice + 0.5) / pit.length, share })),
  );
  const even = 1 / slices.length;
  const highest = Math.max(2 * even, ...single.map(({ share }) => 1.05 * share));
  const levels = Object.keys(scores[0].coverage) as (keyof (typeof scores)[number]['coverage'])[];
  const covered = levels.map((level) => (100 * average(scores.map(({ coverage }) => coverage[level]))).toFixed(1));
  const isSeveral = scores.length > 1;
  return {
    title: 'Calibration',
    note: `${levels.join(', ')} % intervals cover ${covered.join(', ')} %`,
    legend: [
      { label: isSeveral ? 'all' : 'share of the targets', color: LIGHT.inner, shape: SHAPES.square },
      ...(isSeveral ? [{ label: 'by context rows', color: NETWORK, shape: SHAPES.smallCircle }] : []),
      { label: 'calibrated', color: EXACT, shape: SHAPES.dashes },
    ],
    height: SCORES_HEIGHT,
    spec: (size) => {
      const y = (field: string) => quantitative(field, 'share of the targets', [0, highest], size.height);
      return {
        ...size,
        layer: [
          {
            data: { values: slices },
            mark: { type: 'rect', color: LIGHT.inner, xOffset: 1, x2Offset: -1 },
            encoding: {
              x: quantitative('from', 'predicted probability below the target', [0, 1], size.width),
              x2: { field: 'to' },
              y: y('share'),
              y2: { datum: 0 },
            },
          },
          {
            data: { values: isSeveral ? single : [] },
            mark: { type: 'circle', color: NETWORK, opacity: 1, size: 14 },
            encoding: { x: { field: 'middle', type: 'quantitative' }, y: y('share') },
          },
          {
            data: { values: [{ even }] },
            mark: { type: 'rule', color: EXACT, strokeWidth: 1.5, strokeDash: [5, 4] },
            encoding: { y: y('even') },
          },
        ],
      };
    },
  };
}

interface Distance extends Record<'gap' | 'kl', Estimate> {
  readonly size: number;
}

/** Gap and KL by the number of context rows, with standard errors; null where nothing was answered exactly. */
function distancePanel({ contexts }: PriorEvaluation): Panel | null {
  const entries: [string, CommonScores][] = Object.entries(contexts);
  const distances = entries.flatMap(([size, { exact }]): Distance[] =>
    exact === null || exact.datasets === 0 ? [] : [{ size: Number(size), gap: exact.gap, kl: exact.kl }],
  );
  if (distances.length === 0) return null;
  const sizes = distances.map(({ size }) => size);
  const ends = (name: 'gap' | 'kl') =>
    distances.map(({ size, [name]: { mean, standardError } }) => ({
      size,
      mean,
      low: mean - standardError,
      high: mean + standardError,
    }));
  const [kl, gap] = [ends('kl'), ends('gap')];
  const all = [...kl, ...gap];
  const low = Math.min(0, ...all.map((each) => each.low));
  const high = Math.max(0, ...all.map((each) => each.high));
  const room = 0.06 * (high - low || 1);
  return {
    title: 'Distance to exact posterior',
    note: '0: the network answers the same',
    legend: [
      { label: 'KL', color: NETWORK, shape: SHAPES.line },
      { label: 'log-likelihood gap', color: EXACT, shape: SHAPES.line },
      { label: '± standard error', color: LIGHT.label, shape: SHAPES.upright },
    ],
    height: SCORES_HEIGHT,
    spec: (plot) => {
      const x = {
        field: 'size',
        type: 'quantitative',
        title: 'context rows',
        scale: { type: 'log', domain: [sizes[0] / 1.25, sizes[sizes.length - 1] * 1.25], nice: false },
        axis: { values: sizes, format: 'd', labelOverlap: 'greedy', labelFlush: false },
      };
      const y = (field: string) =>
        quantitative(field, 'nats per query', [low < 0 ? low - room : 0, high + room], plot.height);
      const series = (values: readonly object[], color: string, xOffset: number) => [
        { data: { values }, mark: { type: 'line', color, strokeWidth: 2, xOffset }, encoding: { x, y: y('mean') } },
        {
          data: { values },
          mark: { type: 'rule', color, strokeWidth: 1.5, xOffset },
          encoding: { x, y: y('low'), y2: { field: 'high' } },
        },
        {
          data: { values },
          mark: { type: 'circle', color, opacity: 1, size: 36, xOffset },
          encoding: { x, y: y('mean') },
        },
      ];
      const zero = {
        data: { values: [{ zero: 0 }] },
        mark: { type: 'rule', color: LIGHT.axis, strokeWidth: 1.5 },
        encoding: { y: y('zero') },
      };
      return { ...plot, layer: [zero, ...series(gap, EXACT, 2), ...series(kl, NETWORK, -2)] };
    },
  };
}
