import { mapValues } from './array.ts';
import { createQueue, type OnnxRuntime, runSession, SESSION_OPTIONS, type Session, toArray } from './onnxruntime.ts';

export type BrowserDevice = 'cpu' | 'webgpu';

/** Of all sessions together: while one of them waits for a GPU, WebAssembly cannot be entered by another. */
const queue = createQueue();

/** A session of onnxruntime-web, over a model's bytes and those of its external data by file name. */
export async function createBrowserSession(
  ort: OnnxRuntime,
  model: Uint8Array,
  externalData: Readonly<Record<string, Uint8Array>>,
  device: BrowserDevice,
): Promise<Session> {
  const session = await queue(() =>
    ort.InferenceSession.create(model, {
      ...SESSION_OPTIONS,
      // One alone: of two it takes the other without a word where the first is not there.
      executionProviders: [device === 'cpu' ? 'wasm' : device],
      externalData: Object.entries(externalData).map(([path, data]) => ({ path, data })),
    }),
  ).catch((error) => {
    throw device === 'cpu' ? error : deviceError(device, error);
  });
  return {
    run: async (feeds) => mapValues(await queue(() => runSession(ort, session, feeds)), toArray),
    dispose: () => queue(() => session.release()),
  };
}

const deviceError = (device: string, { message }: Error): Error =>
  new Error(
    `device ${device}: no session (${message}). It takes onnxruntime-web/webgpu and a browser that has a GPU for this page; leave it out to compute on the CPU.`,
    { cause: message },
  );
