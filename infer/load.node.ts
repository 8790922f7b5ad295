import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSession, type SessionOptions } from '../engine/session.ts';
import { CHECKPOINT_FILES, type Checkpoint, graphFile, readCheckpoint } from '../model/checkpoint.ts';
import { createPredictor, type Predictor } from './predictor.ts';
import { refuseUnknown } from './refuse-unknown.ts';

const DEVICES = ['cpu', 'webgpu', 'cuda'] as const;

export interface LoadOptions extends Pick<SessionOptions, 'threads'> {
  /** Default: cpu. */
  readonly device?: (typeof DEVICES)[number];
  /** Why this device; `asked for` by default. */
  readonly reason?: string;
}

/** The checkpoints that are shipped with the package; undefined where this file was bundled into a program away from them. */
function shippedFolder(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  return join(folder, 'checkpoints');
}

/** Names of the shipped checkpoints. */
export function shippedCheckpoints(): string[] {
  const folder = shippedFolder();
  if (folder === undefined || !existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []));
}

/** The folder of a shipped checkpoint (by name) or the folder given. Throws one line that lists the names when it is neither. */
export function checkpointFolder(nameOrFolder: string): string {
  if (typeof nameOrFolder !== 'string') {
    throw new TypeError(`load: expected the name or the folder of a checkpoint, got ${typeof nameOrFolder}.`);
  }
  const shipped = join(shippedFolder() ?? '', nameOrFolder);
  if (/^[\w-]+$/.test(nameOrFolder) && existsSync(shipped)) return shipped;
  if (existsSync(nameOrFolder) && statSync(nameOrFolder).isDirectory()) return nameOrFolder;
  throw new Error(
    `${nameOrFolder}: expected a checkpoint folder or one of the shipped checkpoints (${shippedCheckpoints().join(', ') || 'none'}), got neither.`,
  );
}

/** Reads and verifies a checkpoint. Nothing in the folder is executed. */
export async function loadCheckpoint(nameOrFolder: string): Promise<Checkpoint> {
  const folder = checkpointFolder(nameOrFolder);
  const files = CHECKPOINT_FILES.filter((file) => existsSync(join(folder, file)));
  return readCheckpoint(Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file))])), folder);
}

/** Loads a checkpoint by name or folder, ready to answer. */
export async function loadPredictor(
  nameOrFolder: string,
  { device = 'cpu', threads, reason = 'asked for', ...unknown }: LoadOptions = {},
): Promise<Predictor> {
  refuseUnknown('load', unknown);
  // onnxruntime computes on the CPU where it does not know the device.
  if (!DEVICES.includes(device)) {
    throw new RangeError(`load: device must be one of ${DEVICES.join(', ')}, got '${device}'.`);
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw new RangeError(`load: threads must be a whole number of at least 1, got ${threads}.`);
  }
  const folder = checkpointFolder(nameOrFolder);
  const checkpoint = await loadCheckpoint(folder);
  // From the files, because the graphs' weights are ranges of weights.safetensors beside them.
  const open = (graph: 'condition' | 'predict') =>
    createSession(join(folder, graphFile(graph, checkpoint.config, device)), { device, threads });
  const condition = await open('condition');
  const predict = await open('predict').catch(async (error) => {
    await condition.dispose();
    throw error;
  });
  return createPredictor(checkpoint, { condition, predict }, { name: device, reason });
}
