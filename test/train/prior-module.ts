import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The file of a prior with x in -1..1 and y in 0..1, both moved by `shift` in query rows. */
export function priorModule(shift: number): string {
  const path = join(mkdtempSync(join(tmpdir(), 'pfnkit-')), 'shifted.mjs');
  writeFileSync(
    path,
    `export default {
      name: 'shifted', options: {}, numFeatures: 1, maxRows: 10,
      sample(random, { numDatasets: B, numContext: N, numQuery: M }) {
        const draw = (count, low, width, shift) =>
          Float32Array.from({ length: B * count }, () => low + width * random() + shift);
        return {
          numDatasets: B, numContext: N, numQuery: M, numFeatures: 1,
          contextX: draw(N, -1, 2, 0), contextY: draw(N, 0, 1, 0),
          queryX: draw(M, -1, 2, ${shift}), queryY: draw(M, 0, 1, ${shift}),
        };
      },
    };`,
  );
  return path;
}
