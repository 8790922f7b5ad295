import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckpointConfig } from '../../model/checkpoint.ts';
import { countLayers } from '../../model/config.ts';
import { toldColumns } from '../../model/features.ts';
import { type Hyperparameter, NUM_INPUTS } from '../../model/hyperparameters.ts';
import type { Command } from '../command.ts';
import { JSON_OPTION } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';
import { heldOutText } from '../wording.ts';

interface Options {
  readonly json?: boolean;
}

export const command: Command<Options> = {
  arguments: [{ name: '<checkpoint>', description: 'name of a shipped checkpoint, or a folder' }],
  options: [JSON_OPTION],
  examples: ['info lc', 'info runs/lc --json'],
  run,
};

interface FileInfo {
  readonly bytes: number;
  readonly sha256: string;
  /** Only files that loading does not need (README.md) can be other than verified. */
  readonly status: 'verified' | 'changed' | 'missing';
}

async function run([nameOrFolder]: readonly string[], { json }: Options, terminal: Terminal): Promise<void> {
  const { checkpointFolder, loadCheckpoint } = await import('../../infer/load.node.ts');
  const { sha256 } = await import('../../model/checkpoint.ts');
  const { parameterCount } = await import('../../model/parameters.ts');
  // Refuses a folder whose weights or graphs are not the ones of its config.json.
  const folder = checkpointFolder(nameOrFolder);
  const { config } = await loadCheckpoint(folder);
  const files: Record<string, FileInfo> = {};
  for (const [file, expected] of Object.entries(config.files)) {
    const bytes = existsSync(join(folder, file)) ? readFileSync(join(folder, file)) : null;
    const status = bytes === null ? 'missing' : (await sha256(bytes)) === expected ? 'verified' : 'changed';
    files[file] = { bytes: bytes?.length ?? 0, sha256: expected, status };
  }
  const parameters = parameterCount(config.model);
  const answers = describeAnswer(config);
  const { name, formatVersion, prior, model, training, metrics } = config;
  terminal.out(
    json
      ? JSON.stringify({ name, folder, formatVersion, answers, parameters, prior, model, training, metrics, files })
      : describe(config, { folder, answers, parameters, files }),
  );
}

function describeAnswer({ model, prior }: CheckpointConfig): string {
  const own = model.numFeatures - toldColumns(model);
  const isAnyNumber = model.hyperparameters?.some(({ name }) => name === NUM_INPUTS) ?? false;
  const inputs =
    model.layout === 'cells'
      ? `tables with any number of columns, trained with up to ${model.numFeatures}`
      : `${isAnyNumber ? '1 to ' : ''}${own} input ${own === 1 ? 'feature' : 'features'}`;
  const answer = {
    bars: `a distribution over ${model.numOutputs} bars`,
    normals: `a mixture of ${model.kernels} normals`,
    classes: `up to ${model.numOutputs} class probabilities`,
  }[model.head];
  return `posterior predictive under the prior '${prior.name}': ${inputs}, ${answer} per query`;
}

function describe(
  { name, formatVersion, prior, model, training, metrics }: CheckpointConfig,
  extra: { folder: string; answers: string; parameters: number; files: Readonly<Record<string, FileInfo>> },
): string {
  const { layout, numLayers, width, numHeads, hidden, activation, rowLayers, rowWidth, ridgePenalties } = model;
  const facts = [
    ['checkpoint', `${name} (format ${formatVersion}) in ${extra.folder}`],
    ['answers', extra.answers],
    ...(model.hyperparameters ? [['--given', model.hyperparameters.map(givenChoice).join(', ')]] : []),
    ['prior', `${prior.name} ${flatten(prior.options)}`],
    ['size', `${extra.parameters.toLocaleString('en')} parameters`],
    [
      'network',
      [
        `${countLayers(numLayers)}, width ${width}, ${numHeads} heads, hidden ${hidden}, ${activation}${layout === 'cells' ? ', a token per cell' : ''}`,
        ...(rowLayers ? [`${rowLayers} more with a token per row, width ${rowWidth ?? width}`] : []),
        ...(model.kernels ? [`${model.kernels} kernels`] : []),
        ...(ridgePenalties ? [`ridge regressions with penalties ${ridgePenalties.join(', ')}`] : []),
      ].join('; '),
    ],
    ['training', flatten(training)],
    ['metrics', metrics ? describeMetrics(metrics) : 'none recorded'],
  ];
  const lines = facts.map(([key, value]) => `${key.padEnd(10)}  ${value}`.trimEnd());
  const rows = Object.entries(extra.files).map(([file, { bytes, sha256, status }]) => [
    file,
    bytes.toLocaleString('en'),
    sha256.slice(0, 16),
    status,
  ]);
  return `${lines.join('\n')}\n\n${textTable(['file', 'bytes', 'sha256', 'hash'], rows)}`;
}

/** What can be told of a hyperparameter: `noise 0.01..0.5`, `kernel rbf or matern32`. */
const givenChoice = ({ name, low, high, choices }: Hyperparameter): string =>
  `${name} ${choices ? choices.join(' or ') : `${low}..${high}`}`;

function describeMetrics({ heldOut, heldOutDatasets, ...others }: Readonly<Record<string, unknown>>): string {
  const isScores = (scored: unknown): scored is Record<string, number> =>
    typeof scored === 'object' && scored !== null && Object.values(scored).every((value) => typeof value === 'number');
  if (!isScores(heldOut)) return flatten({ heldOut, heldOutDatasets, ...others });
  const scores = heldOutText(heldOut);
  const rest = flatten(others);
  return `log-likelihood of unseen rows of ${heldOutDatasets} held-out draws from the prior (nats): ${scores}${rest && `, ${rest}`}`;
}

/** Nested plain JSON as `a.b 1, a.c 2`. */
function flatten(value: unknown, path = ''): string {
  if (value === undefined) return '';
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return `${path} ${typeof value === 'string' ? value : JSON.stringify(value)}`.trim();
  }
  return Object.entries(value)
    .map(([key, inner]) => flatten(inner, path ? `${path}.${key}` : key))
    .filter((text) => text !== '')
    .join(', ');
}
