import { add, concat, cos, log, mul, neg, reciprocal, relu, sin, slice, sub, type Tensor } from '../engine/ops.ts';
import { type Feature, type FeatureKind, FREQUENCIES, type Inputs, toldColumns } from './features.ts';

/** Each transform for tensors and for numbers; the latter fits center and scale. */
const transforms = {
  linear: { tensor: (x: Tensor) => x, number: (x: number) => x },
  /** For positive x that spans orders of magnitude, such as the step of a learning curve. */
  log: { tensor: (x: Tensor) => log(x), number: (x: number) => Math.log(x) },
  /** 1 / ln(x + 1): the shape of the slowest curves of the learning-curve prior. */
  'reciprocal-log': { tensor: (x: Tensor) => reciprocal(log(add(x, 1))), number: (x: number) => 1 / Math.log(x + 1) },
  /** ln(x + 1/50), for x >= 0: fine near the start of a context that spans 0..1. */
  'from-start': { tensor: (x: Tensor) => log(add(x, 0.02)), number: (x: number) => Math.log(x + 0.02) },
  /** Signed ln(1 + 20 |x - 1|): fine on both sides of the end of a context that spans 0..1. */
  'from-end': {
    tensor(x: Tensor) {
      const distance = mul(sub(x, 1), 20);
      return sub(log(add(relu(distance), 1)), log(add(relu(neg(distance)), 1)));
    },
    number: (x: number) => Math.sign(x - 1) * Math.log1p(20 * Math.abs(x - 1)),
  },
  /** Sines and cosines of the standardised x (FREQUENCIES): their products tell how far two rows are from each other. */
  waves: { tensor: (x: Tensor) => x, number: (x: number) => x },
} as const satisfies Record<FeatureKind, unknown>;

/** Values [R, F] -> inputs [R, F * columns of all features]. */
export function encode(values: Tensor, features: readonly Feature[]): Tensor {
  const columns = features.flatMap(({ kind, center, scale }) => {
    const standardised = mul(sub(transforms[kind].tensor(values), center), 1 / scale);
    if (kind !== 'waves') return [standardised];
    return FREQUENCIES.flatMap((frequency) => {
      const angle = mul(standardised, frequency);
      return [sin(angle), cos(angle)];
    });
  });
  return columns.length === 1 ? columns[0] : concat(columns, -1);
}

/** Rows x [R, F] -> inputs [R, inputColumns]. */
export function encodeX(x: Tensor, config: Inputs): Tensor {
  const told = toldColumns(config);
  if (told === 0) return encode(x, config.xFeatures);
  const own = config.numFeatures - told;
  const [values, known] = [slice(x, [0, 0], [-1, own]), slice(x, [0, own], [-1, told])];
  return concat([encode(values, config.xFeatures), known], -1);
}

/** Center and scale of each kind from draws of the prior. */
export function fitFeatures(kinds: readonly FeatureKind[], draws: ArrayLike<number>): Feature[] {
  return kinds.map((kind) => {
    const values = Array.from(draws, transforms[kind].number);
    if (!values.every(Number.isFinite))
      throw new Error(
        `encoding: '${kind}' of the prior's inputs is not finite. Use 'linear' for inputs that are not positive.`,
      );
    const center = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / values.length;
    return { kind, center, scale: Math.sqrt(variance) || 1 };
  });
}
