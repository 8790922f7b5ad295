import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a whole file or nothing: a temporary file beside it, then a rename. An error is one line that names the path. */
export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, 'w');
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    const remedy = code === 'ENOSPC' ? 'The disk is full: free some space, then go on' : 'Check folder and permissions';
    throw new Error(`${path}: cannot be written (${code}). ${remedy}.`);
  }
}
