import { readFileSync, readSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const STANDARD_INPUT = 0;
/** Node.js holds no longer text. */
const MAX_TEXT = 0x1fffffe8;

/** Whether a path stands for what is piped in. */
export const isStandardInput = (path: string | undefined): boolean => path === '-';

/** Whether a file is called as gzip calls what it packs. */
export const isPacked = (path: string): boolean => /\.gz$/i.test(path);

/** The bytes of a file, or of standard input where it is called `-`, unpacked where gzip has packed them. An error is one line that names it. */
export function readBytes(file: string): Uint8Array {
  try {
    const bytes = isStandardInput(file) ? readStandardInput() : readFileSync(file);
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: MAX_TEXT }) : bytes;
  } catch (error) {
    throw fileError(file, error);
  }
}

/** A pipe that does not block says EAGAIN while there is nothing to read yet. */
function readStandardInput(): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (;;) {
    try {
      const chunk = new Uint8Array(65536);
      const length = readSync(STANDARD_INPUT, chunk);
      if (length === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, length));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return Buffer.concat(chunks); // as Windows ends a pipe
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

const FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file. Check the path.',
  ENOTDIR: 'there is no such file. Check the path.',
  EISDIR: 'is a directory, expected a CSV file.',
  EACCES: 'permission to read it is denied. Check its access rights.',
  ERR_FS_FILE_TOO_LARGE: 'larger than 2 GiB. Split it.',
  ERR_BUFFER_TOO_LARGE: 'larger than 512 MiB once unpacked. Split it.',
  Z_BUF_ERROR: 'packed by gzip, and ends early. Copy it again.',
  Z_DATA_ERROR: 'packed by gzip, and damaged. Copy it again.',
};

/** One line for what the file system refused. */
export function fileError(file: string, error: unknown): Error {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  return new Error(`${file}: ${FAILURES[code] ?? `cannot be read (${code}).`}`);
}

/**
 * UTF-8 as text, without a byte-order mark. `isLog`: a file that another program is writing may end inside a character.
 * Anything else that is no text is an error of one line with its row.
 */
export function decodeText(file: string, bytes: Uint8Array, isLog = false): string {
  if (bytes.length > MAX_TEXT) throw new Error(`${file}: larger than 512 MiB. Split it.`);
  const zero = bytes.indexOf(0);
  if (zero >= 0) {
    throw new Error(
      `${file}, row ${rowOfByte(bytes, zero)}: not a text file (it has a zero byte). Expected CSV in UTF-8.`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isLog });
  } catch {
    const format = isLog ? 'it' : 'the file as CSV';
    throw new Error(`${file}, row ${firstBadRow(bytes)}: not valid UTF-8. Save ${format} in UTF-8.`);
  }
}

const rowOfByte = (bytes: Uint8Array, end: number): number =>
  bytes.subarray(0, end).reduce((row, byte) => row + (byte === 0x0a ? 1 : 0), 1);

/** TextDecoder does not say where it failed. A line feed is never part of a longer UTF-8 sequence, so lines can be tried alone. */
function firstBadRow(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let start = 0;
  for (let row = 1; ; row++) {
    const end = bytes.indexOf(0x0a, start);
    try {
      decoder.decode(bytes.subarray(start, end < 0 ? undefined : end));
    } catch {
      return row;
    }
    if (end < 0) return row;
    start = end + 1;
  }
}
