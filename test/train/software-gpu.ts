import { existsSync } from 'node:fs';

/** Folders where Debian's and other packages of chromium put SwiftShader, a Vulkan driver that computes on the CPU, and a Vulkan loader. */
const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome', '/usr/lib64/chromium-browser'];

/** The environment for a process that is to find a WebGPU adapter: as it is where a driver was chosen, else with SwiftShader where it is installed. */
export function gpuEnvironment(): NodeJS.ProcessEnv {
  const { env } = process;
  const folder = FOLDERS.find((candidate) => existsSync(`${candidate}/vk_swiftshader_icd.json`));
  if (env.VK_DRIVER_FILES || folder === undefined) return env;
  return {
    ...env,
    VK_DRIVER_FILES: `${folder}/vk_swiftshader_icd.json`,
    // The loader, libvulkan.so.1, where the system has none of its own.
    LD_LIBRARY_PATH: [env.LD_LIBRARY_PATH, folder].filter(Boolean).join(':'),
  };
}
