/** Training and inference on WebGPU: on the GPU's driver where there is one, else on one in software (docs/gpu.md). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Precision } from '../../engine/devices.ts';
import type { Graph } from '../../engine/graph.ts';
import { OPERATORS } from '../../engine/kernels/kernel.ts';
import { placement } from '../../engine/placement.node.ts';
import { probe } from '../../engine/probe.node.ts';
import { type RecordOptions, record } from '../../engine/record.ts';
import { inferenceGraphs } from '../../model/export.ts';
import { parseRecipe, setUp } from '../../train/config.ts';
import { recipes } from '../../train/recipes.ts';
import { trainStep } from '../../train/step.ts';
import { gpuEnvironment } from './software-gpu.ts';

const env = gpuEnvironment();
const trial = await record('trial', ({ x }) => ({ y: x }), { x: { dtype: 'float32', shape: [1] } });
const noAdapter = await placement(trial, 'webgpu', env).then(
  () => null,
  () => 'no WebGPU adapter here; docs/gpu.md says how to get one in software',
);
const MIXED = { operators: [...OPERATORS.webgpu, 'Float16'] } as const;
const probed = await probe('webgpu', { float16: true, env });
const noFloat16 =
  probed.works && probed.float16 ? null : 'no float16 here; docs/gpu.md says which driver in software has it';
if (noFloat16) console.warn(`test/train/webgpu.test.ts skips mixed precision: ${noFloat16}`);
if (noAdapter) console.warn(`test/train/webgpu.test.ts skips all: ${noAdapter}`);

const folder = mkdtempSync(join(tmpdir(), 'pfnkit-webgpu-'));
/** For states that nobody reads. */
const scratch = join(folder, 'scratch');
mkdirSync(scratch);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const gp = parseRecipe(recipes.gp, 'gp');
const small = { numLayers: 2, width: 16, numHeads: 2, hidden: 24, numBars: 20 };
const tablePrior = { name: 'test-table', module: fileURLToPath(new URL('./table-prior.ts', import.meta.url)) };

/** What decides which operators a network has: those of the recipes, small. */
const networks: Readonly<Record<string, object>> = {
  curves: {
    prior: { name: 'learning-curve', options: { numSteps: 12 } },
    model: { ...small, xFeatures: ['linear', 'log', 'reciprocal-log'] },
    training: { steps: 20, batchSize: 4, optimizer: 'muon', learningRate: 0.01 },
  },
  'real training runs': {
    prior: { name: 'training-run' },
    model: { ...small, units: 'context', xFeatures: ['from-start', 'from-end'] },
    training: { steps: 20, recompute: true },
  },
  'classes of tables': {
    prior: tablePrior,
    model: { ...small, layout: 'cells', units: 'table', ridgePenalties: [1, 10] },
    training: { steps: 20, numRows: [9, 20], optimizer: 'muon' },
  },
  'numbers of tables': {
    prior: { ...tablePrior, options: { numClasses: null } },
    model: { ...small, layout: 'cells', units: 'table', ridgePenalties: [1, 10] },
    training: { steps: 20, numRows: [9, 20] },
  },
  kernels: {
    prior: gp.prior,
    model: { ...gp.model, ...small, kernels: 2 },
    training: { steps: 20, numRows: 20, optimizer: 'muon' },
  },
};

describe.skipIf(noAdapter)('of all nodes, only those that compute shapes are on the CPU', () => {
  const onlyShapes = async (graph: Graph) => {
    const { onDevice, shapes, fallen } = await placement(graph, 'webgpu', env);
    expect(fallen, graph.name).toEqual([]);
    expect(onDevice).toBeGreaterThan(10 * shapes);
  };

  const stepOf = async (name: string, options?: RecordOptions) => {
    const recipe = parseRecipe(networks[name], name);
    const { model, targets } = await setUp(recipe);
    const { fn, spec } = trainStep(model, recipe.training, targets);
    return record('train-step', fn, spec, options);
  };

  it.each(Object.keys(networks))('%s: the training step', async (name) =>
    onlyShapes(await stepOf(name, { operators: OPERATORS.webgpu })),
  );

  it.skipIf(noFloat16).each(Object.keys(networks))('%s: the training step in mixed precision', async (name) =>
    onlyShapes(await stepOf(name, MIXED)),
  );

  it.each(Object.keys(networks))('%s: inference', async (name) => {
    const { model } = await setUp(parseRecipe(networks[name], name));
    const { condition, predict } = await inferenceGraphs(model);
    await onlyShapes(condition);
    await onlyShapes(predict);
  });

  it('and a node that falls back is told by name', async () => {
    const { fallen } = await placement(await stepOf('curves'), 'webgpu', env);
    expect(fallen).toContainEqual(expect.stringMatching(/^LogSoftmax \(%\d+\)$/));
  });
});

