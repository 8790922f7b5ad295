import { float32, type NdArray } from '../engine/array.ts';
import type { Device } from '../engine/devices.ts';
import type { Session } from '../engine/onnxruntime.ts';
import type { Checkpoint, CheckpointConfig } from '../model/checkpoint.ts';
import { toCells } from '../model/table-cells.ts';

export interface Context {
  readonly numDatasets: number;
  readonly numContext: number;
  /**
   * Columns of x, for a checkpoint that reads tables (`model.layout` 'cells'): any number, better not more than its `numFeatures`, and the same in
   * queries. Default: `numFeatures`, which is what all other checkpoints take.
   */
  readonly numFeatures?: number;
  /** [B, N, F]; of a table in the units of its columns (model/table-units.ts), NaN where a cell is missing. */
  readonly x: Float32Array;
  /** [B, N] */
  readonly y: Float32Array;
}

/** Contexts read once: their keys and values are kept, so that queries are cheap. */
export interface Conditioned {
  /** Queries x [B, M, F] -> outputs [B, M, K], such as logits. Queries never see each other. */
  predict(queries: { readonly numQuery: number; readonly x: Float32Array }): Promise<Float32Array>;
  /**
   * The same contexts with more rows each: x [B, numContext, F], y [B, numContext]. As if all had been read at once, and read once
   * more, since every row of a context sees every other one. This one stays as it is.
   */
  extend(more: Omit<Context, 'numDatasets' | 'numFeatures'>): Promise<Conditioned>;
}

export interface Predictor {
  readonly name: string;
  readonly device: Device;
  /** K + 1 rising bar borders; empty where the network has no bars. */
  readonly borders: Float64Array;
  readonly config: CheckpointConfig;
  condition(context: Context): Promise<Conditioned>;
  dispose(): Promise<void>;
}

/** The posterior predictive of a trained network, from its two recorded graphs. Needs onnxruntime only. */
export function createPredictor(
  { config, weights }: Checkpoint,
  sessions: { readonly condition: Session; readonly predict: Session },
  device: Device,
): Predictor {
  const { layout } = config.model;
  const rows = (what: string, data: Float32Array, numDatasets: number, numRows: number, perRow: number): NdArray => {
    if (!(numRows >= 1)) throw new RangeError(`${what}: expected at least one row for each data set, got ${numRows}.`);
    const expected = numDatasets * numRows * perRow;
    if (data.length !== expected) {
      throw new Error(
        `${what}: expected ${numDatasets} x ${numRows} x ${perRow} = ${expected} numbers, got ${data.length}. Pass them row by row.`,
      );
    }
    if (what.endsWith('.y')) return float32(data, [numDatasets, numRows]);
    if (layout === 'cells') return float32(toCells(data), [numDatasets, numRows, perRow, 2]);
    return float32(data, [numDatasets, numRows, perRow]);
  };
  let disposal: Promise<void> | undefined;
  const checkOpen = () => {
    if (disposal !== undefined) throw new Error(`${config.name}: disposed of already. Load it again.`);
  };
  /** Of arrays that no one else fills: a run may wait for others, and they are read again to extend it. */
  const read = async (context: Context): Promise<Conditioned> => {
    checkOpen();
    const { numDatasets, numContext, numFeatures = config.model.numFeatures, x, y } = context;
    if (layout !== 'cells' && numFeatures !== config.model.numFeatures) {
      throw new Error(
        `context.numFeatures: expected ${config.model.numFeatures}, as ${config.name} was trained for, got ${numFeatures}. Leave it out.`,
      );
    }
    const feeds = {
      contextX: rows('context.x', x, numDatasets, numContext, numFeatures),
      contextY: rows('context.y', y, numDatasets, numContext, 1),
    };
    const memory = await sessions.condition.run(feeds);
    return {
      async predict(queries) {
        checkOpen();
        const queryX = rows('queries.x', queries.x.slice(), numDatasets, queries.numQuery, numFeatures);
        const { logits } = await sessions.predict.run({ queryX, ...memory });
        return logits.data as Float32Array;
      },
      async extend(more) {
        rows('more.x', more.x, numDatasets, more.numContext, numFeatures);
        rows('more.y', more.y, numDatasets, more.numContext, 1);
        return read({
          numDatasets,
          numContext: numContext + more.numContext,
          numFeatures,
          x: joinRows(x, more.x, numDatasets),
          y: joinRows(y, more.y, numDatasets),
        });
      },
    };
  };
  return {
    name: config.name,
    device,
    borders: Float64Array.from(weights.tensors.borders?.data ?? []),
    config,
    condition: async (context) => read({ ...context, x: context.x.slice(), y: context.y.slice() }),
    dispose() {
      disposal ??= Promise.all([sessions.condition.dispose(), sessions.predict.dispose()]).then(() => {});
      return disposal;
    },
  };
}

/** [B, N, ...] and [B, M, ...] -> [B, N + M, ...] */
function joinRows(first: Float32Array, second: Float32Array, numDatasets: number): Float32Array {
  const [n, m] = [first.length / numDatasets, second.length / numDatasets];
  const joined = new Float32Array(first.length + second.length);
  for (let b = 0; b < numDatasets; b++) {
    joined.set(first.subarray(b * n, (b + 1) * n), b * (n + m));
    joined.set(second.subarray(b * m, (b + 1) * m), b * (n + m) + n);
  }
  return joined;
}
