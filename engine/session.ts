import * as ort from 'onnxruntime-node';
import type { NdArray } from './array.ts';

// What fails throws; onnxruntime need not print it as well.
ort.env.logLevel = 'fatal';

export interface SessionOptions {
  readonly device?: 'cpu' | 'webgpu' | 'cuda';
  /** CPU threads of one operation; 0 lets onnxruntime choose. */
  readonly threads?: number;
  /** Writes a profile beside this path prefix when the session is disposed. */
  readonly profile?: string;
}

export interface Session {
  readonly run: (feeds: Readonly<Record<string, NdArray>>) => Promise<Record<string, NdArray>>;
  readonly dispose: () => Promise<void>;
}

/** An onnxruntime session over a model's bytes, or over a file whose external data lies beside it. One run at a time. */
export async function createSession(
  model: Uint8Array | string,
  { device = 'cpu', threads = 0, profile }: SessionOptions = {},
): Promise<Session> {
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Memory planned for one set of sizes is wrong for the next, and costs more than it saves.
    enableMemPattern: false,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
  };
  const session = await (typeof model === 'string'
    ? ort.InferenceSession.create(model, options)
    : ort.InferenceSession.create(model, options)
  ).catch((error) => {
    throw device === 'cpu' ? error : deviceError(device, error);
  });
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(feeds) {
      const next = last.then(async () => toArrays(await session.run(toTensors(feeds))));
      last = next.catch(() => {});
      return next;
    },
    async dispose() {
      await last;
      if (profile) session.endProfiling();
      await session.release();
    },
  };
}

/** onnxruntime's message without the source line and condition before it. */
function deviceError(device: string, { message }: Error): Error {
  const cause = message.trim().split(' was false. ').at(-1)!.replace(/\s+/g, ' ');
  return new Error(`device ${device}: no session (${cause}). \`pfn doctor\` says what is missing and how to get it.`, {
    cause: message,
  });
}

function toTensors(feeds: Readonly<Record<string, NdArray>>): Record<string, ort.Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, data, shape }]) => [
      name,
      new ort.Tensor(dtype, data as Float32Array, [...shape]),
    ]),
  );
}

function toArrays(results: ort.InferenceSession.OnnxValueMapType): Record<string, NdArray> {
  return Object.fromEntries(
    Object.entries(results).map(([name, { type, data, dims }]) => [
      name,
      { dtype: type as NdArray['dtype'], data: data as Float32Array, shape: dims },
    ]),
  );
}
