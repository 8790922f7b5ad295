import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { createBuilder, emitCast } from './builder.ts';
import type { DeviceName } from './devices.ts';
import type { Value } from './graph.ts';
import { toOnnx } from './onnx.ts';

/** Whether a device computes here: how fast, or why not and the step that would change it. */
export type Probe =
  | {
      readonly works: true;
      readonly gigaflops: number;
      /** The rate in float16, or null where the device has none of that; of GPUs that were asked for it. */
      readonly float16?: number | null;
      /** Names of the GPUs that Vulkan lists; onnxruntime does not tell which one it takes. Of WebGPU on Linux. */
      readonly adapters?: readonly string[];
    }
  | { readonly works: false; readonly why: string; readonly fix: string };

export const TFJS_NODE_GPU_FIX =
  'Install it: `npm install @tensorflow/tfjs-node-gpu@4.22.0 --ignore-scripts=false` (its install script downloads libtensorflow), with CUDA 11.2 and cuDNN 8.1';

/** Large enough that a real GPU is past its latency, small enough for a slow CPU: 2 GFLOP, tens of milliseconds on two cores. */
const SIZE = 512;
const PRODUCTS = 8;
const TIMEOUT_MS = 60_000;

/** Time of one run: the best of a few after a warm-up, or of the warm-up itself where that takes long. Defined in the child. */
const BEST_TIME = `
  async function bestTime(run) {
    const first = performance.now();
    await run();
    const start = performance.now();
    if (start - first > 5000) return start - first;
    let best = Infinity;
    for (let i = 0; i < 3 && performance.now() - start < 300; i++) {
      const before = performance.now();
      await run();
      best = Math.min(best, performance.now() - before);
    }
    return best;
  }`;

/** A line for each model. The first one counts where a later one ends the process. */
const ONNXRUNTIME_CHILD = `
  const [, path, device, size, ...models] = process.argv;
  const ort = require(path);
  ${BEST_TIME}
  async function timeOf(model) {
    const session = await ort.InferenceSession.create(Buffer.from(model, 'base64'), {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      // Operations that fell back to the CPU must not pass for the device.
      extra: device === 'cpu' ? {} : { session: { disable_cpu_ep_fallback: '1' } },
    });
    const x = new ort.Tensor('float32', new Float32Array(size * size).fill(1 / size), [Number(size), Number(size)]);
    return bestTime(() => session.run({ x }));
  }
  (async () => {
    const milliseconds = await timeOf(models[0]);
    console.log(JSON.stringify({ milliseconds }));
    if (models.length > 1) console.log(JSON.stringify({ milliseconds, float16: await timeOf(models[1]).catch(() => null) }));
  })().catch(({ message }) => console.log(JSON.stringify({ message })));`;

const TFJS_CHILD = `
  const [, path, size, products] = process.argv;
  require('util').isNullOrUndefined ??= (value) => value == null;
  ${BEST_TIME}
  (async () => {
    const tf = require(path);
    if (!tf.findBackend('tensorflow').isUsingGpuDevice) throw new Error('TensorFlow found no GPU');
    const x = tf.fill([Number(size), Number(size)], 1 / size);
    const run = () => tf.tidy(() => {
      let y = x;
      for (let i = 0; i < products; i++) y = tf.matMul(y, x);
      return y.dataSync();
    });
    console.log(JSON.stringify({ milliseconds: await bestTime(run) }));
  })().catch(({ message }) => console.log(JSON.stringify({ message })));`;

/**
 * Tries a device with a few matrix products. In a process of its own: native libraries write to stderr as they fail, and a
 * broken driver may end the process.
 */
