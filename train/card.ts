import type { CheckpointConfig } from '../model/checkpoint.ts';
import { countLayers, type ModelConfig } from '../model/config.ts';
import { parameterCount } from '../model/parameters.ts';

/** The model card of a checkpoint, from what is known of it: nothing in it is written by hand. */
export function modelCard({
  name,
  model,
  prior,
  training,
  metrics,
}: Omit<CheckpointConfig, 'formatVersion' | 'files'>): string {
  const heldOut = (metrics?.heldOut ?? {}) as Readonly<Record<string, number>>;
  const rows = Object.entries(heldOut).map(([numContext, value]) => `| ${numContext} | ${value.toFixed(3)} |`);
  const options = Object.keys(prior.options).length > 0 ? ` with options \`${JSON.stringify(prior.options)}\`` : '';
  return `# ${name}

A prior-data fitted network: the posterior predictive distribution under the prior \`${prior.name}\`${options}, in one forward pass.

- Network: two-stream transformer${model.layout === 'cells' ? ' with a token per cell' : ''}, ${layersOf(model)}, ${model.numHeads} heads, ${parameterCount(model).toLocaleString('en')} parameters, ${model.head === 'normals' ? model.kernels : model.numOutputs} ${model.head}.
- Training: ${training.stepsDone} of ${training.steps} steps of ${training.maxCells === undefined ? '' : 'up to '}${training.batchSize} data sets drawn from the prior, seed ${training.seed}${startedFrom(training)}. \`recipe.json\` has every setting; \`pfn train recipe.json --out runs/${name}\` repeats it.
- It answers for data like its prior's; on other data its intervals can be wrong without a sign of it.
${rows.length > 0 ? `\nMean log-likelihood (nats) of the unseen rows of ${metrics?.heldOutDatasets} held-out draws from the prior, by number of context rows:\n\n| context rows | log-likelihood |\n|---|---|\n${rows.join('\n')}\n` : ''}
\`config.json\` describes the network and holds the sha256 of the other files; \`condition.onnx\` and \`predict.onnx\` read their weights from
\`weights.safetensors\`. They use standard ONNX operators only, so any ONNX runtime can load them; nothing here is executed.
`;
}

/** Where the weights began, when not at random. */
function startedFrom({ startFrom }: Readonly<Record<string, unknown>>): string {
  if (startFrom === undefined) return '';
  const { checkpoint, sha256 } = startFrom as { readonly checkpoint: string; readonly sha256: string };
  return `, from the weights of \`${checkpoint}\` (sha256 ${sha256.slice(0, 12)})`;
}

const layersOf = ({ numLayers, width, rowLayers = 0, rowWidth = width }: ModelConfig): string =>
  rowLayers === 0
    ? `${countLayers(numLayers)}, width ${width}`
    : `${countLayers(numLayers)} of cells, width ${width}, and ${rowLayers} of rows, width ${rowWidth}`;
