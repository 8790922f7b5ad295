import { cpus } from 'node:os';
import type { DeviceName } from '../../engine/devices.ts';
import type { Probe } from '../../engine/probe.node.ts';
import type { Command } from '../command.ts';
import { JSON_OPTION } from '../options.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  readonly json?: boolean;
}

export const command: Command<Options> = {
  arguments: [],
  options: [JSON_OPTION],
  examples: ['doctor', 'doctor --json'],
  run,
};

async function run(_args: readonly string[], { json }: Options, terminal: Terminal): Promise<void> {
  const report = await examine((device) => terminal.progress(`trying ${device}`));
  terminal.progress('');
  terminal.out(json ? JSON.stringify(report) : describe(report));
}

type Report = Awaited<ReturnType<typeof examine>>;

async function examine(onProgress: (device: string) => void) {
  const { DEVICES } = await import('../../engine/devices.ts');
  const { chooseDevice } = await import('../../engine/device.ts');
  const { probe } = await import('../../engine/probe.node.ts');
  const { chooseThreads } = await import('../../engine/threads.node.ts');
  // One after the other: each is timed.
  const devices: ({ readonly name: DeviceName } & Probe)[] = [];
  for (const name of DEVICES) {
    onProgress(name);
    devices.push({ name, ...(await probe(name, { float16: name === 'webgpu' || name === 'cuda' })) });
  }
  return {
    node: process.version,
    onnxruntime: await onnxruntimeVersion(),
    platform: `${process.platform} ${process.arch}`,
    cpu: { model: cpus()[0]?.model.trim() ?? 'unknown', ...chooseThreads() },
    devices,
    auto: await chooseDevice('auto', async (name) => devices.find((device) => device.name === name)!),
  };
}

/** null where the package is there but its native library does not load. */
async function onnxruntimeVersion(): Promise<string | null> {
  try {
    return (await import('onnxruntime-node')).env.versions.node ?? null;
  } catch {
    return null;
  }
}

const rate = (gigaflops: number): string =>
  `${gigaflops < 10 ? Number(gigaflops.toPrecision(1)) : gigaflops.toFixed(0)} GFLOP/s`;

const onAdapter = (names: readonly string[] = []): string =>
  names.length === 0 ? '' : ` on ${names.length > 1 ? 'one of ' : ''}${names.join(', ')}`;

function inFloat16(gigaflops: number | null | undefined): string {
  if (gigaflops === undefined) return '';
  return gigaflops === null ? ', no float16' : `, ${rate(gigaflops)} in float16`;
}

function describe({ node, onnxruntime, platform, cpu, devices, auto }: Report): string {
  const lines = devices.flatMap((device) => {
    const label = device.name.padEnd(14);
    if (device.works)
      return [
        `${label}works${onAdapter(device.adapters)}, ${rate(device.gigaflops)} in matrix products${inFloat16(device.float16)}`,
      ];
    return [`${label}does not work: ${device.why}`, `${''.padEnd(14)}${device.fix}`];
  });
  return [
    `Node.js ${node}, onnxruntime-node ${onnxruntime ?? 'does not load'}, ${platform}`,
    `${cpu.model}, ${cpu.threads} threads (${cpu.reason})`,
    '',
    ...lines,
    '',
    `--device auto uses ${auto.name} (${auto.reason})`,
  ].join('\n');
}
