// What a training step takes in memory, by the cost model and by what a process of its own says at its peak.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stepBytes } from '../train/cost.ts';
import type { BenchOptions, Report, Result } from './harness.ts';
import { cases } from './memory/cases.ts';

export const description = 'memory of a training step: the cost model against the peak of a process';

const CHILD = fileURLToPath(new URL('./memory/child.ts', import.meta.url));
const runChild = promisify(execFile);

export async function run({ threads }: BenchOptions): Promise<Report> {
  const results: Result[] = [];
  const ratios: Record<string, number> = {};
  for (const [name, { config, optimizer, recompute, accumulate, shapes }] of Object.entries(cases)) {
    const { stdout } = await runChild(process.execPath, ['--import', 'tsx', CHILD, name, String(threads)]);
    const { before, peak } = JSON.parse(stdout) as { before: number; peak: number };
    const options = { optimizer, recompute, accumulate };
    const estimate = Math.max(...shapes.map((shape) => stepBytes(config, shape, options)));
    results.push(
      { name: `${name}: measured`, value: (peak - before) / 1e6, unit: 'MB' },
      { name: `${name}: estimated`, value: estimate / 1e6, unit: 'MB' },
    );
    ratios[`${name}: estimated / measured`] = estimate / (peak - before);
  }
  return {
    results,
    ratios,
    notes: [
      'measured: the largest resident set of a process over forty steps with contexts of 5 to 95 rows (tables: three times as many), less what it was before the first',
    ],
  };
}
