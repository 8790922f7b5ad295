import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Files, filesOf, readCheckpoint, sha256 } from '../../model/checkpoint.ts';
import { readSafetensors, writeSafetensors } from '../../model/safetensors.ts';

const folder = new URL('../../checkpoints/lc/', import.meta.url);
const bytesOf = (file: string) => new Uint8Array(readFileSync(new URL(file, folder)));
const config = JSON.parse(readFileSync(new URL('config.json', folder), 'utf8'));
const files = Object.fromEntries(
  ['config.json', ...filesOf(bytesOf('config.json'), 'lc')].map((file) => [file, bytesOf(file)]),
);

/** The files of `lc` with another config. */
const withConfig = (changed: unknown): Files => ({
  ...files,
  'config.json': new TextEncoder().encode(JSON.stringify(changed)),
});

describe('a checkpoint', () => {
  it('whose files are whole is read', async () => {
    expect((await readCheckpoint(files, 'lc')).config).toEqual(config);
  });

  it.each<[string, unknown, string]>([
    ['no object', null, "expected a field 'formatVersion', got none. This is not a pfnkit checkpoint."],
    ['no network', { ...config, model: null }, "expected a field 'model', got null."],
    ['a list of files', { ...config, files: [] }, "expected a field 'files', got []."],
    [
      'a network without sizes',
      { ...config, model: { head: 'bars' } },
      'expected model.numFeatures, a whole number, got none.',
    ],
    [
      'a network without outputs',
      { ...config, model: { ...config.model, numOutputs: 0 } },
      'expected model.numOutputs, a whole number, got 0.',
    ],
    ['no features', { ...config, model: { ...config.model, xFeatures: null } }, 'expected model.xFeatures, a list'],
    ['no training', { ...config, training: null }, "expected a field 'training', got null."],
    [
      'other numbers of outputs than its kernels have',
      { ...config, model: { ...config.model, head: 'normals', kernels: 4, numOutputs: 13 } },
      'expected 3 outputs for each of the 4 kernels, got 13. Get the checkpoint again.',
    ],
    ['no files', { ...config, files: null }, "expected a field 'files', got null."],
    ['a number for a name', { ...config, name: 3 }, "expected a field 'name', got 3."],
    // Whatever else a later format has.
    ['a later format', { formatVersion: 99 }, 'expected checkpoint format 1, got 99. Update pfnkit.'],
  ])('with a config that is wrong is refused in one line: %s', async (_, changed, message) => {
    await expect(readCheckpoint(withConfig(changed), 'lc')).rejects.toThrow(message);
  });

  it.each([
    ['a border less', -1],
    ['a border more', 1],
  ])('with %s than its bars have is refused', async (_, more) => {
    const { tensors } = readSafetensors(files['weights.safetensors'], 'lc');
    const count = config.model.numOutputs + 1 + more;
    const borders = { shape: [count], data: Float32Array.from({ length: count }, (_, k) => k) };
    const weights = writeSafetensors({ ...tensors, borders });
    const changed = { ...config, files: { ...config.files, 'weights.safetensors': await sha256(weights) } };
    await expect(readCheckpoint({ ...withConfig(changed), 'weights.safetensors': weights }, 'lc')).rejects.toThrow(
      `expected the ${config.model.numOutputs + 1} borders of ${config.model.numOutputs} bars, got ${count}`,
    );
  });
});
