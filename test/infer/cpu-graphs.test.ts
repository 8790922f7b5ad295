/** Checkpoints whose graphs are others on the CPU: those of networks that solve linear systems. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession } from '../../engine/session.ts';
import { loadCheckpoint, loadPredictor } from '../../infer/load.node.ts';
import { createPredictor, type Predictor } from '../../infer/predictor.ts';
import { parseRecipe, setUp } from '../../train/config.ts';
import { writeCheckpoint } from '../../train/run-folder.ts';
import { initialState } from '../../train/state.ts';

const parent = mkdtempSync(join(tmpdir(), 'pfnkit-graphs-'));
const folder = join(parent, 'solving');
afterAll(() => rmSync(parent, { recursive: true, force: true }));

beforeAll(async () => {
  const recipe = parseRecipe(
    {
      prior: { name: 'gaussian-process' },
      model: {
        numLayers: 1,
        width: 8,
        numHeads: 2,
        hidden: 8,
        kernels: 3,
        corrections: true,
      },
      training: { steps: 1 },
    },
    'test',
  );
  mkdirSync(folder);
  const setup = await setUp(recipe);
  await writeCheckpoint(folder, recipe, setup, { ...initialState(setup.startWeights), step: 1 }, null);
});

/** Of the 20 bars, for two queries. */
const probabilities = async (predictor: Predictor) => {
  const x = Float32Array.of(0.1, 0.4, 0.5, 0.9);
  const context = await predictor.condition({ numDatasets: 1, numContext: 4, x, y: x.map(Math.cos) });
  const found = await context.predict({ numQuery: 2, x: Float32Array.of(0.3, 0.7) });
  await predictor.dispose();
  const powers = found.map(Math.exp);
  return powers.map((power, i) => power / powers.slice(i < 20 ? 0 : 20, i < 20 ? 20 : 40).reduce((a, b) => a + b));
};

/** The folder without a file, or with another text in it. */
function copyWith(name: string, file: string, text?: string): string {
  const copy = join(parent, name);
  mkdirSync(copy);
  for (const each of readdirSync(folder)) if (each !== file) copyFileSync(join(folder, each), join(copy, each));
  if (text !== undefined) writeFileSync(join(copy, file), text);
  return copy;
}

describe('a checkpoint with graphs for the CPU', () => {
  it('answers on the CPU as its portable graphs do', async () => {
    const portable = await Promise.all(
      ['condition.onnx', 'predict.onnx'].map((file) => createSession(join(folder, file), { threads: 1 })),
    );
    const slow = createPredictor(
      await loadCheckpoint(folder),
      { condition: portable[0], predict: portable[1] },
      { name: 'cpu', reason: 'test' },
    );
    const expected = await probabilities(slow);
    const found = await probabilities(await loadPredictor(folder, { threads: 1 }));
    found.forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k], 2);
    });
  });

  it('keeps of a context what queries read, and nothing else', async () => {
    const [context, query] = await Promise.all(
      ['condition', 'predict'].map((name) => InferenceSession.create(join(folder, `${name}.cpu.onnx`))),
    );
    expect(['queryX', ...context.outputNames].toSorted()).toEqual(query.inputNames.toSorted());
    await Promise.all([context.release(), query.release()]);
  });

  it('is refused by name where one of them is missing or changed', async () => {
    await expect(loadCheckpoint(copyWith('less', 'condition.cpu.onnx'))).rejects.toThrow(
      'but condition.cpu.onnx is missing',
    );
    await expect(loadCheckpoint(copyWith('changed', 'predict.cpu.onnx', 'x'))).rejects.toThrow(
      'predict.cpu.onnx: expected sha256',
    );
  });

  it('has none where both would be the same', () => {
    expect(readdirSync('checkpoints/lc').filter((file) => file.endsWith('.cpu.onnx'))).toEqual([]);
  });
});