interface Trained {
  readonly losses: readonly number[];
  readonly weights: readonly number[];
}

const trained = new Map<string, Promise<Trained>>();

/** The rest of a run after the state that `from` left at `step`, or all of it. */
function trainOn(
  device: string,
  from?: { readonly device: string; readonly step: number },
  precision: Precision = 'float32',
): Promise<Trained> {
  const state = from ? [join(folder, `${from.device}-${from.step}.safetensors`)] : [];
  const key = [device, precision, ...state].join();
  const saves = from || precision === 'mixed' ? scratch : folder;
  const known = trained.get(key) ?? runChild(device, precision, JSON.stringify(recipe), saves, ...state);
  trained.set(key, known);
  return known;
}

async function runChild(...args: string[]): Promise<Trained> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/train/train-on-device.ts', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [result, complaints] = ['', ''];
  child.stdout.on('data', (text) => {
    result += text;
  });
  child.stderr.on('data', (text) => {
    complaints += text;
  });
  const [code] = await once(child, 'close');
  expect(code, complaints).toBe(0);
  return JSON.parse(result);
}

const mostApart = (a: readonly number[], b: readonly number[]): number => {
  expect(a.length).toBe(b.length);
  return a.map((value, i) => Math.abs(value - b[i])).reduce((most, apart) => Math.max(most, apart), 0);
};

const recipe = {
  ...networks.curves,
  model: { ...small, numLayers: 1, width: 8, hidden: 8, xFeatures: ['linear', 'log'] },
  seed: 5,
};
const TOLERANCE = 1e-3;
/** Float16 has 11 bits. */
const MIXED_TOLERANCE = 5e-3;
/** A driver in software compiles every shader on the CPU first. */
const PATIENCE_MS = 600_000;

describe.skipIf(noAdapter)('training', () => {
  it('20 steps have the losses of the CPU, and end with its weights', { timeout: PATIENCE_MS }, async () => {
    const [cpu, gpu] = [await trainOn('cpu'), await trainOn('webgpu')];
    expect(cpu.losses.length).toBe(20);
    expect(mostApart(gpu.losses, cpu.losses)).toBeLessThan(TOLERANCE);
    expect(mostApart(gpu.weights, cpu.weights)).toBeLessThan(TOLERANCE);
  });

  it.each([
    ['cpu', 'webgpu'],
    ['webgpu', 'cpu'],
  ])('that was stopped on %s goes on where it was on %s', { timeout: PATIENCE_MS }, async (first, second) => {
    const stayed = await trainOn(first);
    const moved = await trainOn(second, { device: first, step: 10 });
    expect(mostApart(moved.losses, stayed.losses.slice(10))).toBeLessThan(TOLERANCE);
    expect(mostApart(moved.weights, stayed.weights)).toBeLessThan(TOLERANCE);
  });

  it.skipIf(noFloat16)('20 steps in mixed precision have the losses of float32', { timeout: PATIENCE_MS }, async () => {
    const [cpu, mixed] = [await trainOn('cpu'), await trainOn('webgpu', undefined, 'mixed')];
    expect(mostApart(mixed.losses, cpu.losses)).toBeLessThan(MIXED_TOLERANCE);
    // Its products are rounded.
    expect(mostApart(mixed.losses, cpu.losses)).toBeGreaterThan(1e-6);
  });
});
