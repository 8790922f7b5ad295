import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import { join, resolve } from 'node:path';
import { PRECISIONS, type Precision } from '../../engine/devices.ts';
import type { Threads } from '../../engine/threads.node.ts';
import type { Checkpoint } from '../../model/checkpoint.ts';
import type { Recipe } from '../../train/config.ts';
import { progressBar, progressLine } from '../../train/log.ts';
import type { TrainState } from '../../train/state.ts';
import type { Progress } from '../../train/train.ts';
import type { Command } from '../command.ts';
import { costLines } from '../cost-lines.ts';
import { UsageError } from '../errors.ts';
import { DEVICE_OPTIONS, type DEVICES, JSON_OPTION, oneOf, wholeNumber } from '../options.ts';
import { isObject } from '../read/lenient-json.ts';
import { decodeText } from '../read/read-text.ts';
import type { Terminal } from '../terminal.ts';
import { counted, heldOutText } from '../wording.ts';

interface Options {
  readonly out: string;
  readonly resume?: boolean;
  readonly startFrom?: string;
  readonly steps?: number;
  readonly accumulate?: number;
  readonly recompute?: boolean;
  readonly workers: number;
  readonly saveEvery: number;
  readonly logEvery: number;
  readonly stopAfter?: number;
  readonly json?: boolean;
  readonly device: (typeof DEVICES)[number];
  readonly threads?: number;
  readonly precision: Precision;
}

export const command: Command<Options> = {
  arguments: [
    {
      name: '[recipe]',
      description:
        'a named recipe, a JSON file, or the module of your own prior (.ts, .js), whose code is run; left out with --resume',
    },
  ],
  options: [
    { flags: '--out <folder>', description: 'the run folder: state, log, and the checkpoint at the end' },
    { flags: '--resume', description: 'continue the run in --out from its last saved state' },
    {
      flags: '--start-from <checkpoint>',
      description: 'start from the weights of a checkpoint with the same network instead of random ones',
    },
    {
      flags: '--steps <n>',
      description: 'of the whole run, instead of what the recipe says',
      parse: wholeNumber('--steps', 1, Number.POSITIVE_INFINITY),
    },
    {
      flags: '--accumulate <parts>',
      description:
        'data sets of a step go through the network in so many parts: less memory, the same step but for rounding',
      parse: wholeNumber('--accumulate', 1, 10_000),
    },
    {
      flags: '--recompute',
      description: 'the backward pass computes the inside of blocks again: less memory, more time, the same step',
    },
    {
      flags: '--workers <n>',
      description: 'threads that draw data sets; any number gives the same result',
      default: 1,
      parse: wholeNumber('--workers', 0, 64),
    },
    {
      flags: '--save-every <steps>',
      description: 'save the state this often',
      default: 200,
      parse: wholeNumber('--save-every', 1, Number.POSITIVE_INFINITY),
    },
    {
      flags: '--log-every <steps>',
      description: 'print and log progress this often',
      default: 50,
      parse: wholeNumber('--log-every', 1, Number.POSITIVE_INFINITY),
    },
    {
      flags: '--stop-after <step>',
      description: 'stop once this many steps are done; --resume goes on',
      parse: wholeNumber('--stop-after', 1, Number.POSITIVE_INFINITY),
    },
    JSON_OPTION,
    ...DEVICE_OPTIONS,
    {
      flags: '--precision <name>',
      description: 'float32, or mixed: the products of layers in float16, where the device (webgpu) has it',
      default: 'float32',
      parse: oneOf('--precision', PRECISIONS),
    },
  ],
  examples: [
    'train lc --out runs/lc',
    'train --out runs/lc --resume',
    'train my-recipe.json --out runs/mine --threads 4',
    'train ./my-prior.ts --out runs/mine --steps 500',
    'train curves --start-from curves --out runs/curves --steps 3000',
  ],
  run,
};

