/** What the pages have in common. */
import type { BrowserLoadOptions } from '../../browser.ts'; // 'pfnkit/browser' outside of this repository

/** `?device=webgpu` computes on the GPU, with a larger onnxruntime. */
const device = new URLSearchParams(location.search).get('device') === 'webgpu' ? 'webgpu' : 'cpu';
export const DEVICE_NAME = device === 'webgpu' ? 'GPU' : 'CPU';

/** How a page gets a checkpoint. */
export async function source(checkpoint: string): Promise<BrowserLoadOptions> {
  const ort = device === 'webgpu' ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web/wasm');
  return { ort, device, read: (file) => fetch(`${checkpoint}/${file}`) };
}

export const one = <Kind extends HTMLElement>(selector: string) => document.querySelector(selector) as Kind;

/** Text of the line below the form. */
export function say(text: string, isWrong = false): void {
  one('#said').textContent = text;
  one('#said').classList.toggle('wrong', isWrong);
}

/** Does it, and says what went wrong. */
export async function trying(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    say((error as Error).message, true);
  }
}

/** A file that is dropped onto the area becomes its text. */
export function takeFiles(area: HTMLTextAreaElement, onText: () => void): void {
  area.addEventListener('drop', async (event) => {
    const file = event.dataTransfer?.files[0];
    if (file === undefined) return;
    event.preventDefault();
    area.value = await file.text();
    onText();
  });
}
