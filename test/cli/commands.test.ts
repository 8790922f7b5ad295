import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MAIN = new URL('../../cli/main.ts', import.meta.url).pathname;
const ROOT = new URL('../..', import.meta.url).pathname;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
  writeFileSync(join(folder, 'good.csv'), 'accuracy\n0.1\n0.2\n0.3\n');
  writeFileSync(join(folder, 'text.csv'), 'accuracy\n0.1\nhigh\n');
  writeFileSync(join(folder, 'empty.csv'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

function pfn(args: readonly string[], env: Record<string, string> = {}, input?: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', MAIN, ...args.map((arg) => arg.replace('@', folder))],
    { cwd: ROOT, encoding: 'utf8', input, env: { ...process.env, ...env } },
  );
  return { status, stdout, stderr: stderr.replaceAll(folder, '@') };
}

describe('exit codes and one-line errors', () => {
  test.each<[string, string[], number, string]>([
    [
      'a missing file',
      ['extrapolate', '@/no.csv'],
      1,
      'pfn extrapolate: @/no.csv: there is no such file. Check the path.',
    ],
    [
      'a directory',
      ['extrapolate', '@'],
      1,
      'pfn extrapolate: @: a folder without event files (events.out.tfevents.*). Expected a file of curves, or a folder of runs; several files are named one by one, as by runs/*/metrics.csv.',
    ],
    [
      'an empty file',
      ['extrapolate', '@/empty.csv', '--json'],
      1,
      'pfn extrapolate: @/empty.csv, row 1: the file is empty. Expected CSV.',
    ],
    [
      'text in a number column',
      ['extrapolate', '@/text.csv'],
      1,
      "pfn extrapolate: @/text.csv, row 3, column 'accuracy': 'high' is not a number. Leave a cell blank where a point is missing.",
    ],
    ['no file', ['extrapolate'], 2, "pfn extrapolate: missing required argument 'files'"],
    [
      'an unknown option',
      ['extrapolate', '@/good.csv', '--horizn', '50'],
      2,
      "pfn extrapolate: unknown option '--horizn' (Did you mean --horizon?)",
    ],
    [
      'a bad option value',
      ['extrapolate', '@/good.csv', '--horizon', 'far'],
      2,
      "pfn extrapolate: --horizon must be a number, got 'far'.",
    ],
    [
      'a pipe to watch',
      ['watch', '-'],
      2,
      'pfn watch: watch follows a file that grows, so it cannot be standard input. Name the file, or use extrapolate.',
    ],
    [
      'a name that was given before',
      ['evaluate', 'gp', '--given', 'noise=0.1', '--given', 'noise=0.2'],
      2,
      'pfn evaluate: --given must have each name once, got noise twice.',
    ],
    [
      'a plot of another kind',
      ['extrapolate', '@/good.csv', '--plot', 'a.png'],
      2,
      "pfn extrapolate: --plot writes SVG or HTML, so its file must end in .svg or .html, got 'a.png'.",
    ],
    ['too many files', ['watch', 'a', 'b'], 2, expect.stringContaining('pfn watch: too many arguments') as never],
    ['an unknown command', ['extrapolat'], 2, "pfn: unknown command 'extrapolat' (Did you mean extrapolate?)"],
    [
      'more context rows than the prior has',
      ['evaluate', 'lc', '--contexts', '20,90'],
      2,
      'pfn evaluate: --contexts must be whole numbers up to 80 (100 rows of the prior less 20 queries), got 90.',
    ],
  ])('%s', (_, args, status, message) => {
    const result = pfn(args);
    expect(result.stderr.trimEnd()).toEqual(message);
    expect(result.stderr.trimEnd()).not.toContain('\n');
    expect(result.stdout).toBe('');
    expect(result.status).toBe(status);
  });

  test('a file called - is standard input; the chance of a target is that of its good side', () => {
    const losses = 'val_loss\n3\n2.2\n1.7\n1.4\n1.25\n1.1\n1.05\n';
    const { status, stdout } = pfn(['extrapolate', '-', '--target', '0.9', '--horizon', '20'], {}, losses);
    expect(status).toBe(0);
    expect(stdout).toContain('P(< 0.9)');
  });

  test('PFN_DEBUG=1 shows the stack', () => {
    const { status, stderr } = pfn(['extrapolate', '@/no.csv'], { PFN_DEBUG: '1' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/Error: .*no\.csv[^\n]*\n\s+at /);
  });
});

describe('help', () => {
  test('lists the commands', () => {
    const { status, stdout } = pfn(['--help']);
    expect(status).toBe(0);
    for (const name of ['extrapolate', 'evaluate', 'info']) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  test.each([[['extrapolate', '--help']], [['help', 'extrapolate']]])('%j has options and examples', (args) => {
    const { status, stdout } = pfn(args);
    expect(status).toBe(0);
    expect(stdout).toContain('--observed <n>');
    expect(stdout).toContain('Examples:\n  pfn extrapolate run.csv');
  });

  test('the version is that of package.json', () => {
    const { status, stdout } = pfn(['--version']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('no command is a wrong call that shows the help', () => {
    const { status, stdout, stderr } = pfn([]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: pfn');
  });
});
