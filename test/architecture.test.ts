/** The directions of imports (docs/architecture.md), and what may be imported where. */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the files of a folder may import of ours. What is not here (bench, test, examples, ENTRIES) may import all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  priors: ['priors'],
  engine: ['engine'],
  model: ['engine', 'model'],
  infer: ['engine', 'infer', 'model'],
  train: ['engine', 'model', 'priors', 'train'],
  cli: ['cli', 'engine', 'infer', 'model', 'priors', 'train'],
};
const ENTRIES = ['browser.ts', 'index.ts'];
const NODE_FOLDERS = ['cli', 'train'];
/** Commands that need onnxruntime only, from start to end. */
const INFERENCE = /^(infer\/|cli\/commands\/(extrapolate|evaluate|info|posterior|predict)\.ts$)/;

interface Edge {
  readonly from: string;
  /** A file of ours relative to the root, or the name of a module. */
  readonly to: string;
  readonly kind: 'value' | 'type' | 'dynamic';
}

const files = readdirSync(root, { withFileTypes: true })
  .filter((entry) => (entry.isDirectory() ? Object.hasOwn(MAY_IMPORT, entry.name) : ENTRIES.includes(entry.name)))
  .flatMap((entry) => (entry.isDirectory() ? sourcesIn(entry.name) : [entry.name]));

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path));
}

const STATEMENT =
  /^(?:import|export)\s+(type\s+)?(?:[\w*$]+\s*,?\s*)?(?:\*\s+as\s+[\w$]+\s*|\{([^}]*)\}\s*)?from\s+'([^']+)'/gm;
const SIDE_EFFECT = /^import\s+'([^']+)'/gm;
const DYNAMIC = /(?:\bimport|\brequire)\(\s*'([^']+)'\s*\)/g;
const URL_OF = /new URL\('(\.[^']+\.ts)',\s*import\.meta\.url\)/g;

function edgesOf(from: string, text: string): Edge[] {
  const target = (specifier: string) =>
    specifier.startsWith('.') ? relative(root, join(root, dirname(from), specifier)) : specifier;
  const all = (pattern: RegExp, group: number, kind: (match: RegExpExecArray) => Edge['kind']) =>
    [...text.matchAll(pattern)].map((match) => ({ from, to: target(match[group]), kind: kind(match) }));
  return [
    ...all(STATEMENT, 3, ([, isType, names]) => (isType || (names && onlyTypes(names)) ? 'type' : 'value')),
    ...all(SIDE_EFFECT, 1, () => 'value'),
    ...all(DYNAMIC, 1, () => 'dynamic'),
    ...all(URL_OF, 1, () => 'dynamic'),
  ];
}

function onlyTypes(names: string): boolean {
  const each = names.split(',').filter((name) => name.trim() !== '');
  return each.length > 0 && each.every((name) => /^\s*type\s/.test(name));
}

const edges = files.flatMap((file) => edgesOf(file, readFileSync(join(root, file), 'utf8')));
const isOurs = ({ to }: Edge) => to.endsWith('.ts');
const show = ({ from, to, kind }: Edge) => `${from} -> ${to}${kind === 'value' ? '' : ` (${kind})`}`;
const folderOf = (file: string) => file.split('/')[0];

/** As the runtime loads them: values, and what commands load once they run. */
const isLoaded = ({ from, kind }: Edge): boolean =>
  kind === 'value' || (kind === 'dynamic' && folderOf(from) === 'cli');

function reachable(start: string, isFollowed = isLoaded): Map<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>([[start, [start]]]);
  for (const [file, path] of paths) {
    for (const edge of edges) {
      if (edge.from === file && isFollowed(edge) && !paths.has(edge.to)) paths.set(edge.to, [...path, edge.to]);
    }
  }
  return paths;
}