async function run([recipeName]: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const { out, resume, workers } = options;
  if (out === undefined) throw new UsageError('--out is missing. Name a folder for the run, such as --out runs/lc.');
  if (resume && recipeName !== undefined) {
    throw new UsageError(
      `--resume goes on with the recipe in ${out}. Leave out '${recipeName}', or start a new run without --resume.`,
    );
  }
  if (!resume && recipeName === undefined) {
    throw new UsageError(
      'a recipe is missing. Name one (lc), a JSON file or the module of your own prior, or continue a run with --resume.',
    );
  }
  const { setUp } = await import('../../train/config.ts');
  const runFolder = await import('../../train/run-folder.ts');
  if (resume && options.steps !== undefined) {
    throw new UsageError(`--resume goes on with the steps of the recipe in ${out}. Leave out --steps.`);
  }
  if (resume && options.startFrom !== undefined) {
    throw new UsageError(`--resume goes on from the state in ${out}. Leave out --start-from.`);
  }
  const given = withOptions(
    resume ? runFolder.readRunRecipe(out) : await namedRecipe(recipeName, options.steps),
    options,
  );
  const { recipe: started, start } = await withStart(given, options.startFrom);
  const recipe = withModule(started, options);
  const setup = await setUp(recipe, start);
  // Before there is a folder: a device that does not work leaves none behind.
  const { createEngine } = await import('../../engine/device.ts');
  const { chooseThreads } = await import('../../engine/threads.node.ts');
  const threads = chooseThreads(options.threads);
  const { device, precision } = options;
  const engine = await createEngine({ device, threads: threads.threads, precision });
  const state = resume ? runFolder.readRunState(out, setup) : undefined;
  if (!resume) runFolder.createRun(out, recipe);
  else if (options.accumulate !== undefined || options.recompute) runFolder.saveRecipe(out, recipe);
  if (state) terminal.note(`resuming at step ${state.step}`);

  const { name, reason } = engine.device;
  terminal.note(`training on ${name} (${reason})${onThreads(name, threads)}${productsIn(name, precision)}`);
  const { runCost } = await import('../../train/run-cost.ts');
  for (const line of costLines(runCost(recipe, setup), name, freeMemory())) terminal.note(line);
  const { train } = await import('../../train/train.ts');
  const { heldOut } = await import('../../train/evaluate.ts');
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    terminal.note('stopping after the steps under way ...');
  };
  // Ctrl-C, and what schedulers send before they end a job.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  const report = reporter(options, terminal, (entry) => runFolder.appendLog(out, entry));
  let saved: TrainState | undefined;
  const end = await train(recipe, setup, {
    engine,
    workers,
    state,
    stopAfter: options.stopAfter,
    saveEvery: options.saveEvery,
    onSave(current) {
      saved = current;
      runFolder.saveState(out, current);
    },
    onStep(progress) {
      report(progress);
      return interrupted;
    },
  }).catch(async (error) => {
    // A run that cannot go on as it is, such as with an error in its prior, can be another one's start.
    const last = saved ?? state;
    if (last) await runFolder.writeCheckpoint(out, recipe, setup, last, null).catch(() => {});
    throw error;
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
  terminal.progress('');
  runFolder.saveState(out, end);

  const finished = end.step >= recipe.training.steps;
  // First without the scores, so that nothing that stops them costs the run its checkpoint.
  await runFolder.writeCheckpoint(out, recipe, setup, end, null);
  const metrics = finished
    ? await heldOut(engine, recipe, setup, end.weights, (done, total) =>
        terminal.progress(`scoring on held-out draws: ${done} of ${total} batches`),
      )
    : null;
  terminal.progress('');
  if (metrics) await runFolder.writeCheckpoint(out, recipe, setup, end, metrics);
  if (!finished) terminal.note(`stopped at step ${end.step}. Continue with: pfn train --out ${out} --resume`);
  const summary = { out, step: end.step, steps: recipe.training.steps, skipped: end.skipped, metrics };
  if (options.json) terminal.out(JSON.stringify(summary));
  else terminal.out(summaryText(summary));
}

/** What saves memory changes no batch and no step but for rounding, so a run can go on with it. */
function withOptions(recipe: Recipe, { accumulate, recompute }: Pick<Options, 'accumulate' | 'recompute'>): Recipe {
  const saving = { ...(accumulate !== undefined && { accumulate }), ...(recompute && { recompute }) };
  return { ...recipe, training: { ...recipe.training, ...saving } };
}

const onThreads = (device: string, { threads, reason }: Threads): string =>
  device === 'cpu' ? `, ${counted(threads, 'thread')} (${reason})` : '';

/** Where they are not in float32. */
function productsIn(device: string, precision: Precision): string {
  if (precision === 'mixed') return ', products of layers in float16';
  // onnxruntime's choice on GPUs that have it.
  return device === 'cuda' ? ', matrix products in TF32' : '';
}

/** What this process can still take: less than the machine has where it is in a container. */
const freeMemory = (): number => process.availableMemory?.() ?? freemem();

async function namedRecipe(name: string, steps?: number): Promise<Recipe> {
  const { recipes } = await import('../../train/recipes.ts');
  const { parseRecipe } = await import('../../train/config.ts');
  const { isModule } = await import('../../train/load-prior.ts');
  const withSteps = (recipe: Recipe) =>
    steps === undefined ? recipe : { ...recipe, training: { ...recipe.training, steps } };
  if (Object.hasOwn(recipes, name)) return withSteps(parseRecipe(recipes[name], `recipe ${name}`));
  if (!existsSync(name))
    throw new UsageError(
      `${name}: expected a recipe (${Object.keys(recipes).join(', ')}), a JSON file or a module, got none of them.`,
    );
  if (isModule(name)) return withSteps(await ownPriorRecipe(resolve(name)));
  let json: unknown;
  try {
    json = JSON.parse(decodeText(name, readFileSync(name)));
  } catch (error) {
    throw new UsageError(`${name}: expected a recipe as JSON, got ${(error as Error).message}.`);
  }
  const isShort = steps !== undefined && isObject(json) && json.training === undefined;
  return withSteps(parseRecipe(isShort ? { ...(json as object), training: { steps } } : json, name));
}

/** With the hash of the prior's file as the run begins; a run does not go on with another one. What the file imports is not hashed. */
function withModule(recipe: Recipe, { out, resume }: Pick<Options, 'out' | 'resume'>): Recipe {
  const { module, sha256: before } = recipe.prior;
  if (module === undefined) return recipe;
  if (!statSync(module, { throwIfNoEntry: false })?.isFile()) {
    if (!resume) return recipe; // loading it says what is wrong
    throw new Error(
      `${module}: expected the file of the prior, as ${join(out, 'recipe.json')} names it, got no file. Put it back, or correct its path there.`,
    );
  }
  const sha256 = createHash('sha256').update(readFileSync(module)).digest('hex');
  if (resume && before !== undefined && before !== sha256) {
    const remedy = existsSync(join(out, 'config.json'))
      ? `train on from the weights so far: pfn train ${module} --start-from ${out} --out <another folder>`
      : 'start a new run.';
    throw new Error(
      `${module}: expected the file as it was when the run began (sha256 ${before.slice(0, 12)}...), got a changed one. Restore it, or ${remedy}`,
    );
  }
  return { ...recipe, prior: { ...recipe.prior, module: resolve(module), sha256 } };
}

/** The checkpoint that the recipe or `--start-from` names, and the recipe with the hash of its weights. */
async function withStart(
  recipe: Recipe,
  asked: string | undefined,
): Promise<{ readonly recipe: Recipe; readonly start?: Checkpoint }> {
  const startFrom = asked === undefined ? recipe.startFrom : { checkpoint: asked };
  if (startFrom === undefined) return { recipe };
  const { loadCheckpoint, shippedCheckpoints } = await import('../../infer/load.node.ts');
  const start = await loadCheckpoint(startFrom.checkpoint);
  // A folder is found again from wherever the run goes on.
  const isShipped = shippedCheckpoints().includes(startFrom.checkpoint);
  const checkpoint = isShipped ? startFrom.checkpoint : resolve(startFrom.checkpoint);
  const sha256 = start.config.files['weights.safetensors'];
  if (startFrom.sha256 !== undefined && startFrom.sha256 !== sha256) {
    throw new Error(
      `${checkpoint}: expected the checkpoint whose weights have sha256 ${startFrom.sha256}, as the run began with, got ${sha256}. Name that one.`,
    );
  }
  return { recipe: { ...recipe, startFrom: { checkpoint, sha256 } }, start };
}

async function ownPriorRecipe(module: string): Promise<Recipe> {
  const { loadPrior } = await import('../../train/load-prior.ts');
  const { recipeForPrior } = await import('../../train/recipes.ts');
  const { parseRecipe } = await import('../../train/config.ts');
  const prior = await loadPrior({ name: '', options: {}, module });
  return parseRecipe(recipeForPrior({ name: prior.name, options: prior.options, module }, prior), module);
}

/** Every `logEvery` steps one line on stderr and in the log; on a TTY a bar that is redrawn at every step. */
function reporter({ logEvery }: Options, terminal: Terminal, log: (entry: Readonly<Record<string, unknown>>) => void) {
  let [numDatasets, dataMs, computeMs, count] = [0, 0, 0, 0];
  return (progress: Progress) => {
    numDatasets += progress.numDatasets;
    dataMs += progress.dataMs;
    computeMs += progress.computeMs;
    count++;
    const rates = { numDatasets: numDatasets / count, dataMs: dataMs / count, computeMs: computeMs / count };
    const line = progressLine(progress, rates);
    terminal.progress(`${progressBar(progress.step / progress.steps)} ${line}`);
    if (progress.step % logEvery !== 0 && progress.step !== progress.steps) return;
    if (!process.stderr.isTTY) process.stderr.write(`${line}\n`);
    const { step, averageLoss, learningRate, gradientNorm, skipped } = progress;
    log({
      step,
      loss: averageLoss,
      learningRate,
      gradientNorm,
      skipped,
      dataMs: rates.dataMs,
      computeMs: rates.computeMs,
    });
    numDatasets = dataMs = computeMs = count = 0;
  };
}

function summaryText({
  out,
  step,
  steps,
  metrics,
}: {
  readonly out: string;
  readonly step: number;
  readonly steps: number;
  readonly metrics: { readonly heldOut: Readonly<Record<string, number>> } | null;
}): string {
  if (!metrics) return `${out}: checkpoint after ${step} of ${steps} steps`;
  const scores = heldOutText(metrics.heldOut);
  return `${out}: checkpoint after ${step} steps. Held-out log-likelihood per unseen row (nats): ${scores}`;
}
