import type { Predictor } from '../predictor.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { type Asker, type CallEstimate, createAsker, type Task } from './ask.ts';
import { type Encoder, fitEncoder, type ModelRows, modelRows } from './encoder.ts';
import type { Labels } from './labels.ts';
import { ensembleMembers } from './members.ts';
import type { Table } from './table.ts';
import type { FittedView } from './views.ts';

export interface TabularOptions {
  /** How many ways to show the table to the network are averaged; those that come out alike are asked once. Default: 8. */
  readonly nEstimators?: number;
  /** Of what differs by chance between them. Default: 0. */
  readonly seed?: number;
  /** Hears, in one line each, what was done to a table, and how long a call will take where that is more than a few seconds. */
  readonly onNote?: (note: string) => void;
}

export interface PredictOptions {
  /** Called after each call to the network with the share of the work that is done, 0..1. */
  readonly onProgress?: (share: number) => void;
}

/** A member of an ensemble, with how many times it was drawn. */
export interface Drawn<Kind> {
  readonly view: FittedView;
  readonly kind: Kind;
  readonly weight: number;
}

/** A context to ask, and how to have query rows in its units. */
export interface RowsTask extends Task {
  readonly query: ModelRows['query'];
}

/** Calls with more operations are announced, where they also take longer than this. */
const ANNOUNCED = { operations: 5e10, seconds: 5 };

export function checkOptions(call: string, given: TabularOptions): Required<TabularOptions> {
  const { nEstimators = 8, seed = 0, onNote = () => {}, ...rest } = given;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new RangeError(`${call}: expected the options nEstimators, seed and onNote, got '${unknown}'.`);
  }
  if (!(Number.isInteger(nEstimators) && nEstimators >= 1)) {
    throw new RangeError(`${call}: nEstimators must be a whole number of at least 1, got ${nEstimators}.`);
  }
  if (!Number.isInteger(seed)) throw new RangeError(`${call}: seed must be a whole number, got ${seed}.`);
  return { nEstimators, seed, onNote };
}

/** Throws one line where the network is not one for tables with answers of this kind. */
export function checkNetwork(call: string, { name, config }: Predictor, head: 'classes' | 'bars'): void {
  // A network of another layout sees a fixed number of columns.
  const { layout } = config.model;
  if (config.model.head === head && layout === 'cells') return;
  const kind = layout === 'cells' ? `answers with ${config.model.head}` : 'is not for tables';
  throw new RangeError(`${call}: expected a network for tables that answers with ${head}, but ${name} ${kind}.`);
}

/** The members of an ensemble; `kindOf` says what tells members with the same view apart. */
export function drawMembers<Kind>(
  encoder: Encoder,
  labels: Labels | null,
  { nEstimators, seed }: Required<TabularOptions>,
  kindOf: (turn: number) => Kind,
): Drawn<Kind>[] {
  const found = new Map<string, Drawn<Kind>>();
  for (const { view, turn } of ensembleMembers(nEstimators)) {
    const fitted = encoder.view(view, seed, labels);
    const kind = kindOf(turn);
    const key = JSON.stringify([fitted.key, kind]);
    const drawn = found.get(key) ?? { view: fitted, kind, weight: 0 };
    found.set(key, { ...drawn, weight: drawn.weight + 1 / nEstimators });
  }
  return [...found.values()];
}

/** Rows of the context with their targets as the network is told them. */
export function rowsTask(encoder: Encoder, view: FittedView, rows: Int32Array, y: Float32Array): RowsTask {
  const { numFeatures, x, query } = modelRows(view, encoder.context, rows);
  return { numContext: rows.length, numFeatures, x, y, query };
}

/** An ensemble that was fitted, ready to answer. */
export interface Ensemble {
  readonly asker: Asker;
  /** The logits of each task for each query row, in portions: `answer(task, first row, logits [M, K])`. Returns the number of rows. */
  askAll(
    table: Table,
    begin: (numQuery: number) => (task: number, from: number, logits: Float32Array) => void,
    options: PredictOptions,
  ): Promise<void>;
}

/** What the context's rows are, for as many targets. */
export function encoderFor(X: Table, y: ArrayLike<unknown>): Encoder {
  const encoder = fitEncoder(X);
  if (typeof y?.length !== 'number') throw new TypeError(`fit: expected an array of targets, one per row, got ${y}.`);
  if (y.length !== encoder.numRows) {
    throw new RangeError(`fit: expected ${encoder.numRows} targets, one per row, got ${y.length}.`);
  }
  return encoder;
}

export function requireFit<Fitted>(fitted: Fitted | undefined, call: string): Fitted {
  if (fitted === undefined) throw new Error(`${call}: call fit first.`);
  return fitted;
}

/** Tells what there is to say of the context on the way. */
export function createEnsemble(
  predictor: Predictor,
  encoder: Encoder,
  tasks: readonly RowsTask[],
  onNote: (note: string) => void,
): Ensemble {
  for (const note of [...encoder.notes, ...trainedNotes(predictor, encoder)]) onNote(note);
  const asker = createAsker(predictor, tasks);
  return {
    asker,
    async askAll(table, begin, { onProgress, ...unknown }) {
      refuseUnknown('predict', unknown);
      const { numRows, values } = encoder.read(table);
      if (asker.operations(numRows) > ANNOUNCED.operations) {
        const estimate = await asker.estimate(numRows);
        if (estimate.seconds > ANNOUNCED.seconds) onNote(estimateText(estimate, tasks, numRows));
      }
      const query = (task: number, from: number, to: number) => tasks[task].query(values, from, to);
      await asker.ask(numRows, query, begin(numRows), onProgress);
    },
  };
}

function estimateText({ seconds, bytes }: CallEstimate, tasks: readonly RowsTask[], numQuery: number): string {
  const time = seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
  const [{ numContext, numFeatures }] = tasks;
  return (
    `about ${time} and ${(bytes / 2 ** 30).toFixed(1)} GiB for ${numContext} context rows of ${numFeatures} columns, ` +
    `${numQuery} query rows, ${tasks.length} contexts`
  );
}

/** Where there are more rows than in training, which the config of a checkpoint may tell, or more columns. */
function trainedNotes({ name, config }: Predictor, { numRows, context }: Encoder): string[] {
  const { numRows: rows = config.prior?.options?.maxRows } = config.training ?? {};
  const note = (count: number, what: string, trained: number) =>
    count > trained
      ? [`${count} ${what}, and ${name} was trained with tables of up to ${trained}: answers may be worse`]
      : [];
  return [
    ...note(numRows, 'context rows', Number(Array.isArray(rows) ? rows[1] : rows)),
    ...note(context.length, 'columns', config.model.numFeatures),
  ];
}