test('every import is read', () => {
  const text = [
    "import a, { b } from './b.ts';",
    "import type { C } from '../c.ts';",
    "import { type D, type E } from './d.ts';",
    "import {\n  type F,\n  g,\n} from './f.ts';",
    "export * from './h.ts';",
    "export { i } from './i.ts';",
    "import './j.ts';",
    "import * as k from 'k';",
    "  const l = await import('./l.ts');",
  ];
  expect(edgesOf('cli/main.ts', text.join('\n')).map(show).sort()).toEqual([
    'cli/main.ts -> c.ts (type)',
    'cli/main.ts -> cli/b.ts',
    'cli/main.ts -> cli/d.ts (type)',
    'cli/main.ts -> cli/f.ts',
    'cli/main.ts -> cli/h.ts',
    'cli/main.ts -> cli/i.ts',
    'cli/main.ts -> cli/j.ts',
    'cli/main.ts -> cli/l.ts (dynamic)',
    'cli/main.ts -> k',
  ]);
  const statements = files.map(
    (file) =>
      (readFileSync(join(root, file), 'utf8').match(/^(import|export) .*from '|^\} from '|^import '/gm) ?? []).length,
  );
  expect(edges.filter(({ kind }) => kind !== 'dynamic')).toHaveLength(statements.reduce((a, b) => a + b, 0));
});

test('imports point to files that exist', () => {
  expect(edges.filter((edge) => isOurs(edge) && !files.includes(edge.to)).map(show)).toEqual([]);
});

test('imports follow the directions of the folders', () => {
  const wrong = edges.filter(
    (edge) =>
      isOurs(edge) && MAY_IMPORT[folderOf(edge.from)] && !MAY_IMPORT[folderOf(edge.from)].includes(folderOf(edge.to)),
  );
  expect(wrong.map(show)).toEqual([]);
});

test('nothing imports cli', () => {
  expect(edges.filter(({ from, to }) => folderOf(to) === 'cli' && folderOf(from) !== 'cli').map(show)).toEqual([]);
});

test('there are no cycles', () => {
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'open') cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (state.has(file)) return;
    state.set(file, 'open');
    for (const edge of edges)
      if (edge.from === file && isOurs(edge) && edge.kind !== 'dynamic') visit(edge.to, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test('Node.js modules only in cli, train and files that end in .node.ts', () => {
  const isNode = (to: string) => to.startsWith('node:') || builtinModules.includes(to);
  const wrong = edges.filter(
    ({ from, to }) => isNode(to) && !NODE_FOLDERS.includes(folderOf(from)) && !from.endsWith('.node.ts'),
  );
  expect(wrong.map(show)).toEqual([]);
  expect(edges.some(({ to }) => isNode(to))).toBe(true);
});

test('onnxruntime-node only in engine/session.ts and the doctor', () => {
  const importers = edges.filter(({ to, kind }) => to === 'onnxruntime-node' && kind !== 'type');
  expect(importers.map(({ from }) => from).sort()).toEqual(['cli/commands/doctor.ts', 'engine/session.ts']);
});

test('inference loads no tfjs', () => {
  const paths = files
    .filter((file) => INFERENCE.test(file))
    .flatMap((file) =>
      [...reachable(file)].filter(([to]) => to.startsWith('@tensorflow/')).map(([, path]) => path.join(' -> ')),
    );
  expect(paths).toEqual([]);
});

test('what browsers load is our own files, none of Node.js, and seedrandom', () => {
  const loaded = [...reachable('browser.ts').keys()];
  expect(loaded.filter((to) => !to.endsWith('.ts') || to.endsWith('.node.ts'))).toEqual(['seedrandom']);
  expect(loaded).toContain('infer/table/regressor.ts');
  // Types of tfjs bring their own ones of WebGPU, which those of a page contradict.
  const typed = [...reachable('browser.ts', () => true).keys()].filter((to) => !to.endsWith('.ts'));
  expect(typed.sort()).toEqual(['onnxruntime-node', 'seedrandom']);
});
