import { categorical } from '../../model/categorical.ts';
import { argmax } from '../../model/scores.ts';
import type { Predictor } from '../predictor.ts';
import type { CallEstimate } from './ask.ts';
import { type ClassNode, classProbabilities, classTree, nodesOf } from './class-tree.ts';
import {
  checkNetwork,
  checkOptions,
  createEnsemble,
  drawMembers,
  type Ensemble,
  encoderFor,
  type PredictOptions,
  requireFit,
  rowsTask,
  type TabularOptions,
} from './ensemble.ts';
import { fitLabels, type Label } from './labels.ts';
import { shuffled } from './random.ts';
import type { Table } from './table.ts';

export interface TabularClassifier {
  readonly predictor: Predictor;
  /** The labels of the last fit, sorted: the columns of `predictProba`. */
  readonly classes: readonly Label[];
  /**
   * Takes rows with known labels as the context of all later predictions; nothing is trained. Resolves to this. An error leaves the
   * last fit as it was.
   */
  fit(X: Table, y: readonly Label[]): Promise<this>;
  /** The most probable label of each row, of the type that `y` had. */
  predict(X: Table, options?: PredictOptions): Promise<Label[]>;
  /** Probabilities [rows][classes]; each row sums to 1. No row depends on the others. */
  predictProba(X: Table, options?: PredictOptions): Promise<number[][]>;
  /** How long a prediction of so many rows would take here, roughly, and its memory. Measures this machine for a moment. */
  estimate(numQuery: number): Promise<CallEstimate>;
  dispose(): Promise<void>;
}

interface Fitted {
  readonly classes: readonly Label[];
  readonly ensemble: Ensemble;
  /** Of each member: its tree, and which task asks each of its nodes. */
  readonly members: readonly { readonly tree: ClassNode; readonly weight: number }[];
  readonly nodes: readonly ClassNode[];
}

/** Classification of tables with any predictor that was trained on them (layout `cells`). */
export function createTabularClassifier(predictor: Predictor, options: TabularOptions = {}): TabularClassifier {
  const settings = checkOptions('TabularClassifier', options);
  checkNetwork('TabularClassifier', predictor, 'classes');
  const { numOutputs } = predictor.config.model;
  let fitted: Fitted | undefined;
  const known = (call: string): Fitted => requireFit(fitted, call);

  function contextOf(X: Table, y: readonly Label[]): Fitted {
    const encoder = encoderFor(X, y);
    const labels = fitLabels(y);
    const { classes, index } = labels;
    const members = drawMembers(encoder, labels, settings, (turn) => classOrder(classes, turn, settings.seed)).map(
      ({ view, kind, weight }) => ({ view, weight, tree: classTree(kind, numOutputs) }),
    );
    const nodes = members.flatMap(({ view, tree }) => nodesOf(tree).map((node) => ({ view, node })));
    const tasks = nodes.map(({ view, node }) => {
      const number = new Map(node.groups.flatMap((group, at) => group.map((one) => [one, at] as const)));
      const rows = Int32Array.from(index.keys()).filter((row) => number.has(index[row]));
      const told = Float32Array.from(rows, (row) => number.get(index[row]) as number);
      return rowsTask(encoder, view, rows, told);
    });
    const ensemble = createEnsemble(predictor, encoder, tasks, settings.onNote);
    return { classes, ensemble, members, nodes: nodes.map(({ node }) => node) };
  }

  async function predictProba(X: Table, options: PredictOptions): Promise<number[][]> {
    const { classes, ensemble, members, nodes } = known('predict');
    const answers = new Map<ClassNode, Float64Array[]>(nodes.map((node) => [node, []]));
    await ensemble.askAll(
      X,
      () => (task, from, logits) => {
        const node = nodes[task];
        for (let i = 0; i * numOutputs < logits.length; i++) {
          const own = logits.subarray(i * numOutputs, (i + 1) * numOutputs);
          (answers.get(node) as Float64Array[])[from + i] = categorical(own, node.groups.length).probabilities;
        }
      },
      options,
    );
    const numRows = (answers.get(nodes[0]) as Float64Array[]).length;
    return Array.from({ length: numRows }, (_, i) => {
      const logits = new Float64Array(classes.length);
      for (const { tree, weight } of members) {
        const own = classProbabilities(tree, (node) => (answers.get(node) as Float64Array[])[i], classes.length);
        for (let k = 0; k < logits.length; k++) logits[k] += weight * Math.log(Math.max(own[k], Number.MIN_VALUE));
      }
      return Array.from(categorical(logits).probabilities);
    });
  }

  const model: TabularClassifier = {
    predictor,
    get classes() {
      return known('classes').classes;
    },
    async fit(X, y) {
      fitted = contextOf(X, y);
      return model;
    },
    async predict(X, options = {}) {
      const { classes } = known('predict');
      const probabilities = await predictProba(X, options);
      return probabilities.map((row) => classes[argmax(row)]);
    },
    predictProba: async (X, options = {}) => predictProba(X, options),
    estimate: async (numQuery) => known('estimate').ensemble.asker.estimate(numQuery),
    dispose: () => predictor.dispose(),
  };
  return model;
}

/**
 * In which order a member is told the classes. Over C members in a row every class has every number once; an order depends on the
 * labels and the seed, not on where a label first occurs.
 */
function classOrder(classes: readonly Label[], turn: number, seed: number): number[] {
  const { length } = classes;
  const order = shuffled([...classes.keys()], (at) => String(classes[at]), seed, 'class', Math.floor(turn / length));
  return order.map((_, i) => order[(i + turn) % length]);
}
