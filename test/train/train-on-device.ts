/**
 * A process of its own, because a driver is found, or not, as a process starts: trains on a device, from a saved state where one is named, saves
 * every state in the folder, and prints losses and weights as JSON. Arguments: device, precision, recipe as JSON, folder, state.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiledEngine } from '../../engine/compiled.ts';
import type { Precision } from '../../engine/devices.ts';
import { parameterCount } from '../../model/parameters.ts';
import { parseRecipe, setUp } from '../../train/config.ts';
import { readState, stateBytes } from '../../train/state.ts';
import { train } from '../../train/train.ts';

const [device, precision, recipeJson, folder, from] = process.argv.slice(2);
const recipe = parseRecipe(JSON.parse(recipeJson), 'test');
const setup = await setUp(recipe);
const state = from ? readState(readFileSync(from), from, parameterCount(setup.model)) : undefined;
const losses: number[] = [];
const { weights } = await train(recipe, setup, {
  engine: compiledEngine({ device: device as 'cpu' | 'webgpu', precision: precision as Precision, threads: 1 }),
  workers: 0,
  state,
  onStep: ({ loss }) => void losses.push(loss),
  saveEvery: 1,
  onSave: (current) => writeFileSync(join(folder, `${device}-${current.step}.safetensors`), stateBytes(current)),
});
process.stdout.write(JSON.stringify({ losses, weights: Array.from(weights) }));
