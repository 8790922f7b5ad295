import type { DeviceName, Precision } from './devices.ts';
import type { Engine } from './engine.ts';
import type { Probe } from './probe.node.ts';

type ProbeDevice = (device: DeviceName, options?: { readonly float16?: boolean }) => Promise<Probe>;

const probeHere: ProbeDevice = async (device, options) => (await import('./probe.node.ts')).probe(device, options);

/** What 'auto' tries, in this order, before the CPU. */
const PREFERRED = ['cuda', 'webgpu'] as const;

/**
 * The device to use and why. 'auto' takes the first GPU that computes and is faster than the CPU: onnxruntime accepts software
 * adapters as WebGPU, which are far slower. A GPU that was asked for and does not work is an error of one line.
 */
export async function chooseDevice(
  asked: DeviceName | 'auto',
  probe: ProbeDevice = probeHere,
): Promise<{ readonly name: DeviceName; readonly reason: string }> {
  if (asked === 'auto') return chooseFastest(probe);
  if (asked !== 'cpu') {
    const result = await probe(asked);
    if (!result.works) throw new Error(`device ${asked}: ${result.why}. ${result.fix}.`);
  }
  return { name: asked, reason: 'asked for' };
}

/** Mixed precision is for WebGPU with float16: a CPU gains nothing by it, and CUDA's products are in TF32 as it is. Throws elsewhere. */
export async function requireFloat16(device: DeviceName, probe: ProbeDevice = probeHere): Promise<void> {
  const advice = 'Leave out --precision mixed.';
  if (device !== 'webgpu')
    throw new Error(`mixed precision: expected the device webgpu, got ${device}, where it is not built. ${advice}`);
  const result = await probe(device, { float16: true });
  if (!result.works || !result.float16)
    throw new Error(`mixed precision: the device ${device} has no float16 here. ${advice}`);
}

async function chooseFastest(probe: ProbeDevice): Promise<{ readonly name: DeviceName; readonly reason: string }> {
  const refused: string[] = [];
  let cpu: Probe | undefined;
  for (const name of PREFERRED) {
    const gpu = await probe(name);
    if (!gpu.works) {
      refused.push(`${name}: ${gpu.why}`);
      continue;
    }
    cpu ??= await probe('cpu');
    const rates = `${rate(gpu)} in matrix products, cpu ${rate(cpu)}`;
    if (!cpu.works || gpu.gigaflops > cpu.gigaflops) return { name, reason: `${name}: ${rates}` };
    refused.push(`${name}: only ${rates}`);
  }
  return { name: 'cpu', reason: refused.join('; ') };
}

function rate(probe: Probe): string {
  return probe.works ? `${probe.gigaflops.toFixed(0)} GFLOP/s` : 'not working';
}

export interface EngineOptions {
  readonly device?: DeviceName | 'auto';
  /** CPU threads of one operation; the number of physical cores by default. */
  readonly threads?: number;
  /** Mixed on WebGPU only. Default: float32. */
  readonly precision?: Precision;
}

/** The engine for a device: recorded graphs in onnxruntime, or tfjs-node-gpu operation by operation. */
export async function createEngine({ device = 'cpu', threads, precision }: EngineOptions = {}): Promise<Engine> {
  const { name, reason } = await chooseDevice(device);
  if (precision === 'mixed') await requireFloat16(name);
  if (name === 'tfjs-node-gpu') return (await import('./tfjs-node-gpu.node.ts')).tfjsNodeGpuEngine(reason);
  const { chooseThreads } = await import('./threads.node.ts');
  const { compiledEngine } = await import('./compiled.ts');
  return compiledEngine({ device: name, reason, threads: chooseThreads(threads).threads, precision });
}
