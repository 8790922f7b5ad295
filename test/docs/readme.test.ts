/** What README says of tables, run as it stands. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const tables = readme.slice(readme.indexOf('\n## Tables'), readme.indexOf('\n## From TypeScript'));
const folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[]): string =>
  execFileSync(process.execPath, ['--import', 'tsx', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

test('the command for tables predicts the example and draws it', () => {
  const [, command] = /^ {4}npm run pfn -- (predict .*)$/m.exec(tables) ?? expect.fail('README has no pfn predict');
  const plot = join(folder, 'heart.svg');
  const printed = run(['cli/main.ts', ...command.split(' ').map((word) => (word === 'heart.svg' ? plot : word))]);
  // The larger class is 54 % of the rows.
  const [, accuracy] = /accuracy +([\d.]+)/.exec(printed) ?? expect.fail(printed);
  expect(Number(accuracy)).toBeGreaterThan(0.75);
  expect(readFileSync(plot, 'utf8')).toContain('</svg>');
});

test('the lines of code for tables print the classes and a probability of each for every row', () => {
  const [, code] = /^```ts\n(.*?)^```$/ms.exec(tables) ?? expect.fail('README has no code for tables');
  const file = join(folder, 'tables.mts');
  const all = code.replace("'pfnkit'", JSON.stringify(join(ROOT, 'index.ts'))).replace('console.log(', 'print(');
  writeFileSync(file, `const print = (...parts: unknown[]) => console.log(JSON.stringify(parts));\n${all}`);
  const [classes, probabilities] = JSON.parse(run([file]));
  expect(classes).toEqual(['disease', 'healthy']);
  expect(probabilities).toHaveLength(103);
  for (const row of probabilities) expect(row[0] + row[1]).toBeCloseTo(1, 5);
});
