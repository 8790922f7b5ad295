/** `pfnkit/browser` on onnxruntime-web, whose WebAssembly runs in Node.js too, against the same checkpoints on onnxruntime-node. */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as browser from '../../browser.ts';
import { createBrowserSession } from '../../engine/session.browser.ts';
import * as node from '../../index.ts';
import { randomStream } from '../../index.ts';

const filesOf = (name: string) => async (file: string) => new Uint8Array(readFileSync(`checkpoints/${name}/${file}`));
const closeTo = (found: readonly number[], expected: readonly number[], digits: number) => {
  expect(found).toHaveLength(expected.length);
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], digits);
  });
};

const LOSSES = [2.31, 1.62, 1.34, 1.21, 1.15, 1.1];

describe('in a browser', () => {
  it.each(['curves', 'lc'])('%s forecasts as it does in Node.js', async (name) => {
    const models = await Promise.all([
      browser.LearningCurveModel.load({ ort, read: filesOf(name) }),
      node.LearningCurveModel.load(name),
    ]);
    const [found, expected] = await Promise.all(
      models.map((model) => model.extrapolate(LOSSES, { horizon: 20, lower: 0 })),
    );
    for (const level of Object.keys(expected.quantiles)) closeTo(found.quantiles[level], expected.quantiles[level], 4);
    await Promise.all(models.map((model) => model.dispose()));
  });

  it.each([
    ['gp', 2],
    ['bnn', 1],
  ])('%s has the same posterior as in Node.js', async (name, numFeatures) => {
    const predictors = await Promise.all([
      browser.loadPredictor({ ort, read: filesOf(name) }),
      node.loadPredictor(name),
    ]);
    const random = randomStream(0, 'rows');
    const rows = (count: number) => Array.from({ length: count }, () => Array.from({ length: numFeatures }, random));
    const contextX = rows(12);
    const data = { contextX, contextY: contextX.map(([x]) => Math.sin(5 * x)), queryX: rows(5) };
    const [found, expected] = await Promise.all(predictors.map((predictor) => node.posterior(predictor, data)));
    for (const p of [0.05, 0.5, 0.95]) {
      closeTo(
        found.map((distribution) => distribution.quantile(p)),
        expected.map((distribution) => distribution.quantile(p)),
        2,
      );
    }
    await Promise.all(predictors.map((predictor) => predictor.dispose()));
  });

  it('tables are classified as in Node.js, text and missing cells included', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [i % 7 === 0 ? null : i, i % 2 ? 'odd' : 'even', (i * 7) % 11]);
    const labels = rows.map((_, i) => (i < 20 ? 'low' : 'high'));
    const models = await Promise.all([
      browser.TabularClassifier.load({ ort, read: filesOf('tabular-classifier'), nEstimators: 2 }),
      node.TabularClassifier.load({ nEstimators: 2 }),
    ]);
    const [found, expected] = await Promise.all(
      models.map(async (model) => (await model.fit(rows, labels)).predictProba(rows.slice(10, 30))),
    );
    closeTo(found.flat(), expected.flat(), 3);
    await Promise.all(models.map((model) => model.dispose()));
  });

  it('tables are regressed as in Node.js', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [i, (i * 7) % 11]);
    const targets = rows.map(([a, b]) => 3 * a - b);
    const models = await Promise.all([
      browser.TabularRegressor.load({ ort, read: filesOf('tabular-regressor'), nEstimators: 2 }),
      node.TabularRegressor.load({ nEstimators: 2 }),
    ]);
    const [found, expected] = await Promise.all(
      models.map(async (model) => (await model.fit(rows, targets)).predict(rows.slice(10, 30))),
    );
    found.forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThan(0.001);
    });
    await Promise.all(models.map((model) => model.dispose()));
  });
});

