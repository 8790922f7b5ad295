/** The pages of examples/browser, built and opened in a real browser; skipped where there is no Chromium (Debian: `apt-get install chromium`). */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LearningCurveModel, TabularClassifier } from '../../index.ts';

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (command) => spawnSync(command, ['--version']).status === 0,
);
const FLAGS = ['--headless', '--no-sandbox', '--disable-background-networking', '--no-first-run'];
/** WebGPU of a Vulkan driver that computes on the CPU, which comes with Chromium. */
const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
};
/** Asks for what a form is for, and tells the server all that the page says. */
const REPORT = `<script>
  const form = document.querySelector('form');
  const select = document.querySelector('select');
  if (select) new MutationObserver(() => form.requestSubmit()).observe(select, { childList: true });
  const said = document.querySelector('#said');
  const report = () => fetch('/said', {
    method: 'POST',
    body: JSON.stringify({ said: said.textContent, isWrong: said.className === 'wrong', cells: Array.from(document.querySelectorAll('td'), (cell) => cell.textContent) }),
  });
  new MutationObserver(report).observe(said, { childList: true });
</script>`;

interface Said {
  readonly said: string;
  readonly isWrong: boolean;
  /** Of its table, row by row. */
  readonly cells: readonly string[];
}

describe.skipIf(CHROMIUM === undefined)('the example pages in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pfnkit-page-'));
  let server: Server;
  let browser: ChildProcess | undefined;
  let heard: (said: Said) => void = () => {};

  beforeAll(async () => {
    const configFile = 'examples/browser/vite.config.ts';
    await build({
      configFile,
      logLevel: 'error',
      build: { outDir: join(folder, 'page'), reportCompressedSize: false },
    });
    server = createServer(async (request, response) => {
      const path = new URL(request.url as string, 'http://localhost').pathname.replace(/\/$/, '/index.html');
      if (path === '/said') {
        const parts = [];
        for await (const part of request) parts.push(part);
        heard(JSON.parse(Buffer.concat(parts).toString()));
        response.end();
        return;
      }
      try {
        const bytes = readFileSync(join(folder, 'page', path));
        response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
        response.end(extname(path) === '.html' ? bytes.toString().replace('</main>', `</main>${REPORT}`) : bytes);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => browser?.kill('SIGKILL'));
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** What a page says once it is done: how long it took, or what is wrong. */
  function open(page: string, flags: readonly string[] = []): Promise<Said> {
    const isLast = ({ said, isWrong }: Said) => isWrong || / on the [CG]PU/.test(said);
    const said = new Promise<Said>((resolve) => {
      heard = (what) => isLast(what) && resolve(what);
    });
    const { port } = server.address() as AddressInfo;
    const profile = `--user-data-dir=${join(folder, 'profile')}`;
    browser = spawn(CHROMIUM as string, [...FLAGS, ...flags, profile, `http://127.0.0.1:${port}/${page}`], {
      stdio: 'ignore',
    });
    return said;
  }

  it.each([
    ['CPU', '', []],
    ['GPU', '?device=webgpu', SOFTWARE_GPU],
  ])('forecasts its curve on the %s as Node.js does', async (device, page, flags) => {
    const { said } = await open(page, flags);
    const model = await LearningCurveModel.load();
    const rows = readFileSync('examples/data/imagenet-resnet50-unfinished.csv', 'utf8').trim().split('\n').slice(1);
    const [steps, values] = [0, 1].map((k) => rows.map((row) => Number(row.split(',')[k])));
    const { final } = await model.extrapolate({ steps, values });
    await model.dispose();
    const [, step, ...found] = /^At step (\S+): (\S+), between (\S+) and (\S+) /.exec(said) ?? expect.fail(said);
    expect(Number(step)).toBeCloseTo(final.step, -2);
    found.forEach((text, i) => {
      expect(Number(text)).toBeCloseTo(final.quantiles[['0.5', '0.05', '0.95'][i]], 3);
    });
    expect(said).toMatch(new RegExp(`\\d ms on the ${device}\\.$`));
  });

  it('predicts its table as Node.js does', async () => {
    const { said, cells } = await open('tables.html');
    const rowsOf = (file: string) =>
      readFileSync(`examples/data/${file}`, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(','));
    const [known, fresh] = [rowsOf('heart-known.csv'), rowsOf('heart-new.csv').slice(0, 20)];
    const model = await TabularClassifier.load();
    const inputs = (rows: readonly string[][]) => rows.map((row) => row.slice(0, -1));
    await model.fit(
      inputs(known),
      known.map((row) => row.at(-1) as string),
    );
    const expected = await model.predictProba(inputs(fresh));
    expect(said).toMatch(/^target in 20 rows, from 200 where it is known: classification/);
    expect(cells).toHaveLength(20 * 4);
    expected.forEach(([disease, healthy], i) => {
      const [line, label, ...probabilities] = cells.slice(4 * i, 4 * i + 4);
      expect(line).toBe(String(202 + i));
      expect(label).toBe(model.classes[disease > healthy ? 0 : 1]);
      expect(Number(probabilities[0])).toBeCloseTo(disease, 2);
      expect(Number(probabilities[1])).toBeCloseTo(healthy, 2);
    });
    await model.dispose();
  });
});
