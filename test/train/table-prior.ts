import type { Prior } from '../../priors/prior.ts';
import { normals } from '../../priors/random.ts';

interface Options {
  readonly mostColumns?: number;
  /** Null for a regression. */
  readonly numClasses?: 2 | null;
  readonly missing?: number;
}

/** Half width of the border between the classes, in standard deviations. */
const SOFTNESS = 0.1;

/**
 * Tables for tests: all columns are noisy copies of one number z ~ N(0, 1), each in units of its own, some cells are missing; the target is sign * z, or
 * whether sign * z > 0, with one sign for each data set.
 */
export default function tablePrior({ mostColumns = 3, numClasses = 2, missing = 0.1 }: Options = {}): Prior {
  return {
    name: 'test-table',
    options: { mostColumns, numClasses, missing },
    numFeatures: mostColumns,
    anyFeatures: true,
    ...(numClasses !== null && { numClasses }),
    maxRows: 1000,
    sample(random, { numDatasets, numContext, numQuery }) {
      const normal = normals(random);
      const numFeatures = 1 + Math.floor(random() * mostColumns);
      const rows = numContext + numQuery;
      const parts = {
        contextX: [] as number[],
        contextY: [] as number[],
        queryX: [] as number[],
        queryY: [] as number[],
      };
      for (let b = 0; b < numDatasets; b++) {
        const sign = random() < 0.5 ? -1 : 1;
        const units = Array.from({ length: numFeatures }, () => ({
          center: 100 * normal(),
          scale: Math.exp(2 * normal()),
        }));
        for (let i = 0; i < rows; i++) {
          const z = normal();
          const x = units.map(({ center, scale }) =>
            random() < missing ? Number.NaN : center + scale * (z + 0.1 * normal()),
          );
          const y = numClasses === null ? 1000 * sign * z + 5 : sign * z + SOFTNESS * normal() > 0 ? 1 : 0;
          const [xs, ys] = i < numContext ? [parts.contextX, parts.contextY] : [parts.queryX, parts.queryY];
          xs.push(...x);
          ys.push(y);
        }
      }
      const arrays = Object.fromEntries(Object.entries(parts).map(([key, values]) => [key, Float32Array.from(values)]));
      return {
        numDatasets,
        numContext,
        numQuery,
        numFeatures,
        ...(arrays as Record<keyof typeof parts, Float32Array>),
      };
    },
  };
}