export async function probe(
  device: DeviceName,
  { float16 = false, env = process.env }: { readonly float16?: boolean; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Probe> {
  const path = resolvePackage(device === 'tfjs-node-gpu' ? '@tensorflow/tfjs-node-gpu' : 'onnxruntime-node');
  if (path === null) return { works: false, why: 'not installed', fix: explainers[device]('').fix };
  const child =
    device === 'tfjs-node-gpu'
      ? await runChild(TFJS_CHILD, [path, String(SIZE), String(PRODUCTS)], env)
      : await runChild(ONNXRUNTIME_CHILD, [path, device, String(SIZE), ...models(float16)], env);
  const rate = (milliseconds: number) => (2 * SIZE ** 3 * PRODUCTS) / milliseconds / 1e6;
  if (child.milliseconds !== undefined) {
    const adapters = device === 'webgpu' ? vulkanAdapters(child.message) : [];
    return {
      works: true,
      gigaflops: rate(child.milliseconds),
      ...(float16 && { float16: child.float16 ? rate(child.float16) : null }),
      ...(adapters.length > 0 && { adapters }),
    };
  }
  return { works: false, ...explainers[device](child.message) };
}

/** The file that importing the package would load; null where it is not installed. */
export function resolvePackage(name: string): string | null {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return null;
  }
}

const models = (float16: boolean): string[] =>
  (float16 ? (['float32', 'float16'] as const) : (['float32'] as const)).map((dtype) =>
    Buffer.from(probeModel(dtype)).toString('base64'),
  );

/** x -> x^9, as a chain of matrix products. */
function probeModel(dtype: 'float32' | 'float16'): Uint8Array {
  const build = createBuilder({});
  const input = build.input('x', 'float32', [SIZE, SIZE]);
  const x = dtype === 'float16' ? emitCast(build, input, dtype) : input;
  const y = Array.from({ length: PRODUCTS }).reduce<Value>(
    (power) => build.emit('MatMul', [power, x], dtype, [SIZE, SIZE]),
    x,
  );
  return toOnnx(build.graph('probe', { y: dtype === 'float16' ? emitCast(build, y, 'float32') : y }));
}

/** The GPUs that Vulkan's loader names in its log, in the order in which it offers them. */
export function vulkanAdapters(log: string): readonly string[] {
  const [, ...lists] = log.split('Sorted order:');
  return [...(lists.at(-1) ?? '').matchAll(/ \[\d+\] (.*\S)/g)].map(([, name]) => name);
}

/** The time, or what the child and its native libraries said. */
function runChild(
  script: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly milliseconds?: number; readonly float16?: number | null; readonly message: string }> {
  return new Promise((resolve) => {
    const env = { ...environment, VK_LOADER_DEBUG: 'error,warn,info' };
    execFile(process.execPath, ['-e', script, ...args], { timeout: TIMEOUT_MS, env }, (error, stdout, stderr) => {
      try {
        const { milliseconds, float16, message = '' } = JSON.parse(stdout.trim().split('\n').at(-1)!);
        resolve({ milliseconds, float16, message: `${stderr}\n${message}` });
      } catch {
        const signal = error?.killed
          ? `gave no answer within ${TIMEOUT_MS / 1000} s`
          : `ended with ${error?.signal ?? `code ${error?.code}`}`;
        resolve({ message: `${stderr}\nthe process that tried it ${signal}` });
      }
    });
  });
}

type Explain = (message: string) => { readonly why: string; readonly fix: string };

const lastLine = (message: string) => message.trim().split('\n').at(-1)!.trim();
/** The last library that the dynamic loader missed. */
const missingLibrary = (message: string) =>
  [...message.matchAll(/([\w.+-]+\.(?:so|dll|dylib)[\d.]*): cannot open shared object/g)].at(-1)?.[1];

const explainers: Readonly<Record<DeviceName, Explain>> = {
  cpu: (message) => ({ why: lastLine(message), fix: 'Install onnxruntime-node again: `npm ci`' }),
  webgpu(message) {
    const why = /Failed to get a WebGPU adapter: (.*)/.exec(message)?.[1];
    if (why === undefined) return { why: lastLine(message), fix: 'Update the driver of the GPU' };
    const missing = missingLibrary(message);
    return {
      why: `no adapter (${why}${missing ? `; ${missing} is missing` : ''})`,
      fix:
        process.platform === 'linux'
          ? "Needs a GPU with its Vulkan driver and loader: `apt install libvulkan1` and the vendor's driver"
          : 'Needs a GPU with an up-to-date driver',
    };
  },
  cuda(message) {
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      return {
        why: `onnxruntime-node has no CUDA for ${process.platform} ${process.arch}`,
        fix: 'Use --device webgpu',
      };
    }
    const missing = missingLibrary(message);
    if (!missing && !/Failed to load shared library/.test(message))
      return { why: lastLine(message), fix: 'Update the NVIDIA driver' };
    if (missing?.startsWith('libonnxruntime')) {
      return {
        why: "onnxruntime's CUDA files are not installed",
        fix: '`node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install` downloads them; they need CUDA 13 and cuDNN 9',
      };
    }
    return {
      why: `${missing ?? 'a CUDA library'} is missing`,
      fix: 'Install CUDA 13 and cuDNN 9 and put their folders into LD_LIBRARY_PATH',
    };
  },
  'tfjs-node-gpu': (message) => ({ why: lastLine(message) || 'not installed', fix: TFJS_NODE_GPU_FIX }),
};
