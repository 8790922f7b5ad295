import { expect, test } from 'vitest';
import { command } from '../../cli/commands/doctor.ts';
import { vulkanAdapters } from '../../engine/probe.node.ts';

async function outputOf(options: { readonly json?: boolean }): Promise<string> {
  const lines: string[] = [];
  const terminal = {
    out: (text: string) => lines.push(text),
    note: () => {},
    progress: () => {},
    columns: 80,
    colour: false,
  };
  await command.run([], options, terminal);
  return lines.join('\n');
}

test('doctor --json: every device works, or says why not and what to do', async () => {
  const report = JSON.parse(await outputOf({ json: true }));
  expect(Object.keys(report)).toEqual(['node', 'onnxruntime', 'platform', 'cpu', 'devices', 'auto']);
  expect(report).toMatchObject({ node: process.version, onnxruntime: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  expect(report.cpu.threads).toBeGreaterThan(0);
  expect(report.devices.map(({ name }: { name: string }) => name)).toEqual(['cpu', 'webgpu', 'cuda', 'tfjs-node-gpu']);
  for (const device of report.devices) {
    if (!device.works) {
      expect(device).toMatchObject({ why: expect.stringMatching(/^[^\n]+$/), fix: expect.stringMatching(/^[^\n]+$/) });
      continue;
    }
    expect(device.gigaflops).toBeGreaterThan(0);
    // Where Vulkan's loader tells.
    for (const name of device.adapters ?? []) expect(name).toMatch(/^\S.*\S$/);
    // Its rate, or null.
    if (['webgpu', 'cuda'].includes(device.name)) expect(device).toHaveProperty('float16');
  }
  expect(report.devices[0].works).toBe(true);
  expect(report.auto).toEqual({ name: expect.any(String), reason: expect.any(String) });
});

test('doctor: the same for people', async () => {
  const text = await outputOf({});
  expect(text).toMatch(/^Node\.js v\S+, onnxruntime-node \d\S+, \w+ \w+\n/);
  expect(text).toMatch(/\ncpu {11}works, [\d.]+ GFLOP\/s in matrix products\n/);
  expect(text).toMatch(/\n--device auto uses \S+ \(.+\)$/);
});

test.each([
  ['', ['SwiftShader Device (Subzero)']],
  ['[Vulkan Loader] INFO | DRIVER:  ', ['llvmpipe (LLVM 15.0.6, 256 bits)', 'Some GPU [rev 2]']],
])("the names of GPUs are read from the log of Vulkan's loader, whose lines begin with '%s'", (start, names) => {
  const list = (title: string, listed: readonly string[]) => [
    `${title} order:`,
    ...listed.map((name, i) => `         [${i}] ${name}  `),
  ];
  const log = [
    'linux_read_sorted_physical_devices:',
    ...list('Original', names.toReversed()),
    ...list('Sorted', names),
  ];
  expect(vulkanAdapters(`${[...log, ...log].map((line) => start + line).join('\n')}\nerror: no display\n`)).toEqual(
    names,
  );
});

test('a log without a sorted list of GPUs names none', () => {
  expect(vulkanAdapters('INFO: Vulkan Loader Version 1.3.239\nOriginal order:\n   [0] Some GPU\n')).toEqual([]);
});
