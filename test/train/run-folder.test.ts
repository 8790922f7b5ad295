import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseRecipe, setUp } from '../../train/config.ts';
import { appendLog, createRun, readRunState, saveState, writeCheckpoint } from '../../train/run-folder.ts';
import { initialState, readState, stateBytes } from '../../train/state.ts';

const folder = mkdtempSync(join(tmpdir(), 'pfnkit-run-folder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function newFolder(name: string): string {
  const own = join(folder, name);
  mkdirSync(own);
  return own;
}

const recipe = parseRecipe(
  {
    prior: { name: 'learning-curve', options: { numSteps: 10 } },
    model: { numLayers: 1, width: 8, numHeads: 2, hidden: 8, numBars: 20 },
    training: { steps: 9, batchSize: 4 },
  },
  'test',
);
const setup = await setUp(recipe);
const state = initialState(setup.startWeights);

describe('the folder of a run', () => {
  it.each(['log.jsonl', 'state.safetensors', 'config.json'])('is no other one that has a %s', (file) => {
    const own = newFolder(file);
    writeFileSync(join(own, file), '{}');
    expect(() => createRun(own, recipe)).toThrow(
      `${own}: there is a run in this folder already. Continue it with --resume, or choose another --out.`,
    );
    expect([readdirSync(own), readFileSync(join(own, file), 'utf8')]).toEqual([[file], '{}']);
  });

  it('cannot lie within a file', () => {
    const file = join(newFolder('within'), 'file');
    writeFileSync(file, '');
    const own = join(file, 'run');
    expect(() => createRun(own, recipe)).toThrow(`${own}: cannot be made a folder (ENOTDIR). Choose another --out.`);
  });

  it('resumed, has a log up to the saved step, without a line that was cut short', () => {
    const own = newFolder('resumed');
    saveState(own, { ...state, step: 4 });
    for (const step of [2, 4, 6]) appendLog(own, { step, loss: 1 });
    appendFileSync(join(own, 'log.jsonl'), '{"step":3,"lo');
    expect(readRunState(own, setup)?.step).toBe(4);
    expect(readFileSync(join(own, 'log.jsonl'), 'utf8')).toBe('{"step":2,"loss":1}\n{"step":4,"loss":1}\n');
  });

  it('has a config.json only once all other files are there, and no part of a file', async () => {
    const own = newFolder('unwritten');
    // What is no file cannot be replaced by one.
    mkdirSync(join(own, 'weights.safetensors', 'inside'), { recursive: true });
    await expect(writeCheckpoint(own, recipe, setup, state, null)).rejects.toThrow(
      'weights.safetensors: cannot be written (EISDIR). Check folder and permissions.',
    );
    expect(existsSync(join(own, 'config.json'))).toBe(false);
    expect(readdirSync(own).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

it('a state of another network is refused, be it smaller or larger', () => {
  const count = state.weights.length;
  for (const expected of [count - 1, count + 1]) {
    expect(() => readState(stateBytes(state), 'state', expected)).toThrow(
      `state: expected ${expected} numbers in 'weights', got ${count}. The state belongs to another model.`,
    );
  }
});
