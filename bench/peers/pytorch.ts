// The client of pytorch_step.py: a Python process that runs one training step for each line it is sent.

import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Skipped, Stepper } from '../harness.ts';
import type { StepSizes } from '../step-sizes.ts';
import { startPython } from './python.ts';

export type PytorchModel = 'two-stream' | 'single-stream';

/** What the process says about itself when it is ready. */
export interface PytorchInfo {
  readonly torch: string;
  /** File names of the BLAS that torch loaded, where it can be told. */
  readonly blas: string | null;
  /** 'cpu' or the name of the GPU. */
  readonly device: string;
  /** Rate of torch's own matrix product, float32 unless asked otherwise. */
  readonly matmulGflops: number;
}

export interface PytorchPeer extends Stepper {
  readonly info: PytorchInfo;
}

export interface PytorchOptions {
  readonly threads: number;
  readonly device: 'cpu' | 'cuda';
  /** Of matrix products; bfloat16 by autocast. */
  readonly dtype?: 'float32' | 'bfloat16';
}

const SCRIPT = fileURLToPath(new URL('./pytorch_step.py', import.meta.url));

/** Starts the process and waits until its model is built. */
export async function openPytorch(
  model: PytorchModel,
  sizes: StepSizes,
  { threads, device, dtype = 'float32' }: PytorchOptions,
): Promise<PytorchPeer | Skipped> {
  const name = `pytorch ${model}${device === 'cpu' ? '' : ` on ${device}, ${dtype}`}`;
  const options = {
    model,
    layers: sizes.layers,
    width: sizes.width,
    heads: sizes.heads,
    hidden: sizes.hidden,
    bars: sizes.bars,
    batch: sizes.datasets,
    points: sizes.rows,
    threads,
    device,
    dtype,
  };
  const argv = [SCRIPT, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])];
  const child = await startPython(name, argv);
  if ('skipped' in child) return child;
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => {
    const { value, done } = await answers.next();
    if (done) throw new Error(`${name}: the process ended without an answer; its own message is above.`);
    return value;
  };
  const hello = await answer();
  if (!hello.startsWith('ready ')) {
    const missing = hello.includes("No module named 'torch'");
    return { skipped: `${name}: ${missing ? 'python3-torch not installed' : hello}: skipped` };
  }
  return {
    name,
    info: JSON.parse(hello.slice('ready '.length)) as PytorchInfo,
    async run(contextSizes) {
      let total = 0;
      for (const numContext of contextSizes) {
        child.stdin.write(`step ${numContext}\n`);
        total += (JSON.parse(await answer()) as { ms: number }).ms;
      }
      return total;
    },
    async close() {
      const exited = new Promise((resolve) => child.once('close', resolve));
      child.stdin.end('quit\n');
      await exited;
    },
  };
}
