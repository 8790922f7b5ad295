import { copies } from './copies.ts';
import type { Precision } from './devices.ts';
import { checkFeeds, type Engine } from './engine.ts';
import { OPERATORS, type OptionalOperator } from './kernels/kernel.ts';
import { loop, stacked } from './loop.ts';
import { toOnnx } from './onnx.ts';
import { record } from './record.ts';
import { createResidentSession, createSession, type SessionOptions } from './session.ts';

/** Records a function once and runs the graph in onnxruntime. */
export function compiledEngine({
  device = 'cpu',
  reason = 'asked for',
  precision = 'float32',
  ...options
}: SessionOptions & { readonly reason?: string; readonly precision?: Precision } = {}): Engine {
  const operators: readonly OptionalOperator[] = [
    ...OPERATORS[device],
    ...(precision === 'mixed' ? (['Float16'] as const) : []),
  ];
  const compileResident: Engine['compileResident'] = async (name, fn, spec) => {
    const graph = await record(name, fn, spec, { operators });
    const session = await createResidentSession(toOnnx(graph), { device, ...options });
    const { upload, read, dispose } = copies({ device });
    return {
      device: { name: device, reason },
      upload,
      read,
      async run(feeds) {
        checkFeeds(name, spec, feeds);
        return session.run(feeds);
      },
      async dispose() {
        await session.dispose();
        await dispose();
      },
    };
  };
  const compileLoop: Engine['compileLoop'] = async (name, fn, spec, loopOptions) => {
    const graph = await record(name, fn, spec, { operators });
    const session = await createSession(toOnnx(loop(graph, loopOptions)), { device, ...options });
    return {
      device: { name: device, reason },
      async run(start, steps) {
        for (const feeds of steps) checkFeeds(name, spec, { ...start, ...feeds });
        return session.run({ ...start, ...stacked(steps) });
      },
      dispose: session.dispose,
    };
  };
  return {
    device: { name: device, reason },
    async compile(name, fn, spec) {
      const graph = await record(name, fn, spec, { operators });
      const session = await createSession(toOnnx(graph), { device, ...options });
      return {
        device: { name: device, reason },
        async run(feeds) {
          checkFeeds(name, spec, feeds);
          return session.run(feeds);
        },
        dispose: session.dispose,
      };
    },
    // CUDA's outputs come back to the host, whatever is asked for.
    ...(device === 'webgpu' ? { compileResident } : { compileLoop }),
  };
}
