import { sizeOf } from '../engine/array.ts';
import type { InputSpec, TensorFunction } from '../engine/engine.ts';
import { type Graph, printGraph } from '../engine/graph.ts';
import { OPERATORS } from '../engine/kernels/kernel.ts';
import { toOnnx } from '../engine/onnx.ts';
import { reshape, type Tensor } from '../engine/ops.ts';
import { type RecordOptions, record } from '../engine/record.ts';
import { type CheckpointConfig, type Files, FORMAT_VERSION, memoryNames, sha256 } from './checkpoint.ts';
import { layersForQueries, type ModelConfig } from './config.ts';
import { type Regression, regressionShapes } from './kernel-regression.ts';
import { networkOf } from './network.ts';
import { parameters } from './parameters.ts';
import { type NamedArray, readSafetensors, writeSafetensors } from './safetensors.ts';
import { type Ridge, ridgeShapes } from './table-ridge.ts';

/** Standard operators only, for any ONNX runtime and device; onnxruntime fuses the transposes where it can. */
const STANDARD = { operators: OPERATORS.any };
/** With what only onnxruntime's CPU has. */
const CPU: RecordOptions = { operators: ['Inverse'] };

/** The weights as one vector -> by name. */
export function namedWeights(config: ModelConfig, weights: Float32Array): Record<string, NamedArray> {
  let offset = 0;
  const named = parameters(config).map(({ name, shape }) => {
    const size = sizeOf(shape);
    const data = weights.subarray(offset, offset + size);
    offset += size;
    return [name, { shape, data }] as const;
  });
  return Object.fromEntries(named);
}

/** All files of a checkpoint. The graphs' weights are external data inside weights.safetensors, so they exist once. */
export async function checkpointFiles(
  about: Omit<CheckpointConfig, 'formatVersion' | 'files'>,
  weights: Float32Array,
  borders: Float64Array | null,
  card: string,
): Promise<Files> {
  const { model } = about;
  const named = namedWeights(model, weights);
  const tensors = borders
    ? { ...named, borders: { shape: [borders.length], data: Float32Array.from(borders) } }
    : named;
  const safetensors = writeSafetensors(tensors);
  const { ranges } = readSafetensors(safetensors, 'weights.safetensors');
  const external = Object.fromEntries(
    Object.entries(ranges).map(([name, range]) => [name, { location: 'weights.safetensors', ...range }]),
  );

  const graphs = await inferenceGraphs(model);
  const onCpu = await inferenceGraphs(model, CPU);
  const files: Record<string, Uint8Array> = { 'weights.safetensors': safetensors };
  for (const name of ['condition', 'predict'] as const) {
    files[`${name}.onnx`] = toOnnx(graphs[name], external);
    if (printGraph(onCpu[name]) !== printGraph(graphs[name])) files[`${name}.cpu.onnx`] = toOnnx(onCpu[name], external);
  }
  files['README.md'] = new TextEncoder().encode(card);
  const hashes = await Promise.all(Object.entries(files).map(async ([name, bytes]) => [name, await sha256(bytes)]));
  const config: CheckpointConfig = { formatVersion: FORMAT_VERSION, ...about, files: Object.fromEntries(hashes) };
  return { ...files, 'config.json': new TextEncoder().encode(`${JSON.stringify(config, null, 2)}\n`) };
}

/** What is recorded of a network for inference: contexts -> memory, memory and queries -> logits. Weights are inputs. */
export async function inferenceGraphs(
  model: ModelConfig,
  options: RecordOptions = STANDARD,
): Promise<{ readonly condition: Graph; readonly predict: Graph }> {
  const weightSpec: InputSpec = Object.fromEntries(
    parameters(model).map(({ name, shape }) => [name, { dtype: 'float32', shape } as const]),
  );
  const network = networkOf(model);
  const names = memoryNames(layersForQueries(model));
  const memorySpec: InputSpec = Object.fromEntries([
    ...[names.keys, names.values].flatMap((kind) =>
      kind.map((name, layer) => [name, { dtype: 'float32', shape: network.memoryShape(layer) }] as const),
    ),
    ...Object.entries({
      ...(model.kernels && regressionShapes(model)),
      ...(model.ridgePenalties && ridgeShapes(model)),
    }).map(([name, shape]) => [name, { dtype: 'float32', shape }] as const),
  ]);
  const conditionFn: TensorFunction = ({ contextX, contextY, ...rest }) => {
    const memory = network.condition(rest, model, contextX, contextY);
    return Object.fromEntries([
      ...memory.keys.map((key, l) => [names.keys[l], key]),
      ...memory.values.map((value, l) => [names.values[l], value]),
      ...Object.entries<Tensor>({ ...memory.regression, ...memory.ridge }),
    ]);
  };
  const predictFn: TensorFunction = ({ queryX, ...rest }) => {
    const memory = {
      keys: names.keys.map((name) => rest[name]),
      values: names.values.map((name) => rest[name]),
      ...(model.kernels && { regression: rest as unknown as Regression }),
      ...(model.ridgePenalties && { ridge: rest as unknown as Ridge }),
    };
    const logits = network.predict(rest, model, memory, queryX);
    return { logits: reshape(logits, [queryX.shape[0], queryX.shape[1] as number, model.numOutputs]) };
  };
  const x = (rows: string) => ({ dtype: 'float32', shape: network.xShape(rows) }) as const;
  const condition = await record(
    'condition',
    conditionFn,
    { contextX: x('context'), contextY: { dtype: 'float32', shape: ['batch', 'context'] }, ...weightSpec },
    options,
  );
  const predict = await record('predict', predictFn, { queryX: x('query'), ...memorySpec, ...weightSpec }, options);
  return { condition, predict };
}
