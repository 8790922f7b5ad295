import { compiledEngine } from '../../engine/compiled.ts';
import { createEngine } from '../../engine/device.ts';
import type { DeviceName } from '../../engine/devices.ts';
import type { Engine } from '../../engine/engine.ts';

/** The engine suites hold on every device: PFN_TEST_DEVICE=webgpu (or cuda) runs them there. */
export async function engineUnderTest(): Promise<Engine> {
  const device = process.env.PFN_TEST_DEVICE as DeviceName | undefined;
  return device ? createEngine({ device }) : compiledEngine({ threads: 1 });
}
