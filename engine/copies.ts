import type { NdArray, Resident } from './array.ts';
import type { Graph, Value } from './graph.ts';
import { toOnnx } from './onnx.ts';
import { createResidentSession, createSession, type SessionOptions } from './session.ts';

/**
 * Copies of arrays from and to the device, by graphs that do nothing else: onnxruntime-node ends the process where a tensor in a
 * buffer of the device is asked for its data.
 */
export function copies(options: SessionOptions) {
  const opened = new Map<string, Promise<{ readonly dispose: () => Promise<void> }>>();
  const once = <S extends { readonly dispose: () => Promise<void> }>(
    key: string,
    open: () => Promise<S>,
  ): Promise<S> => {
    const session = (opened.get(key) as Promise<S> | undefined) ?? open();
    opened.set(key, session);
    return session;
  };
  return {
    async upload(arrays: Readonly<Record<string, NdArray>>): Promise<Record<string, Resident>> {
      const { names, kinds, feeds } = numbered(arrays);
      if (names.length === 0) return {};
      const session = await once(`to ${JSON.stringify(kinds)}`, () => createResidentSession(copyModel(kinds), options));
      return named(await session.run(feeds), names);
    },
    async read(arrays: Readonly<Record<string, Resident>>): Promise<Record<string, NdArray>> {
      const { names, kinds, feeds } = numbered(arrays);
      const session = await once(`from ${JSON.stringify(kinds)}`, () => createSession(copyModel(kinds), options));
      return named(await session.run(feeds), names);
    },
    async dispose(): Promise<void> {
      for (const session of opened.values()) await (await session).dispose();
    },
  };
}

interface Kind {
  readonly dtype: NdArray['dtype'];
  readonly rank: number;
}

/** Arrays of the same kinds in the same order share a graph, whatever their names and sizes. */
function numbered<T extends Pick<NdArray, 'dtype' | 'shape'>>(arrays: Readonly<Record<string, T>>) {
  const names = Object.keys(arrays);
  const kinds = names.map((name): Kind => ({ dtype: arrays[name].dtype, rank: arrays[name].shape.length }));
  return { names, kinds, feeds: Object.fromEntries(names.map((name, index) => [`x${index}`, arrays[name]])) };
}

const named = <T>(copied: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(names.map((name, index) => [name, copied[`y${index}`]]));

/** x0, x1, ... -> y0, y1, ... */
function copyModel(kinds: readonly Kind[]): Uint8Array {
  const inputs = kinds.map(
    ({ dtype, rank }, index): Value => ({
      dtype,
      shape: Array.from({ length: rank }, (_, axis) => ({ factor: 1, symbols: [`x${index}axis${axis}`] })),
      sizes: [],
      node: null,
      input: `x${index}`,
    }),
  );
  const outputs = Object.fromEntries(inputs.map((value, index) => [`y${index}`, value]));
  const graph: Graph = { name: 'copy', inputs, nodes: [], outputs };
  return toOnnx(graph);
}
