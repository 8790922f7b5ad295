/** A distribution over classes 0 .. C-1. */
export interface Categorical {
  /** [C], sums to 1. */
  readonly probabilities: Float64Array;
  /** The most probable class; the first where several tie. */
  readonly argmax: number;
  /** In nats, between 0 and log C. */
  readonly entropy: number;
  /** Log probability of a class, in nats; exact where the probability underflows. Throws a RangeError for another label. */
  logProbability(label: number): number;
}

/**
 * The distribution with these logits, restricted to the first `numClasses` where the head has outputs for more classes than
 * the data. The logits need no normalisation; -Infinity leaves a class out.
 */
export function categorical(logits: ArrayLike<number>, numClasses: number = logits.length): Categorical {
  if (!(Number.isInteger(numClasses) && numClasses >= 1 && numClasses <= logits.length)) {
    throw new RangeError(
      `categorical: expected 1 to ${logits.length} classes, as the head has outputs, got ${numClasses}. Use a checkpoint for more classes.`,
    );
  }
  let argmax = 0;
  for (let c = 1; c < numClasses; c++) if (logits[c] > logits[argmax]) argmax = c;
  const probabilities = new Float64Array(numClasses);
  let total = 0;
  for (let c = 0; c < numClasses; c++) {
    probabilities[c] = Math.exp(logits[c] - logits[argmax]);
    total += probabilities[c];
  }
  // NaN where a logit is NaN or Infinity, and where all are -Infinity.
  if (Number.isNaN(total)) {
    const got = Array.from(logits).slice(0, numClasses).join(', ');
    throw new RangeError(
      `categorical: expected numbers or -Infinity, at least one finite, got ${got}. Check the model's inputs and weights.`,
    );
  }
  const logProbabilities = new Float64Array(numClasses);
  let entropy = 0;
  for (let c = 0; c < numClasses; c++) {
    logProbabilities[c] = logits[c] - logits[argmax] - Math.log(total);
    probabilities[c] /= total;
    if (probabilities[c] > 0) entropy -= probabilities[c] * logProbabilities[c];
  }
  return {
    probabilities,
    argmax,
    entropy,
    logProbability: (label) => {
      if (!(Number.isInteger(label) && label >= 0 && label < numClasses)) {
        throw new RangeError(`logProbability: expected a class from 0 to ${numClasses - 1}, got ${label}.`);
      }
      return logProbabilities[label];
    },
  };
}
