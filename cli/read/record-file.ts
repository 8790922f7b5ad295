import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32c, maskedCrc32c } from './crc32c.ts';
import { fileError } from './read-text.ts';

/** A record (TFRecord) is: uint64 length, its checksum, the data, their checksum; numbers are little-endian. */
const HEADER = 12;
const FOOTER = 4;
const BUFFER = 1 << 18;
/** Longer records (pictures, graphs) are checked but not handed on, so that memory stays bounded. */
const MAX_RECORD = 1 << 26;

const uint32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);

/** Do these bytes begin as a file of records does? By chance one file in 4 billion would. */
export const isRecordFile = (bytes: Uint8Array): boolean =>
  bytes.length >= HEADER && uint32(bytes, 8) === maskedCrc32c(crc32c(bytes.subarray(0, 8)));

/**
 * Hands each record of a file to `visit`, with its number from 1; its bytes are valid during that call only. True when the last
 * record is cut short. A checksum that does not match is an error of one line. `whole`: the bytes of the file, where they are read already.
 */
export function readRecords(
  file: string,
  visit: (record: Uint8Array, number: number) => void,
  whole?: Uint8Array,
): boolean {
  const bytes = whole === undefined ? openBytes(file) : heldBytes(whole);
  try {
    for (let number = 1; bytes.left() > 0; number++) {
      const start = bytes.position();
      if (bytes.left() < HEADER) return true;
      const header = bytes.take(HEADER);
      if (!isRecordFile(header)) throw start === 0 ? notRecords(file) : damaged(file, number, start);
      const length = uint32(header, 0) + 2 ** 32 * uint32(header, 4);
      if (bytes.left() < length + FOOTER) return true;
      if (length > MAX_RECORD) {
        let crc = 0;
        for (let left = length; left > 0; left -= BUFFER) crc = crc32c(bytes.take(Math.min(left, BUFFER)), crc);
        if (uint32(bytes.take(FOOTER), 0) !== maskedCrc32c(crc)) throw damaged(file, number, start);
      } else {
        const body = bytes.take(length + FOOTER);
        const record = body.subarray(0, length);
        if (uint32(body, length) !== maskedCrc32c(crc32c(record))) throw damaged(file, number, start);
        visit(record, number);
      }
    }
    return false;
  } finally {
    bytes.close();
  }
}

const notRecords = (file: string): Error =>
  new Error(`${file}: not a TensorBoard event file (the checksum of its first record does not match).`);

const damaged = (file: string, number: number, start: number): Error =>
  new Error(`${file}: damaged in record ${number}, from byte ${start} on (a checksum does not match). Copy it again.`);

interface ByteReader {
  readonly position: () => number;
  readonly left: () => number;
  /** The next bytes, of which there must be as many; valid until the next call. */
  readonly take: (count: number) => Uint8Array;
  readonly close: () => void;
}

function heldBytes(bytes: Uint8Array): ByteReader {
  let at = 0;
  return {
    position: () => at,
    left: () => bytes.length - at,
    take(count) {
      at += count;
      return bytes.subarray(at - count, at);
    },
    close: () => {},
  };
}

/** A buffered reader of the bytes that a file has when it is opened: another program may be writing to it. */
function openBytes(file: string): ByteReader {
  const descriptor = open(file);
  const size = fstatSync(descriptor).size;
  const buffer = new Uint8Array(BUFFER);
  let [start, end] = [0, 0]; // of what is in the buffer
  let read = 0;
  const fill = (into: Uint8Array, from: number): number => {
    const count = readSync(descriptor, into, from, Math.min(into.length - from, size - read), read);
    if (count === 0) throw new Error(`${file}: became shorter while it was read. Try again.`);
    read += count;
    return count;
  };
  return {
    position: () => read - (end - start),
    left: () => size - read + (end - start),
    take(count) {
      const into = count > BUFFER ? new Uint8Array(count) : buffer;
      if (into !== buffer || end - start < count) {
        into.set(buffer.subarray(start, end));
        [start, end] = [0, end - start];
        while (end < count) end += fill(into, end);
      }
      const bytes = into.subarray(start, start + count);
      if (into === buffer) start += count;
      else [start, end] = [0, 0];
      return bytes;
    },
    close: () => closeSync(descriptor),
  };
}

function open(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    throw fileError(file, error);
  }
}
