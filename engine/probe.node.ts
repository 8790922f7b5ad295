import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { createBuilder } from './builder.ts';
import type { DeviceName } from './engine.ts';
import { toOnnx } from './onnx.ts';

/** Whether a device computes here: how fast, or why not and the step that would change it. */
export type Probe =
  | { readonly works: true; readonly gigaflops: number }
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

const ONNXRUNTIME_CHILD = `
  const [, path, device, model, size] = process.argv;
  const ort = require(path);
  ${BEST_TIME}
  (async () => {
    const session = await ort.InferenceSession.create(Buffer.from(model, 'base64'), {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      // Operations that fell back to the CPU must not pass for the device.
      extra: device === 'cpu' ? {} : { session: { disable_cpu_ep_fallback: '1' } },
    });
    const x = new ort.Tensor('float32', new Float32Array(size * size).fill(1 / size), [Number(size), Number(size)]);
    console.log(JSON.stringify({ milliseconds: await bestTime(() => session.run({ x })) }));
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
export async function probe(device: DeviceName): Promise<Probe> {
  const path = resolvePackage(device === 'tfjs-node-gpu' ? '@tensorflow/tfjs-node-gpu' : 'onnxruntime-node');
  if (path === null) return { works: false, why: 'not installed', fix: explainers[device]('').fix };
  const child =
    device === 'tfjs-node-gpu'
      ? await runChild(TFJS_CHILD, [path, String(SIZE), String(PRODUCTS)])
      : await runChild(ONNXRUNTIME_CHILD, [path, device, Buffer.from(probeModel()).toString('base64'), String(SIZE)]);
  if (child.milliseconds !== undefined)
    return { works: true, gigaflops: (2 * SIZE ** 3 * PRODUCTS) / child.milliseconds / 1e6 };
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

/** x -> x^9, as a chain of matrix products. */
function probeModel(): Uint8Array {
  const build = createBuilder({});
  const x = build.input('x', 'float32', [SIZE, SIZE]);
  const y = Array.from({ length: PRODUCTS }).reduce<typeof x>(
    (power) => build.emit('MatMul', [power, x], 'float32', [SIZE, SIZE]),
    x,
  );
  return toOnnx(build.graph('probe', { y }));
}

/** The time, or what the child and its native libraries said. */
function runChild(
  script: string,
  args: readonly string[],
): Promise<{ readonly milliseconds?: number; readonly message: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['-e', script, ...args], { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      try {
        const { milliseconds, message = '' } = JSON.parse(stdout);
        resolve({ milliseconds, message: `${stderr}\n${message}` });
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
