// npm run bench -- <name> [--json] [--steps 30] [--warmup 5] [--threads 2] [--seed 1] [--device webgpu] [--data ../shared/data] [--size 3/128,6/256,12/512]

import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { BENCH_DEVICES, type BenchDevice, type Benchmark, toJson, toTable } from './harness.ts';

/** Loaded only when asked for: each pulls in what it measures. */
const benchmarks: Record<string, () => Promise<Benchmark>> = {
  step: () => import('./step.ts'),
  memory: () => import('./memory.ts'),
  infer: () => import('./infer.ts'),
  curves: () => import('./curves.ts'),
  stopping: () => import('./stopping.ts'),
  bayes: () => import('./bayes.ts'),
  tabular: () => import('./tabular.ts'),
  matmul: () => import('./matmul.ts'),
  priors: () => import('./priors.ts'),
};

async function list(): Promise<string> {
  const lines = [
    'usage: npm run bench -- <name> [--json] [--steps 30] [--warmup 5] [--threads 2] [--seed 1] [--device webgpu] [--data ../shared/data] [--size 3/128,6/256,12/512]',
  ];
  for (const [name, load] of Object.entries(benchmarks))
    lines.push(`  ${name.padEnd(8)} ${(await load()).description}`);
  return lines.join('\n');
}

function parse() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      steps: { type: 'string', default: '30' },
      warmup: { type: 'string', default: '5' },
      threads: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
      device: { type: 'string', default: 'cpu' },
      data: { type: 'string', default: '../shared/data' },
      checkpoint: { type: 'string', default: 'curves' },
      size: { type: 'string', default: '3/128,6/256,12/512' },
    },
  });
  const count = (name: 'steps' | 'warmup' | 'threads' | 'seed', least: number): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= least) return value;
    throw new RangeError(`--${name}: expected a whole number of at least ${least}, got '${values[name]}'.`);
  };
  const { device } = values;
  if (!(BENCH_DEVICES as readonly string[]).includes(device))
    throw new RangeError(`--device: expected one of ${BENCH_DEVICES.join(', ')}, got '${device}'.`);
  const options = {
    steps: count('steps', 1),
    warmup: count('warmup', 0),
    threads: count('threads', 1),
    seed: count('seed', 0),
    device: device as BenchDevice,
    data: values.data,
    checkpoint: values.checkpoint,
    size: values.size,
  };
  if (positionals.length > 1) throw new RangeError(`expected one benchmark, got ${positionals.join(' ')}.`);
  const [name] = positionals;
  if (name !== undefined && !Object.hasOwn(benchmarks, name)) {
    throw new RangeError(`unknown benchmark '${name}'. Known: ${Object.keys(benchmarks).join(', ')}.`);
  }
  if (device !== 'cpu' && name !== 'step')
    throw new RangeError('--device is for the benchmark step alone. Leave it out.');
  return { name, json: values.json, options };
}

async function main(): Promise<void> {
  let request: ReturnType<typeof parse>;
  try {
    request = parse();
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n`);
    process.exitCode = 2;
    return;
  }
  if (request.name === undefined) {
    process.stdout.write(`${await list()}\n`);
    return;
  }
  try {
    const benchmark = await benchmarks[request.name]();
    const [load] = loadavg();
    const measured = await benchmark.run(request.options);
    const report = { ...measured, notes: [...measured.notes, ...busyNotes(load)] };
    process.stdout.write(`${request.json ? toJson(report) : toTable(report)}\n`);
  } catch (error) {
    // Caught here because tfjs wasm, once loaded, answers an uncaught error by printing its own minified source.
    process.stderr.write(`bench ${request.name}: ${(error as Error).stack}\n`);
    // A peer process may still be waiting for its next step and would keep this one alive.
    process.exit(1);
  }
}

/** Threads that spin while they wait for each other, as OpenMP's do, lose far more to a busy core than others do. */
const busyNotes = (load: number): string[] =>
  load < 0.5
    ? []
    : [`load average ${load.toFixed(1)} at the start: the machine was busy, times and ratios are unreliable`];

await main();
