/** Prints 2000 curves of the learning-curve prior as CSV, a row per curve: `npx tsx examples/draw-curves.ts > curves.csv`. */
import { createPrior, randomStream } from '../index.ts';

const shape = { numDatasets: 2000, numContext: 100, numQuery: 0 };
// The keys of this stream are none that training uses.
const { contextY } = createPrior('learning-curve').sample(randomStream('scoring'), shape);
for (let b = 0; b < shape.numDatasets; b++) console.log(contextY.subarray(100 * b, 100 * (b + 1)).join(','));
