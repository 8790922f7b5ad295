import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSC = join(ROOT, 'node_modules/.bin/tsc');

/** What the compiler says; '' where it has nothing against it. */
const compile = (...args: string[]): Promise<string> =>
  promisify(execFile)(TSC, args).then(
    () => '',
    ({ stdout }) => stdout,
  );

describe('A TypeScript project with the package installed', () => {
  let project: string;

  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), 'pfnkit-package-'));
    const modules = join(project, 'node_modules');
    mkdirSync(join(modules, 'pfnkit'), { recursive: true });
    for (const name of readdirSync(join(ROOT, 'node_modules'))) {
      if (!name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
    }
    cpSync(join(ROOT, 'package.json'), join(modules, 'pfnkit/package.json'));
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    expect(await compile('-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(modules, 'pfnkit/dist'))).toBe('');
  }, 120_000);

  afterAll(() => rmSync(project, { recursive: true }));

  it.each([
    [
      'pfnkit',
      `import { createBars, LearningCurveModel, loadPredictor, TabularClassifier, TabularRegressor } from 'pfnkit';
       export const curves = await LearningCurveModel.load();
       export const forecast = await curves.extrapolate([3, 2, 1]);
       export const target = forecast.target;
       export const draws = await curves.draw([3, 2, 1], { draws: 2, random: Math.random });
       export const classifier = await TabularClassifier.load();
       export const fitted = await classifier.fit([[1], [2]], ['a', 'b']);
       export const regressor = await TabularRegressor.load();
       export const distributions = await (await regressor.fit([[1], [2]], [1, 2])).predictDistribution([[1]]);
       export const predictor = await loadPredictor('gp');
       export const network = predictor.config.model;
       export const located = createBars([0, 1, 2, 3]).locate([1]);`,
    ],
    [
      'pfnkit/browser',
      `import { type BrowserLoadOptions, LearningCurveModel, loadPredictor, TabularClassifier, TabularRegressor } from 'pfnkit/browser';
       declare const options: BrowserLoadOptions;
       export const curves = await LearningCurveModel.load(options);
       export const classifier = await TabularClassifier.load(options);
       export const regressor = await TabularRegressor.load(options);
       export const predictor = await loadPredictor(options);`,
    ],
  ])(
    'can export what it has of %s, and emit declarations of that',
    async (entry, source) => {
      const file = join(project, `${entry.replace('/', '-')}.ts`);
      writeFileSync(file, source);
      const options = '--declaration --strict --skipLibCheck --types node --target es2022 --lib es2022,dom'.split(' ');
      expect(await compile(file, ...options, '--module', 'nodenext', '--ignoreConfig')).toBe('');
    },
    60_000,
  );
});
