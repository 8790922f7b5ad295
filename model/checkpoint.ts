import type { ModelConfig } from './config.ts';
import { OUTPUTS_PER_NORMAL } from './normal-mixture.ts';
import { readSafetensors, type Safetensors } from './safetensors.ts';

/**
 * The checkpoint folder, as bytes by file name: config.json, weights.safetensors, condition.onnx, predict.onnx, README.md, and the
 * graphs for the CPU, where they differ: condition.cpu.onnx, predict.cpu.onnx.
 * Nothing in it is executed when it is read.
 */
export const FORMAT_VERSION = 1;

export interface CheckpointConfig {
  readonly formatVersion: number;
  readonly name: string;
  readonly model: ModelConfig;
  readonly prior: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  /** The recipe, the seed and how far the run got. */
  readonly training: Readonly<Record<string, unknown>>;
  /** What was measured on held-out draws from the prior; null before that. */
  readonly metrics: Readonly<Record<string, unknown>> | null;
  /** sha256 of every other file, in hexadecimal. */
  readonly files: Readonly<Record<string, string>>;
}

export interface Checkpoint {
  readonly config: CheckpointConfig;
  readonly weights: Safetensors;
}

export type Files = Readonly<Record<string, Uint8Array>>;

/** The files that must be there; README.md is for people and may be missing. */
const REQUIRED_FILES = ['config.json', 'weights.safetensors', 'condition.onnx', 'predict.onnx'] as const;
/** The same graphs with operators that only onnxruntime's CPU has, for networks that are faster with them. */
const CPU_FILES = ['condition.cpu.onnx', 'predict.cpu.onnx'] as const;
export const CHECKPOINT_FILES = [...REQUIRED_FILES, ...CPU_FILES];

/** The file of a graph for the device. */
export function graphFile(graph: 'condition' | 'predict', { files }: CheckpointConfig, device: string): string {
  const onCpu = `${graph}.cpu.onnx`;
  return device === 'cpu' && files[onCpu] !== undefined ? onCpu : `${graph}.onnx`;
}

/** The files that make up the checkpoint with this config.json. Throws an Error that says what is wrong with it. */
export const filesOf = (configBytes: Uint8Array, folder: string): string[] =>
  filesListed(parseConfig(configBytes, folder));

const filesListed = ({ files }: CheckpointConfig): string[] => [
  ...REQUIRED_FILES,
  ...CPU_FILES.filter((file) => files[file] !== undefined),
];

/** The names of a layer's keys and values, as outputs of condition.onnx and inputs of predict.onnx. */
export function memoryNames(numLayers: number): { readonly keys: string[]; readonly values: string[] } {
  const names = (kind: string) => Array.from({ length: numLayers }, (_, l) => `${kind}${l}`);
  return { keys: names('key'), values: names('value') };
}

/** Throws an Error that names the file and what is wrong with it. `folder` is only for messages. */
export async function readCheckpoint(files: Files, folder: string): Promise<Checkpoint> {
  const demand = (names: readonly string[]) => {
    const missing = names.find((file) => !files[file]);
    if (missing !== undefined)
      throw new Error(`${folder}: expected a checkpoint with ${names.join(', ')}, but ${missing} is missing.`);
  };
  demand(REQUIRED_FILES);
  const config = parseConfig(files['config.json'], folder);
  const [, ...others] = filesListed(config);
  demand(others);
  for (const file of others) {
    const expected = config.files[file];
    const got = await sha256(files[file]);
    if (got !== expected)
      throw new Error(
        `${folder}/${file}: expected sha256 ${expected}, got ${got}. The file was changed or cut short; get the checkpoint again.`,
      );
  }
  const weights = readSafetensors(files['weights.safetensors'], `${folder}/weights.safetensors`);
  const { head, numOutputs, kernels = 0 } = config.model;
  const numBorders = weights.tensors.borders?.data.length ?? 0;
  if (head === 'bars' && numBorders !== numOutputs + 1) {
    throw new Error(
      `${folder}/weights.safetensors: expected the ${numOutputs + 1} borders of ${numOutputs} bars, got ${numBorders}. Get the checkpoint again.`,
    );
  }
  if (head === 'normals' && numOutputs !== OUTPUTS_PER_NORMAL * kernels) {
    throw new Error(
      `${folder}/config.json: expected ${OUTPUTS_PER_NORMAL} outputs for each of the ${kernels} kernels, got ${numOutputs}. Get the checkpoint again.`,
    );
  }
  return { config, weights };
}

function parseConfig(bytes: Uint8Array, folder: string): CheckpointConfig {
  let config: unknown;
  try {
    config = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Error(`${folder}/config.json: expected JSON, got ${(error as Error).message}. Get the checkpoint again.`);
  }
  const given = config as Record<string, unknown> | null;
  const refuse = (expected: string, value: unknown): never => {
    const got = value === undefined ? 'none' : JSON.stringify(value);
    throw new Error(`${folder}/config.json: expected ${expected}, got ${got}. This is not a pfnkit checkpoint.`);
  };
  const demand = (field: string, type: string) => {
    const value = given?.[field];
    if (typeof value !== type || value === null || Array.isArray(value)) refuse(`a field '${field}'`, value);
  };
  demand('formatVersion', 'number');
  checkVersion(given?.formatVersion as number, folder);
  demand('name', 'string');
  for (const field of ['model', 'prior', 'training', 'files']) demand(field, 'object');
  const { model } = config as CheckpointConfig;
  for (const field of ['numFeatures', 'numLayers', 'width', 'numHeads', 'hidden', 'numOutputs'] as const) {
    const least = field === 'numLayers' ? 0 : 1;
    if (!(Number.isInteger(model[field]) && model[field] >= least))
      refuse(`model.${field}, a whole number`, model[field]);
  }
  for (const field of ['xFeatures', 'yFeatures'] as const) {
    if (!Array.isArray(model[field])) refuse(`model.${field}, a list`, model[field]);
  }
  return config as CheckpointConfig;
}

/** So far there is one format. */
function checkVersion(version: number, folder: string): void {
  if (version === FORMAT_VERSION) return;
  throw new Error(
    `${folder}: expected checkpoint format ${FORMAT_VERSION}, got ${version}. ${version > FORMAT_VERSION ? 'Update pfnkit.' : 'Train it again with this version.'}`,
  );
}

export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
