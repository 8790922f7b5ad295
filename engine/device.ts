import type { DeviceName, Engine } from './engine.ts';
import type { Probe } from './probe.node.ts';

type ProbeDevice = (device: DeviceName) => Promise<Probe>;

const probeHere: ProbeDevice = async (device) => (await import('./probe.node.ts')).probe(device);

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
}

/** The engine for a device: recorded graphs in onnxruntime, or tfjs-node-gpu operation by operation. */
export async function createEngine({ device = 'cpu', threads }: EngineOptions = {}): Promise<Engine> {
  const { name, reason } = await chooseDevice(device);
  if (name === 'tfjs-node-gpu') return (await import('./tfjs-node-gpu.node.ts')).tfjsNodeGpuEngine(reason);
  const { chooseThreads } = await import('./threads.node.ts');
  const { compiledEngine } = await import('./compiled.ts');
  return compiledEngine({ device: name, reason, threads: chooseThreads(threads).threads });
}
