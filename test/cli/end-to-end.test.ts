import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LearningCurveModel } from '../../infer/learning-curve.node.ts';
import type { ModelConfig } from '../../model/config.ts';
import { checkpointFiles } from '../../model/export.ts';
import { initialWeights, parameterCount } from '../../model/parameters.ts';

const MAIN = new URL('../../cli/main.ts', import.meta.url).pathname;
const ROOT = new URL('../..', import.meta.url).pathname;

/** An untrained network: its head is zero, so that every answer is the distribution of equal logits over the bars. */
const MODEL: ModelConfig = {
  numFeatures: 1,
  xFeatures: [{ kind: 'linear', center: 50, scale: 29 }],
  yFeatures: [{ kind: 'linear', center: 0.5, scale: 0.3 }],
  numLayers: 2,
  width: 8,
  numHeads: 2,
  hidden: 12,
  activation: 'gelu',
  head: 'bars',
  numOutputs: 40,
};

let folder: string;
/** A checkpoint whose prior has 50 steps. */
let shorter: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
  const about = {
    name: 'untrained',
    model: MODEL,
    prior: { name: 'learning-curve', options: { numSteps: 100 } },
    training: { steps: 0 },
    metrics: null,
  };
  const borders = Float64Array.from({ length: 41 }, (_, k) => -0.5 + k / 20);
  const write = async (to: string, of: typeof about) => {
    const weights = initialWeights(MODEL, () => 0.5);
    const files = await checkpointFiles(of, weights, borders, 'untrained');
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(to, name), bytes);
  };
  await write(folder, about);
  shorter = join(folder, 'shorter');
  mkdirSync(shorter);
  await write(shorter, { ...about, prior: { name: 'learning-curve', options: { numSteps: 50 } } });
});
afterAll(() => rmSync(folder, { recursive: true }));

function pfn(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('extrapolate refuses a checkpoint of another prior than it answers for', () => {
  const { status, stderr } = pfn('extrapolate', 'examples/data/imagenet-resnet50.csv', '--checkpoint', shorter);
  expect(status).toBe(1);
  expect(stderr).toContain(
    `untrained: expected a checkpoint of the prior 'training-run' in units of the context, or of 'learning-curve' with numSteps 100, got 'learning-curve' {"numSteps":50}. Use another checkpoint.\n`,
  );
});

test('ten thousand forecasts leave memory where it was', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const model = await LearningCurveModel.load(folder, { threads: 1 });
  const steps = Array.from({ length: 50 }, (_, i) => i + 1);
  const curve = { name: 'run', steps, values: steps.map((step) => step / 100) };
  const residentAfter = async (calls: number) => {
    for (let call = 0; call < calls; call++) await model.extrapolate(curve, { keepDistributions: false });
    collect();
    return process.memoryUsage().rss;
  };
  const settled = await residentAfter(2000);
  const grown = (await residentAfter(8000)) - settled;
  await model.dispose();
  // The heap breathes by some 20 MB. Logits kept by mistake would be 8000 x 50 steps x 40 bars x 4 bytes = 64 MB, the context's keys more.
  expect(grown).toBeLessThan(48e6);
});

test('extrapolate answers from a folder, for the example of the README', () => {
  const file = 'examples/data/imagenet-resnet50.csv';
  const bare = ['--checkpoint', folder, '--lower', 'none', '--upper', 'none'];
  const { status, stdout, stderr } = pfn('extrapolate', file, ...bare, '--observed', '40%', '--json');
  expect([status, stderr]).toEqual([
    0,
    expect.stringContaining("goal maximize: 'validation accuracy' is better the higher it is"),
  ]);
  const { checkpoint, curves } = JSON.parse(stdout);
  expect(checkpoint).toBe('untrained');
  expect([curves[0].lower, curves[0].upper]).toEqual([null, null]);
  expect([curves[0].observed, curves[0].steps.length, curves[0].final.step]).toEqual([25, 37, 169205]);
  // 38 inner bars of equal mass between the half-normal tails: the quartiles are 9.5 bars of mass 1/40 from the median.
  expect(curves[0].quantiles['0.5'][0]).toBeCloseTo(0.5, 5);
  expect(curves[0].quantiles['0.75'][0]).toBeCloseTo(1, 5);
  expect(curves[0].logDensity[0]).toBeCloseTo(Math.log(1 / 40 / 0.05), 5);
});

