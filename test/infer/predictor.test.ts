import { afterAll, expect, it } from 'vitest';
import { loadPredictor } from '../../infer/load.node.ts';

const predictor = await loadPredictor('lc', { device: 'cpu', threads: 1 });
afterAll(() => predictor.dispose());

const [B, N, MORE] = [2, 6, 3];
/** Rows from..to of two rising curves, each [B, to - from]. */
function rows(from: number, to: number) {
  const each = (value: (b: number, step: number) => number) =>
    Float32Array.from({ length: B * (to - from) }, (_, i) =>
      value(Math.floor(i / (to - from)), from + (i % (to - from)) + 1),
    );
  return { numContext: to - from, x: each((_, step) => step), y: each((b, step) => 0.5 + 0.1 * b - 0.3 / step) };
}
const queries = { numQuery: 2, x: Float32Array.of(20, 80, 20, 80) };

it('one that was disposed of says so, and can be disposed of again', async () => {
  const own = await loadPredictor('lc', { device: 'cpu', threads: 1 });
  const conditioned = await own.condition({ numDatasets: B, ...rows(0, N) });
  await own.dispose();
  await own.dispose();
  const gone = 'lc: disposed of already. Load it again.';
  await expect(own.condition({ numDatasets: B, ...rows(0, N) })).rejects.toThrow(gone);
  await expect(conditioned.predict(queries)).rejects.toThrow(gone);
});

it('what names no checkpoint is refused in one line', async () => {
  await expect(loadPredictor({ checkpoint: 'gp' } as never)).rejects.toThrow(
    'load: expected the name or the folder of a checkpoint, got object.',
  );
});

it.each([
  [{ device: 'auto' }, "load: device must be one of cpu, webgpu, cuda, got 'auto'."],
  [{ device: 'gpu' }, "load: device must be one of cpu, webgpu, cuda, got 'gpu'."],
  [{ threads: 0 }, 'load: threads must be a whole number of at least 1, got 0.'],
  [{ thread: 1 }, "load: there is no option 'thread'. Correct its name, or leave it out."],
])('a checkpoint is not loaded with %o', async (options, message) => {
  await expect(loadPredictor('lc', options as never)).rejects.toThrow(message);
});

it('arrays may be filled anew as soon as a call was made', async () => {
  const seen = { numDatasets: B, ...rows(0, N) };
  const context = await predictor.condition({ ...seen, x: seen.x.slice(), y: seen.y.slice() });
  const expected = await context.predict(queries);
  const extended = await (await context.extend(rows(N, N + MORE))).predict(queries);

  const conditioned = predictor.condition(seen);
  seen.x.fill(1);
  seen.y.fill(0);
  const reused = queries.x.slice();
  const answer = (await conditioned).predict({ ...queries, x: reused });
  reused.fill(1);
  expect(await answer).toEqual(expected);
  expect(await (await (await conditioned).extend(rows(N, N + MORE))).predict(queries)).toEqual(extended);
});

it('a context that is extended answers as one that had all rows at once', async () => {
  const extended = await (await predictor.condition({ numDatasets: B, ...rows(0, N) })).extend(rows(N, N + MORE));
  const whole = await predictor.condition({ numDatasets: B, ...rows(0, N + MORE) });
  expect(await extended.predict(queries)).toEqual(await whole.predict(queries));
});

it('a context that was extended answers as before', async () => {
  const context = await predictor.condition({ numDatasets: B, ...rows(0, N) });
  const before = await context.predict(queries);
  const extended = await context.extend(rows(N, N + MORE));
  expect(await context.predict(queries)).toEqual(before);
  expect(await extended.predict(queries)).not.toEqual(before);
});

it('rows that do not fit are refused by their numbers', async () => {
  const context = await predictor.condition({ numDatasets: B, ...rows(0, N) });
  const wrong = { ...rows(N, N + MORE), y: new Float32Array(5) };
  await expect(context.extend(wrong)).rejects.toThrow('more.y: expected 2 x 3 x 1 = 6 numbers, got 5.');
  const short = { ...rows(N, N + MORE), x: new Float32Array(4) };
  await expect(context.extend(short)).rejects.toThrow('more.x: expected 2 x 3 x 1 = 6 numbers, got 4.');
  const none = { numQuery: 0, x: new Float32Array(0) };
  await expect(context.predict(none)).rejects.toThrow('queries.x: expected at least one row for each data set, got 0.');
});
