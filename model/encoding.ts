import { add, concat, log, mul, neg, reciprocal, relu, sub, type Tensor } from '../engine/ops.ts';

/** How a raw number becomes an input of the network: transformed, then standardised as (value - center) / scale. */
export interface Feature {
  readonly kind: FeatureKind;
  readonly center: number;
  readonly scale: number;
}

export type FeatureKind = keyof typeof transforms;

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
} as const;

export const featureKinds = Object.keys(transforms) as FeatureKind[];

/** Values [R, 1 or F] -> features [R, kinds * F]. */
export function encode(values: Tensor, features: readonly Feature[]): Tensor {
  const columns = features.map(({ kind, center, scale }) =>
    mul(sub(transforms[kind].tensor(values), center), 1 / scale),
  );
  return columns.length === 1 ? columns[0] : concat(columns, -1);
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