test('extrapolate prints to people too', () => {
  const { status, stdout } = pfn(
    'extrapolate',
    'examples/data/imagenet-resnet50-unfinished.csv',
    '--checkpoint',
    folder,
  );
  expect(status).toBe(0);
  expect(stdout).toContain('validation accuracy by step');
  expect(stdout).toMatch(/\nuntrained on cpu \(.*\), \d\.\d{3} s\n$/);
});

test('evaluate scores the untrained network as worked out by hand', () => {
  const file = join(folder, 'curves.csv');
  writeFileSync(file, Array.from({ length: 3 }, () => new Array(10).fill(0.52).join(',')).join('\n'));
  const { status, stdout } = pfn('evaluate', folder, '--curves', file, '--cutoffs', '10,50', '--json');
  expect(status).toBe(0);
  const { curves, cutoffs } = JSON.parse(stdout);
  expect(curves).toBe(3);
  for (const cutoff of ['10', '50']) {
    expect(cutoffs[cutoff].logLikelihood).toBeCloseTo(Math.log(1 / 40 / 0.05), 5);
    expect(cutoffs[cutoff].mse).toBeCloseTo(0.02 ** 2, 5);
    expect(cutoffs[cutoff].coverage90).toBe(1);
  }
});

test('info tells what a checkpoint is and verifies its files', () => {
  const { status, stdout } = pfn('info', folder, '--json');
  expect(status).toBe(0);
  const info = JSON.parse(stdout);
  expect(info).toMatchObject({ name: 'untrained', formatVersion: 1, prior: { name: 'learning-curve' }, metrics: null });
  expect(info.parameters).toBe(parameterCount(MODEL));
  expect(info.answers).toBe(
    "posterior predictive under the prior 'learning-curve': 1 input feature, a distribution over 40 bars per query",
  );
  expect(info.files['weights.safetensors']).toMatchObject({
    status: 'verified',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(pfn('info', folder).stdout).toMatch(/^checkpoint {2}untrained \(format 1\) in /);
});

test('info says in words what a checkpoint can be told and how well it does', () => {
  const { stdout } = pfn('info', 'gp');
  expect(stdout).toContain("under the prior 'gaussian-process': 1 to 5 input features, a mixture of 12 normals");
  expect(stdout).toContain(
    'lengthScale 0.05..2, noise 0.01..0.5, kernel rbf or matern32 or matern52, numInputs 1 or 2 or 3 or 4 or 5\n',
  );
  const config = readFileSync(new URL('../../checkpoints/gp/config.json', import.meta.url), 'utf8');
  const { heldOut } = JSON.parse(config).metrics;
  expect(stdout).toContain(
    `\nmetrics     log-likelihood of unseen rows of 2000 held-out draws from the prior (nats): ${heldOut['12'].toFixed(3)} with 12 context rows, `,
  );
});

test('a changed weights file is one line and exit code 1', () => {
  const copy = mkdtempSync(join(tmpdir(), 'pfnkit-'));
  try {
    spawnSync('cp', ['-r', `${folder}/.`, copy]);
    appendFileSync(join(copy, 'weights.safetensors'), 'x');
    const { status, stdout, stderr } = pfn('info', copy);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^pfn info: .*weights\.safetensors: expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}\. [^\n]*\n$/,
    );
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test('an unknown checkpoint is one line that lists the known ones', () => {
  const { status, stderr } = pfn('info', 'no-such');
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^pfn info: no-such: expected a checkpoint folder or one of the shipped checkpoints \([^\n]*\n$/,
  );
});
