import * as ort from 'onnxruntime-node';
import { mapValues, type Resident } from './array.ts';
import {
  createQueue,
  type Feeds,
  runSession,
  SESSION_OPTIONS,
  type Session,
  toArray,
  toResident,
} from './onnxruntime.ts';

// As SESSION_OPTIONS, of what belongs to no session.
ort.env.logLevel = 'fatal';

export interface SessionOptions {
  readonly device?: 'cpu' | 'webgpu' | 'cuda';
  /** CPU threads of one operation; 0 lets onnxruntime choose. */
  readonly threads?: number;
  /** Writes a profile beside this path prefix when the session is disposed. */
  readonly profile?: string;
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
    ...SESSION_OPTIONS,
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Threads that spin on after a run take their core from the next session's, whose first milliseconds then are slow.
    extra: { session: { force_spinning_stop: '1' } },
    ...outputs,
    ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
  };
  const session = await (typeof model === 'string'
    ? ort.InferenceSession.create(model, options)
    : ort.InferenceSession.create(model, options)
  ).catch((error) => {
    throw device === 'cpu' ? error : deviceError(device, error);
  });
  const queue = createQueue();
  return {
    run: (feeds: Feeds) => queue(() => runSession(ort, session, feeds)),
    dispose: () =>
      queue(async () => {
        if (profile) session.endProfiling();
        await session.release();
      }),
  };
}

/** onnxruntime's message without the source line and condition before it. */
function deviceError(device: string, { message }: Error): Error {
  const cause = message.trim().split(' was false. ').at(-1)!.replace(/\s+/g, ' ');
  return new Error(`device ${device}: no session (${cause}). \`pfn doctor\` says what is missing and how to get it.`, {
    cause: message,
  });
}
