import type { DrawnDataset } from '../drawn-datasets.ts';
import { counted } from '../wording.ts';
import { type LegendEntry, SHAPES } from './plot-legend.ts';
import { grow, type Range, valueRange } from './plot-range.ts';
import { classColor, LIGHT } from './plot-theme.ts';
import { headingLayer, type PictureLayout, pointSize, type SamplePictures } from './sample-pictures.ts';
import { tellingColumn, tellingPair } from './telling-columns.ts';
import { ticks } from './ticks.ts';

/** One column of a table, or its target, on an axis. */
interface Axis {
  readonly title: string;
  readonly values: readonly number[];
  /** Codes 0 .. numCodes - 1; null where values are numbers. */
  readonly numCodes: number | null;
  /** How far rows of the same value are spread to both sides, so that all are seen. */
  readonly spread: number;
  /** What is drawn, without the room for cells that are missing. */
  readonly range: Range;
  readonly isMissing: boolean;
}

interface TablePicture {
  readonly x: Axis;
  readonly y: Axis;
  /** By row, those of the context first. */
  readonly classes: readonly number[] | null;
  readonly numContext: number;
  readonly note: string;
}

const RING = `${SHAPES.circle}M0.62,0A0.62,0.62,0,1,0,-0.62,0A0.62,0.62,0,1,0,0.62,0Z`;

/**
 * Tables of any number of columns: the two columns that together tell most of the class against each other, in the colours of the classes;
 * or a real target against the column that tells most of it. Few values that many rows have are spread, missing cells stand on a strip beside
 * the axis, and values far from the others at its edge.
 */
export function tablePictures(datasets: readonly DrawnDataset[], numClasses?: number): SamplePictures {
  const pictures = datasets.map((dataset) => tablePicture(dataset, numClasses !== undefined));
  const most = Math.max(0, ...pictures.flatMap(({ classes }) => (classes ?? []).map((k) => k + 1)));
  const isMissing = pictures.some(({ x, y }) => x.isMissing || y.isMissing);
  const rowColor = numClasses === undefined ? LIGHT.class0 : LIGHT.label;
  const legend: LegendEntry[] = [
    ...Array.from({ length: most }, (_, k) => ({ label: `class ${k}`, color: classColor(k), shape: SHAPES.circle })),
    { label: 'context', color: rowColor, shape: SHAPES.circle },
    { label: 'query', color: rowColor, shape: RING },
    ...(isMissing ? [{ label: 'cell is missing', color: LIGHT.grid, shape: SHAPES.square }] : []),
  ];
  return {
    count: datasets.length,
    ownTitles: true,
    legend,
    subject:
      numClasses === undefined
        ? 'y by the column that tells most of it'
        : 'the two columns that tell most of the class against each other',
    sharesX: false,
    sharesY: false,
    xTitle: (i) => pictures[i].x.title,
    yTitle: (i) => pictures[i].y.title,
    spec: (i, layout) => tableSpec(pictures[i], layout),
  };
}

function tablePicture({ context, query }: DrawnDataset, isClasses: boolean): TablePicture {
  const rows = [...context.x, ...query.x];
  const y = [...context.y, ...query.y];
  const columns = rows[0].map((_, f) => rows.map((row) => row[f]));
  const axisOf = (f: number) => axis(`x${f + 1}`, columns[f]);
  const numContext = context.y.length;
  const size = counted(columns.length, 'column');
  if (!isClasses) {
    const f = tellingColumn(columns, y);
    return { x: axisOf(f), y: axis('y', y), classes: null, numContext, note: size };
  }
  const note = `${new Set(y).size} classes, ${size}`;
  if (columns.length === 1) return { x: axisOf(0), y: axis('class', y), classes: y, numContext, note };
  const [f, g] = tellingPair(columns, y);
  return { x: axisOf(f), y: axisOf(g), classes: y, numContext, note };
}

/** More values than these are drawn as they are. */
const FEW = 30;
/** Half of what lies between two codes, less some air; for other numbers a share of the axis. */
const SPREAD = { codes: 0.3, numbers: 0.015 };