describe('loading', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('takes what fetch answers', async () => {
    const read = async (file: string) => new Response(await filesOf('lc')(file));
    const predictor = await browser.loadPredictor({ ort, read });
    expect(predictor.name).toBe('lc');
    await predictor.dispose();
  });

  it('names a file that the server does not have', async () => {
    const read = async (file: string) => new Response('', { status: file === 'predict.onnx' ? 404 : 200 });
    await expect(browser.loadPredictor({ ort, read: async () => new Response('', { status: 404 }) })).rejects.toThrow(
      /^checkpoint\/config\.json: expected the file, got the status 404\. .*$/,
    );
    const others = async (file: string) => (file === 'predict.onnx' ? read(file) : filesOf('lc')(file));
    await expect(browser.loadPredictor({ ort, read: others })).rejects.toThrow(/^checkpoint\/predict\.onnx: .* 404/);
  });

  it('refuses the page that a server gives in place of a file', async () => {
    const read = async () => new Response('<!doctype html>');
    await expect(browser.loadPredictor({ ort, read })).rejects.toThrow(
      /^checkpoint\/config\.json: expected JSON, got /,
    );
  });

  it('refuses weights that were changed', async () => {
    const read = async (file: string) => {
      const bytes = await filesOf('lc')(file);
      if (file === 'weights.safetensors') bytes[bytes.length - 1] ^= 1;
      return bytes;
    };
    await expect(browser.loadPredictor({ ort, read })).rejects.toThrow(
      /^checkpoint\/weights\.safetensors: expected sha256 .*changed or cut short/,
    );
  });

  it('says that a page without crypto.subtle needs https', async () => {
    vi.stubGlobal('crypto', {});
    await expect(browser.loadPredictor({ ort, read: filesOf('lc') })).rejects.toThrow('https:// and localhost');
  });

  it('refuses a checkpoint of another kind by name, and leaves no session behind', async () => {
    const released = vi.fn();
    const counting = counted({ onRelease: released });
    await expect(browser.LearningCurveModel.load({ ort: counting, read: filesOf('gp') })).rejects.toThrow('gp');
    expect(released).toHaveBeenCalledTimes(2);
  });

  it('does not compute elsewhere where there is no GPU', async () => {
    // Node.js has no WebGPU.
    await expect(browser.loadPredictor({ ort, read: filesOf('lc'), device: 'webgpu' })).rejects.toThrow(
      /^device webgpu: no session \(.*\)\. It takes onnxruntime-web\/webgpu /,
    );
  });

  it('asks for the GPU where it is told to, with the graphs that every device computes', async () => {
    const opened: { readonly bytes: number; readonly providers: unknown }[] = [];
    const watching = counted({
      onCreate: (model, options) => opened.push({ bytes: model.length, providers: options.executionProviders }),
    });
    const size = (file: string) => readFileSync(`checkpoints/gp/${file}`).length;
    for (const device of ['cpu', 'webgpu'] as const)
      await browser.loadPredictor({ ort: watching, read: filesOf('gp'), device });
    expect(opened).toEqual([
      { bytes: size('condition.cpu.onnx'), providers: ['wasm'] },
      { bytes: size('predict.cpu.onnx'), providers: ['wasm'] },
      { bytes: size('condition.onnx'), providers: ['webgpu'] },
      { bytes: size('predict.onnx'), providers: ['webgpu'] },
    ]);
  });
});

it('sessions of a page never run at once, and one that fails does not hold up the others', async () => {
  let running = 0;
  const most = { count: 0 };
  const busy = counted({
    onRun: async () => {
      most.count = Math.max(most.count, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      throw new Error('no');
    },
  });
  const sessions = await Promise.all([1, 2].map(() => createBrowserSession(busy, new Uint8Array(), {}, 'webgpu')));
  const runs = [0, 1, 0, 1].map((k) => sessions[k].run({}));
  expect((await Promise.allSettled(runs)).map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
  expect(most.count).toBe(1);
});

/** An onnxruntime whose sessions compute nothing and tell what they are asked. */
function counted({
  onCreate = () => {},
  onRun = async () => ({}),
  onRelease = () => {},
}: {
  readonly onCreate?: (model: Uint8Array, options: ort.InferenceSession.SessionOptions) => void;
  readonly onRun?: () => Promise<object>;
  readonly onRelease?: () => void;
}): browser.BrowserLoadOptions['ort'] {
  const create = async (model: Uint8Array, options: ort.InferenceSession.SessionOptions) => {
    onCreate(model, options);
    return { run: onRun, release: async () => onRelease() };
  };
  return { Tensor: ort.Tensor, InferenceSession: { create } } as unknown as browser.BrowserLoadOptions['ort'];
}
