import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Files } from '../model/checkpoint.ts';
import { checkpointFiles } from '../model/export.ts';
import { parameterCount } from '../model/parameters.ts';
import { modelCard } from './card.ts';
import { parseRecipe, type Recipe, type Setup } from './config.ts';
import { readState, stateBytes, type TrainState } from './state.ts';
import { writeFileAtomic } from './write-file.ts';

/**
 * The folder of a run: recipe.json, state.safetensors (weights, moments, step), log.jsonl, and the checkpoint files once it ends.
 * Every file is written whole or not at all, so a run can be killed at any time.
 */
const RECIPE = 'recipe.json';
const STATE = 'state.safetensors';
const LOG = 'log.jsonl';

/** Throws where a run is already there: nothing is ever overwritten. */
export function createRun(folder: string, recipe: Recipe): void {
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new Error(
      `${folder}: expected a folder or a path where there is nothing yet, got a file. Choose another --out.`,
    );
  // A recipe alone is left by a run that failed before its first step.
  for (const file of [STATE, LOG, 'config.json']) {
    if (existsSync(join(folder, file)))
      throw new Error(
        `${folder}: there is a run in this folder already. Continue it with --resume, or choose another --out.`,
      );
  }
  const path = join(folder, RECIPE);
  if (existsSync(path) && readFileSync(path, 'utf8') !== recipeText(recipe))
    throw new Error(
      `${folder}: there is another recipe in this folder already. Choose another --out, or remove ${RECIPE}.`,
    );
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${folder}: cannot be made a folder (${code}). Choose another --out.`);
  }
  saveRecipe(folder, recipe);
}

const recipeText = (recipe: Recipe): string => `${JSON.stringify(recipe, null, 2)}\n`;

export function saveRecipe(folder: string, recipe: Recipe): void {
  writeFileAtomic(join(folder, RECIPE), recipeText(recipe));
}

export function readRunRecipe(folder: string): Recipe {
  const path = join(folder, RECIPE);
  if (!existsSync(path))
    throw new Error(
      `${folder}: expected a run to resume, but ${RECIPE} is missing. Start one with: pfn train <recipe> --out ${folder}`,
    );
  let recipe: unknown;
  try {
    recipe = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(
      `${path}: expected JSON, got ${(error as Error).message}. Restore it from the recipe that began the run.`,
    );
  }
  return parseRecipe(recipe, path);
}

/** The last saved state, and the log cut back to it; undefined when the run ended before its first save. Throws where a checkpoint is all that is left of a run: it would be overwritten. */
export function readRunState(folder: string, { model }: Setup): TrainState | undefined {
  const path = join(folder, STATE);
  const state = existsSync(path) ? readState(readFileSync(path), path, parameterCount(model)) : undefined;
  if (state === undefined && existsSync(join(folder, 'config.json'))) {
    throw new Error(
      `${folder}: expected a run to resume, but ${STATE} is missing, and what is left is a checkpoint. Train on from its weights with: pfn train ${join(folder, RECIPE)} --start-from ${folder} --out <another folder>`,
    );
  }
  const log = join(folder, LOG);
  if (existsSync(log)) {
    const done = state?.step ?? 0;
    const lines = readFileSync(log, 'utf8').split('\n');
    const kept = lines.filter((line) => (parseLine(line)?.step ?? Number.POSITIVE_INFINITY) <= done);
    writeFileAtomic(log, kept.map((line) => `${line}\n`).join(''));
  }
  return state;
}

/** A line of the log; undefined for the empty or torn line that a killed run leaves at the end. */
function parseLine(line: string): { readonly step: number } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export function saveState(folder: string, state: TrainState): void {
  writeFileAtomic(join(folder, STATE), stateBytes(state));
}

export function appendLog(folder: string, entry: Readonly<Record<string, unknown>>): void {
  appendFileSync(join(folder, LOG), `${JSON.stringify(entry)}\n`);
}

/** Writes the checkpoint of a state; config.json last, because it names the hashes of the others. */
export async function writeCheckpoint(
  folder: string,
  recipe: Recipe,
  setup: Setup,
  state: TrainState,
  metrics: Readonly<Record<string, unknown>> | null,
): Promise<void> {
  const name = basename(resolve(folder));
  const { prior, seed, ...rest } = recipe;
  const training = {
    seed,
    ...rest.training,
    // Of a folder its name: a checkpoint is for others too, who know nothing of where it lay.
    ...(rest.startFrom && { startFrom: { ...rest.startFrom, checkpoint: basename(rest.startFrom.checkpoint) } }),
    stepsDone: state.step,
    skipped: state.skipped,
    // With maxCells, batches are of any size.
    ...(recipe.training.maxCells === undefined && { datasets: state.step * recipe.training.batchSize }),
  };
  const about = {
    name,
    model: setup.model,
    prior: { name: setup.prior.name, options: setup.prior.options },
    training,
    metrics,
  };
  const files: Files = await checkpointFiles(about, state.weights, setup.borders, modelCard(about));
  const names = Object.keys(files).filter((file) => file !== 'config.json');
  for (const file of [...names, 'config.json']) writeFileAtomic(join(folder, file), files[file]);
}
