import * as ort from 'onnxruntime-node';
import type { NdArray } from './array.ts';
import type { Resident } from './engine.ts';
import { mapValues } from './resident.ts';

// What fails throws; onnxruntime need not print it as well.
ort.env.logLevel = 'fatal';

export interface SessionOptions {
  readonly device?: 'cpu' | 'webgpu' | 'cuda';
  /** CPU threads of one operation; 0 lets onnxruntime choose. */
  readonly threads?: number;
  /** Writes a profile beside this path prefix when the session is disposed. */
  readonly profile?: string;
}

type Feeds = Readonly<Record<string, NdArray | Resident>>;

export interface Session {
  readonly run: (feeds: Feeds) => Promise<Record<string, NdArray>>;
  readonly dispose: () => Promise<void>;
}

/** Its outputs stay on the device. A run returns once its work is handed over, and what reads an output waits for it. */
export interface ResidentSession {
  readonly run: (feeds: Feeds) => Promise<Record<string, Resident>>;
  readonly dispose: () => Promise<void>;
}

/** An onnxruntime session over a model's bytes, or over a file whose external data lies beside it. One run at a time. */
export async function createSession(model: Uint8Array | string, options: SessionOptions = {}): Promise<Session> {
  const session = await openSession(model, options);
  return { ...session, run: async (feeds) => mapValues(await session.run(feeds), toArray) };
}

/** The same with outputs in buffers of the device, which WebGPU has. */
export async function createResidentSession(
  model: Uint8Array | string,
  options: SessionOptions,
): Promise<ResidentSession> {
  const session = await openSession(model, options, { preferredOutputLocation: 'gpu-buffer' });
  return { ...session, run: async (feeds) => mapValues(await session.run(feeds), toResident) };
}

async function openSession(
  model: Uint8Array | string,
  { device = 'cpu', threads = 0, profile }: SessionOptions,
  outputs: Pick<ort.InferenceSession.SessionOptions, 'preferredOutputLocation'> = {},
) {
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Memory planned for one set of sizes is wrong for the next, and costs more than it saves.
    enableMemPattern: false,
    graphOptimizationLevel: 'all',
    // Threads that spin on after a run take their core from the next session's, whose first milliseconds then are slow.
    extra: { session: { force_spinning_stop: '1' } },
    logSeverityLevel: 3,
    ...outputs,
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
    run(feeds: Feeds): Promise<Record<string, ort.Tensor>> {
      const next = last.then(() => session.run(mapValues(feeds, toTensor)));
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

interface DeviceResident extends Resident {
  readonly tensor: ort.Tensor;
}

function toTensor(value: NdArray | Resident): ort.Tensor {
  if (!('data' in value)) return (value as DeviceResident).tensor;
  return new ort.Tensor(value.dtype, value.data as Float32Array, [...value.shape]);
}

const toArray = ({ type, data, dims }: ort.Tensor): NdArray => ({
  dtype: type as NdArray['dtype'],
  data: data as Float32Array,
  shape: dims,
});

const toResident = (tensor: ort.Tensor): DeviceResident => ({
  dtype: tensor.type as NdArray['dtype'],
  shape: tensor.dims,
  tensor,
  release: () => tensor.dispose(),
});
