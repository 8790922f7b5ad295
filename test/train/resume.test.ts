import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recipes } from '../../train/recipes.ts';

const folder = mkdtempSync(join(tmpdir(), 'pfnkit-resume-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const recipe = {
  prior: { name: 'learning-curve', options: { numSteps: 30 } },
  model: { numLayers: 2, width: 16, numHeads: 2, hidden: 24, numBars: 20, xFeatures: ['linear', 'log'] },
  training: { steps: 120, batchSize: 4, learningRate: 0.003, optimizer: 'muon' },
  seed: 5,
};
const recipeFile = join(folder, 'recipe.json');
writeFileSync(recipeFile, JSON.stringify(recipe));

function pfn(...args: string[]): { process: ChildProcess; done: Promise<{ code: number | null; stderr: string }> } {
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/main.ts', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const done = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, stderr })),
  );
  return { process: child, done };
}

const common = ['--threads', '1', '--save-every', '10', '--log-every', '10'];

describe('a run', () => {
  it('killed in the middle and resumed ends with weights bit-identical to the uninterrupted run', async () => {
    const whole = join(folder, 'whole');
    const killed = join(folder, 'killed');
    expect(await pfn('train', recipeFile, '--out', whole, '--workers', '1', ...common).done).toMatchObject({ code: 0 });

    const first = pfn('train', recipeFile, '--out', killed, '--workers', '2', ...common);
    // Killed as soon as a state in the middle was saved, whenever that is.
    const state = join(killed, 'state.safetensors');
    while (!existsSync(state)) await new Promise((resolve) => setImmediate(resolve));
    first.process.kill('SIGKILL');
    expect((await first.done).code).toBe(null);
    expect(existsSync(join(killed, 'config.json'))).toBe(false);

    const second = await pfn('train', '--out', killed, '--resume', '--workers', '0', ...common).done;
    expect(second.code).toBe(0);
    expect(second.stderr).toMatch(/resuming at step \d+0\n/);
    for (const file of ['weights.safetensors', 'state.safetensors', 'condition.onnx', 'predict.onnx']) {
      expect(readFileSync(join(killed, file)).equals(readFileSync(join(whole, file))), file).toBe(true);
    }
    const steps = (run: string) =>
      readFileSync(join(run, 'log.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).step);
    expect(steps(killed)).toEqual(steps(whole));
  });

  it('stops on Ctrl-C with its state saved, and says how to go on', async () => {
    const out = join(folder, 'interrupted');
    const run = pfn('train', recipeFile, '--out', out, '--workers', '0', ...common);
    while (!existsSync(join(out, 'state.safetensors'))) await new Promise((resolve) => setImmediate(resolve));
    run.process.kill('SIGINT');
    const { code, stderr } = await run.done;
    expect(code).toBe(0);
    expect(stderr).toContain(`Continue with: pfn train --out ${out} --resume`);
    expect(existsSync(join(out, 'config.json'))).toBe(true);
  });

  it('is never overwritten', async () => {
    const out = join(folder, 'whole');
    const { code, stderr } = await pfn('train', recipeFile, '--out', out).done;
    expect(code).toBe(1);
    expect(stderr).toContain(
      `${out}: there is a run in this folder already. Continue it with --resume, or choose another --out.`,
    );
  });

  it('needs a recipe that can be read, with fields that are known', async () => {
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, JSON.stringify({ ...recipe, training: { ...recipe.training, learningrate: 1 } }));
    const misspelt = await pfn('train', bad, '--out', join(folder, 'x')).done;
    expect(misspelt.stderr).toContain(`${bad}: training: Unrecognized key: "learningrate"`);
    const both = await pfn('train', 'lc', '--out', join(folder, 'whole'), '--resume').done;
    expect(both).toMatchObject({ code: 2 });
    expect(both.stderr).toContain("Leave out 'lc', or start a new run without --resume.");
    const unknown = await pfn('train', 'no-such', '--out', join(folder, 'x')).done;
    expect(unknown).toMatchObject({ code: 2 });
    expect(unknown.stderr).toContain(
      `no-such: expected a recipe (${Object.keys(recipes).join(', ')}), a JSON file or a module, got none of them.`,
    );
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });

  it('leaves no folder behind where the device cannot do what is asked for', async () => {
    const out = join(folder, 'no-float16');
    const { code, stderr } = await pfn('train', recipeFile, '--out', out, '--precision', 'mixed').done;
    expect(code).toBe(1);
    expect(stderr).toContain('mixed precision: expected the device webgpu, got cpu, where it is not built.');
    expect(existsSync(out)).toBe(false);
  });
});
