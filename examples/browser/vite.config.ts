import { join } from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  // A checkpoint is files to fetch, as they are.
  publicDir: '../../checkpoints',
  // It finds its WebAssembly beside itself.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  build: {
    chunkSizeWarningLimit: 1000,
    target: 'es2023',
    rolldownOptions: { input: ['index.html', 'tables.html'].map((page) => join(import.meta.dirname, page)) },
  },
});
