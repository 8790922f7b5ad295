import type { OnnxRuntime } from '../engine/onnxruntime.ts';
import { type BrowserDevice, createBrowserSession } from '../engine/session.browser.ts';
import { type Files, filesOf, graphFile, readCheckpoint } from '../model/checkpoint.ts';
import { createPredictor, type Predictor } from './predictor.ts';

/** A file as `fetch` answers it, or its bytes. */
type FileAnswer = Uint8Array | ArrayBuffer | Pick<Response, 'ok' | 'status' | 'arrayBuffer'>;

export interface BrowserLoadOptions {
  /** The module `onnxruntime-web/wasm`, or `onnxruntime-web/webgpu`, which is larger and computes on both devices. */
  readonly ort: OnnxRuntime;
  /** Gets a file of the checkpoint's folder: ``(file) => fetch(`/checkpoints/curves/${file}`)``. pfnkit opens no connection itself. */
  readonly read: (file: string) => Promise<FileAnswer>;
  /** Default: cpu, which is WebAssembly here. */
  readonly device?: BrowserDevice;
}

/** Where messages say that a file is: its folder is known to `read` alone. */
const FOLDER = 'checkpoint';

/**
 * A checkpoint ready to answer, from its files, in a browser or wherever onnxruntime-web runs. Its hashes are verified, and nothing in it is executed.
 * Throws one line that names the file and what is wrong with it.
 */
export async function loadPredictor({ ort, read, device = 'cpu' }: BrowserLoadOptions): Promise<Predictor> {
  if (globalThis.crypto?.subtle === undefined) {
    throw new Error(
      'crypto.subtle: expected it, to verify the checkpoint, but this page has none. Browsers give it to pages from https:// and localhost.',
    );
  }
  const get = async (file: string) => [file, await bytesOf(file, await read(file))] as const;
  const [name, configBytes] = await get('config.json');
  const others = filesOf(configBytes, FOLDER).filter((file) => file !== name);
  const files: Files = { [name]: configBytes, ...Object.fromEntries(await Promise.all(others.map(get))) };
  const checkpoint = await readCheckpoint(files, FOLDER);
  const open = (graph: 'condition' | 'predict') =>
    createBrowserSession(
      ort,
      files[graphFile(graph, checkpoint.config, device)],
      { 'weights.safetensors': files['weights.safetensors'] },
      device,
    );
  const condition = await open('condition');
  const predict = await open('predict').catch(async (error) => {
    await condition.dispose();
    throw error;
  });
  return createPredictor(checkpoint, { condition, predict }, { name: device, reason: 'asked for' });
}

async function bytesOf(file: string, answer: FileAnswer): Promise<Uint8Array> {
  if (answer instanceof Uint8Array) return answer;
  if (answer instanceof ArrayBuffer) return new Uint8Array(answer);
  if (!answer.ok) {
    throw new Error(
      `${FOLDER}/${file}: expected the file, got the status ${answer.status}. Serve the checkpoint's folder.`,
    );
  }
  return new Uint8Array(await answer.arrayBuffer());
}