function axis(title: string, values: readonly number[]): Axis {
  const present = values.filter((value) => !Number.isNaN(value));
  const codes = [...new Set(present)].sort((a, b) => a - b);
  const isCodes = codes.length <= FEW && codes.every((code, i) => code === i);
  const points = present.map((value, step) => ({ step, value }));
  const range: Range = isCodes
    ? [-0.5, Math.max(1, codes.length) - 0.5]
    : grow(valueRange({ name: title, seen: [], later: points, forecast: [] }), 0.05);
  const spread = codes.length > FEW ? 0 : SPREAD.numbers * (range[1] - range[0]);
  return {
    title,
    values,
    numCodes: isCodes ? codes.length : null,
    spread: isCodes ? SPREAD.codes : spread,
    range,
    isMissing: present.length < values.length,
  };
}

/** The strip of missing cells, in lengths of the range: how far below it lies, and how wide it is. */
const STRIP = { gap: 0.03, width: 0.09 };

const strip = ({ range: [low, high] }: Axis): Range => [
  low - (STRIP.gap + STRIP.width) * (high - low),
  low - STRIP.gap * (high - low),
];
const domain = (of: Axis): Range => (of.isMissing ? [strip(of)[0], of.range[1]] : of.range);

/** Where a row stands. Spread always alike, so that the same table is the same picture. */
function position(of: Axis, row: number, salt: number): number {
  const value = of.values[row];
  const spread = 2 * (((row + 1) * salt) % 1) - 1;
  if (Number.isNaN(value)) {
    const [low, high] = strip(of);
    return (low + high) / 2 + 0.35 * spread * (high - low);
  }
  return Math.min(of.range[1], Math.max(of.range[0], value + of.spread * spread));
}

/** Multiples of these are spread evenly over 0 .. 1, and pairs of them over the square: 1 / p and 1 / p^2 with p^3 = p + 1. */
const SALTS = { x: 0.7548776662466927, y: 0.5698402909980532 };

function tableSpec(picture: TablePicture, layout: PictureLayout) {
  const { width, height, xTitle, yTitle, heading } = layout;
  const { x, y, classes, numContext, note } = picture;
  const rows = x.values.map((_, i) => ({
    x: position(x, i, SALTS.x),
    y: position(y, i, SALTS.y),
    color: classes === null ? LIGHT.class0 : classColor(classes[i]),
  }));
  const size = pointSize(2.4 * width, rows.length);
  const query = { type: 'point', filled: false, opacity: 1, size, strokeWidth: 1.1 };
  const context = { type: 'point', filled: true, opacity: 1, size };
  return {
    width,
    height,
    encoding: {
      x: { type: 'quantitative', scale: scale(x), title: xTitle, axis: axisSpec(x, Math.round(1 + width / 110)) },
      y: { type: 'quantitative', scale: scale(y), title: yTitle, axis: axisSpec(y, Math.round(2 + height / 70)) },
    },
    layer: [
      ...(x.isMissing ? [band({ x: { datum: strip(x)[0] }, x2: { datum: strip(x)[1] } })] : []),
      ...(y.isMissing ? [band({ y: { datum: strip(y)[0] }, y2: { datum: strip(y)[1] } })] : []),
      pointLayer(rows.slice(numContext), query),
      pointLayer(rows.slice(0, numContext), context),
      ...(heading === null ? [] : [headingLayer(`${heading}: ${note}`)]),
    ],
  };
}

const scale = (of: Axis) => ({ domain: domain(of), nice: false, zero: false });

function axisSpec({ numCodes, range }: Axis, count: number) {
  const every = Math.ceil((numCodes ?? 1) / 10);
  const { values, labels } =
    numCodes === null
      ? ticks(...range, count)
      : {
          values: Array.from({ length: Math.ceil(numCodes / every) }, (_, k) => k * every),
          labels: Array.from({ length: Math.ceil(numCodes / every) }, (_, k) => String(k * every)),
        };
  const inside = Array.from(values.keys()).filter((i) => values[i] >= range[0] && values[i] <= range[1]);
  const at = inside.map((i) => values[i]);
  return {
    values: at,
    labelExpr: `${JSON.stringify(inside.map((i) => labels[i]))}[indexof(${JSON.stringify(at)}, datum.value)]`,
    labelFlush: false,
    titlePadding: 4,
  };
}

const band = (encoding: object) => ({
  data: { values: [{}] },
  mark: { type: 'rect', color: LIGHT.grid, opacity: 1 },
  encoding,
});

const pointLayer = (values: readonly object[], mark: object) => ({
  data: { values },
  mark,
  encoding: {
    x: { field: 'x', type: 'quantitative' },
    y: { field: 'y', type: 'quantitative' },
    color: { field: 'color', type: 'nominal', scale: null, legend: null },
  },
});
