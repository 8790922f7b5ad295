import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crc32c } from '../../../cli/read/crc32c.ts';
import { readCurves } from '../../../cli/read/read-curves.ts';
import { randomStream } from '../../../priors/random.ts';

/** The definition, bit by bit: RFC 3720, appendix B.4. */
function bitwiseCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const carry = (crc ^ (byte >> bit)) & 1;
      crc = (crc >>> 1) ^ (carry ? 0x82f63b78 : 0);
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}

// The wire format of protocol buffers, written by hand: a varint, then fields as key = number << 3 | type.
function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}
const text = (value: string): number[] => [...Buffer.from(value)];
const double = (value: number): number[] => [...new Uint8Array(Float64Array.of(value).buffer)];
const float = (value: number): number[] => [...new Uint8Array(Float32Array.of(value).buffer)];
const number = (field: number, value: number | bigint): number[] => [...varint(field << 3), ...varint(value)];
const fixed64 = (field: number, value: number): number[] => [...varint((field << 3) | 1), ...double(value)];
const fixed32 = (field: number, value: number): number[] => [...varint((field << 3) | 5), ...float(value)];
const bytes = (field: number, value: readonly number[]): number[] => [
  ...varint((field << 3) | 2),
  ...varint(value.length),
  ...value,
];

const uint32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];
function masked(data: Uint8Array): number[] {
  const crc = bitwiseCrc32c(data);
  return uint32((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
}

function record(data: readonly number[]): number[] {
  const length = [...uint32(data.length), ...uint32(0)];
  return [...length, ...masked(Uint8Array.from(length)), ...data, ...masked(Uint8Array.from(data))];
}

/** event.proto: wall_time 1, step 2, summary 5 with values 1. A step of 0 is not written, as in every proto3 writer. */
const event = (step: number | bigint, ...values: (readonly number[])[]): number[] => {
  const summary = values.flatMap((value) => bytes(1, value));
  return record([...fixed64(1, 1.7e9), ...(step === 0 ? [] : number(2, step)), ...bytes(5, summary)]);
};
const version = record([...fixed64(1, 1.7e9), ...bytes(3, text('brain.Event:2'))]);
/** summary.proto: tag 1, simple_value 2. */
const simple = (tag: string, value: number): number[] => [...bytes(1, text(tag)), ...fixed32(2, value)];
/** summary.proto: tag 1, tensor 8, metadata 9 with plugin_data 1 with plugin_name 1. */
const tensor = (tag: string, value: readonly number[], plugin?: string): number[] => [
  ...bytes(1, text(tag)),
  ...(plugin === undefined ? [] : bytes(9, bytes(1, bytes(1, text(plugin))))),
  ...bytes(8, value),
];
const FLOAT = number(1, 1);
const DOUBLE = number(1, 2);
const shape = (...sizes: number[]): number[] =>
  bytes(
    2,
    sizes.flatMap((size) => bytes(2, number(1, size))),
  );

const NAME = 'events.out.tfevents.1700000000.host';
let folder: string;
const before = process.cwd();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfnkit-'));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

function write(path: string, ...parts: (readonly number[])[]): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Uint8Array.from(parts.flat()));
  return path;
}

test('CRC-32C: the check value, the definition, and in pieces', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(bitwiseCrc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  const random = randomStream('crc');
  for (const length of [0, 1, 7, 64, 1000]) {
    const data = Uint8Array.from({ length }, () => 256 * random());
    expect(crc32c(data)).toBe(bitwiseCrc32c(data));
    expect(crc32c(data.subarray(3), crc32c(data.subarray(0, 3)))).toBe(bitwiseCrc32c(data));
  }
});

describe('an event file', () => {
  test('one tag is read, and the run is called as its folder', () => {
    const path = write(`runs/a/${NAME}`, version, event(0, simple('loss', 2.5)), event(100, simple('loss', -0.25)));
    expect(readCurves(path)).toEqual({
      curves: [{ name: 'a', steps: [0, 100], values: [2.5, -0.25] }],
      stepTitle: 'step',
      valueTitle: 'loss',
      areMetrics: false,
      notes: [],
    });
  });

  test('may be packed by gzip, by whatever name', () => {
    const plain = readCurves(write(NAME, version, event(1, simple('loss', 2.5)), event(2, simple('loss', 1))));
    const packed = gzipSync(readFileSync(NAME));
    for (const name of [`${NAME}.gz`, 'log.gz']) {
      writeFileSync(name, packed);
      expect(readCurves(name).curves).toEqual(plain.curves);
    }
    // Of several tags the file is read twice.
    write(NAME, version, event(1, simple('loss', 2.5), simple('acc', 0.5)), event(2, simple('loss', 1)));
    writeFileSync('log.gz', gzipSync(readFileSync(NAME)));
    expect(readCurves('log.gz', { valueKey: 'loss' }).curves[0].values).toEqual([2.5, 1]);
  });

  test('a value of zero is a value', () => {
    const path = write(NAME, version, event(1, simple('loss', 0)), event(2, simple('loss', -0.5)));
    expect(readCurves(path).curves[0]).toMatchObject({ steps: [1, 2], values: [0, -0.5] });
  });

  test('of a single run, each tag that is a metric by its name is a curve, and the others are named', () => {
    const path = write(
      NAME,
      version,
      event(1, simple('loss', 2), simple('lr-Adam', 0.1), simple('eval/acc', 0.5), simple('memory', 9)),
      event(2, simple('loss', 1), simple('lr-Adam', 0.1)),
    );
    expect(readCurves(path)).toEqual({
      curves: [
        { name: 'loss', steps: [1, 2], values: [2, 1] },
        { name: 'eval/acc', steps: [1], values: [0.5] },
      ],
      stepTitle: 'step',
      valueTitle: 'value',
      areMetrics: true,
      run: expect.any(String),
      notes: [`${NAME}: reads 'loss', 'eval/acc'; tags left out: 'memory'. Another one: --value-key.`],
    });
    const nameless = write(`b-${NAME}`, version, event(1, simple('a', 2), simple('b', 1)));
    expect(() => readCurves(nameless)).toThrow(
      new Error(`b-${NAME}: 2 tags could be the values: 'a', 'b'. Choose with --value-key.`),
    );
  });

  test('several tags in one event: one is chosen', () => {
    const path = write(
      NAME,
      version,
      event(1, simple('loss', 2), simple('eval/acc', 0.5)),
      event(2, simple('loss', 1)),
    );
    expect(readCurves(path, { valueKey: 'loss' }).curves[0].values).toEqual([2, 1]);
    expect(readCurves(path, { valueKey: 'eval/acc' })).toMatchObject({
      curves: [{ steps: [1], values: [0.5] }],
      valueTitle: 'eval/acc',
    });
    expect(() => readCurves(path, { valueKey: 'f1' })).toThrow(
      new Error(`${NAME}: no tag 'f1' (--value-key). There are 'loss', 'eval/acc'.`),
    );
    for (const options of [{ stepKey: 'epoch' }, { curveKey: 'run' }]) {
      expect(() => readCurves(path, options)).toThrow(
        new Error(
          `${NAME}: event files have their own steps and a curve per run. Leave out --step-key and --curve-key.`,
        ),
      );
    }
  });

  test.each<[string, readonly number[], number]>([
    ['float_val', [...FLOAT, ...fixed32(5, 0.5)], 0.5],
    ['packed float_val', [...FLOAT, ...bytes(5, float(0.5))], 0.5],
    ['double_val', [...DOUBLE, ...fixed64(6, 0.1)], 0.1],
    ['packed double_val', [...DOUBLE, ...shape(), ...bytes(6, double(0.1))], 0.1],
    ['tensor_content of a float', [...FLOAT, ...shape(), ...bytes(4, float(-8))], -8],
    ['tensor_content of a double', [...DOUBLE, ...bytes(4, double(1e300))], 1e300],
    ['one element in a vector', [...FLOAT, ...shape(1), ...bytes(5, float(3))], 3],
    ['zero, which may be left out', [...FLOAT, ...shape()], 0],
  ])('a scalar as a tensor: %s', (_, value, expected) => {
    const path = write(NAME, version, event(7, tensor('loss', value, 'scalars')));
    expect(readCurves(path).curves[0]).toMatchObject({ steps: [7], values: [expected] });
  });

  test('the plugin is named by the first event of a tag only, and other plugins and shapes are no scalars', () => {
    const half = [...FLOAT, ...bytes(4, float(0.5))];
    const path = write(
      NAME,
      version,
      event(1, tensor('loss', half, 'scalars'), tensor('weights', half, 'histograms')),
      event(2, tensor('loss', half), tensor('weights', half)),
      event(3, tensor('unnamed', [...FLOAT, ...shape(2), ...bytes(5, [...float(1), ...float(2)])])),
      event(3, tensor('text', [...number(1, 7), ...bytes(8, text('hello'))], 'text')),
      event(3, tensor('hyper', [...FLOAT, ...shape(0)], 'hparams')),
      event(3, tensor('accuracy', half, 'pr_curves')),
      event(3, [...bytes(1, text('picture')), ...bytes(4, number(1, 8))], [...bytes(1, text('bins')), ...bytes(5, [])]),
    );
    expect(readCurves(path)).toMatchObject({ curves: [{ steps: [1, 2], values: [0.5, 0.5] }], valueTitle: 'loss' });
  });

  test('large and negative steps, NaN, infinities, a resumed run', () => {
    const path = write(
      NAME,
      version,
      event(-3n, simple('loss', 5)),
      event(2 ** 40, simple('loss', 1)),
      event(10, simple('loss', Number.NaN), simple('loss', Number.POSITIVE_INFINITY)),
      event(20, simple('loss', 3)),
      event(20, simple('loss', 2)),
    );
    const { curves, notes } = readCurves(path);
    expect(curves[0]).toMatchObject({ steps: [-3, 20, 2 ** 40], values: [5, 2, 1] });
    expect(notes.map((note) => note.replace(/'.*'/, '...'))).toEqual([
      `${NAME}: 1 infinite value is left out.`,
      `${NAME}: steps were not in order and are sorted: ....`,
      `${NAME}: 1 point came again at the same step; the last one in the file is kept.`,
    ]);
  });

  test('fields that are not read are skipped, of any wire type', () => {
    const unknown = [...number(100, 7), ...fixed64(101, 1), ...bytes(102, [1, 2]), ...fixed32(103, 1)];
    const data = [
      ...unknown,
      ...number(2, 5),
      ...bytes(5, [...bytes(1, [...simple('loss', 2), ...unknown]), ...unknown]),
    ];
    expect(readCurves(write(NAME, version, record(data))).curves[0]).toMatchObject({ steps: [5], values: [2] });
  });

  test('another name: the checksum of the first record tells', () => {
    const path = write('saved.bin', version, event(1, simple('loss', 2)));
    const file = readCurves(path);
    expect(file.curves[0].values).toEqual([2]);
    expect(file.notes).toEqual(['saved.bin is read as a TensorBoard event file.']);
  });

  test('records longer than the buffer, across its end', () => {
    const picture = (length: number) => [...bytes(1, text('picture')), ...bytes(4, new Array<number>(length).fill(7))];
    const events = [100, 400_000, 5, 262_144, 90_000].flatMap((length, i) =>
      event(i + 1, picture(length), simple('loss', i)),
    );
    expect(readCurves(write(NAME, version, events)).curves[0]).toMatchObject({
      steps: [1, 2, 3, 4, 5],
      values: [0, 1, 2, 3, 4],
    });
  });
});

describe('a folder of runs', () => {
  test('a curve per folder with event files, at any depth, in the order of their numbers', () => {
    for (const [i, run] of ['run10', 'run2', 'deep/er/x'].entries()) {
      write(`runs/${run}/${NAME}`, version, event(1, simple('loss', i)));
    }
    write('runs/readme.txt', text('nothing'));
    write(`runs/${NAME}`, version, event(4, simple('loss', 9)));
    expect(readCurves('runs').curves.map(({ name, values }) => [name, ...values])).toEqual([
      [join('deep', 'er', 'x'), 2],
      ['run2', 1],
      ['run10', 0],
      ['runs', 9],
    ]);
  });

  test('the files of a resumed run are one curve, the later file last', () => {
    write(
      'runs/a/events.out.tfevents.1700000009.host',
      version,
      event(2, simple('loss', 7)),
      event(3, simple('loss', 6)),
    );
    write(
      'runs/a/events.out.tfevents.1700000001.host',
      version,
      event(1, simple('loss', 9)),
      event(2, simple('loss', 8)),
    );
    const { curves, notes } = readCurves('runs');
    expect(curves).toEqual([{ name: 'a', steps: [1, 2, 3], values: [9, 7, 6] }]);
    expect(notes).toEqual(['runs: 1 point came again at the same step; the last one in the file is kept.']);
  });

  test('a folder without the metrics is no other run', () => {
    write(`runs/a/${NAME}`, version, event(1, simple('loss', 1), simple('acc', 0.5)));
    write(`runs/a/hparams/${NAME}`, version, event(1, simple('hparam/size', 1)));
    const { curves, run } = readCurves('runs');
    expect([run, ...curves.map(({ name }) => name)]).toEqual(['a', 'loss', 'acc']);
  });

  test('runs without the tag are named', () => {
    write(`runs/a/${NAME}`, version, event(1, simple('loss', 1)));
    write(`runs/b/${NAME}`, version, event(1, simple('acc', 1)));
    write(`runs/c/${NAME}`, version);
    const { curves, notes } = readCurves('runs', { valueKey: 'loss' });
    expect(curves.map(({ name }) => name)).toEqual(['a']);
    expect(notes).toEqual(["runs: runs without 'loss' are left out: 'b', 'c'."]);
    expect(() => readCurves('runs')).toThrow(
      "runs: 2 tags could be the values: 'loss', 'acc'. Choose with --value-key.",
    );
  });
});

describe('damaged files', () => {
  const good = [...version, ...event(1, simple('loss', 2)), ...event(2, simple('loss', 1))];

  test('a file cut anywhere in its last record keeps the others', () => {
    const whole = good.length;
    for (let length = whole - event(2, simple('loss', 1)).length + 1; length < whole; length++) {
      const { curves, notes } = readCurves(write(NAME, good.slice(0, length)));
      expect(curves[0].values).toEqual([2]);
      expect(notes).toEqual([`${NAME}: the last record is cut short (is it still being written?) and left out.`]);
    }
  });

  test('any changed byte is found', () => {
    const start = version.length;
    for (let at = start; at < good.length; at++) {
      const damaged = good.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
      const second = at >= start + event(1, simple('loss', 2)).length;
      expect(() => readCurves(write(NAME, damaged))).toThrow(
        new RegExp(
          `^${NAME}: damaged in record ${second ? 3 : 2}, from byte \\d+ on \\(a checksum does not match\\)\\. Copy it again\\.$`,
        ),
      );
    }
  });

  test('no event file', () => {
    expect(() => readCurves(write(NAME, text('step,loss\n1,2\n2,1\n')))).toThrow(
      new Error(`${NAME}: not a TensorBoard event file (the checksum of its first record does not match).`),
    );
    for (const content of [[], version, record([]), [1, 2, 3]]) {
      expect(() => readCurves(write(NAME, content))).toThrow(
        new Error(`${NAME}: no scalars in its events. Expected curves as summary writers log them (add_scalar).`),
      );
    }
    expect(() => readCurves(write(NAME, record([0xff, 0xff])))).toThrow(
      new Error(`${NAME}: record 1 is no TensorBoard event. Expected an event file (events.out.tfevents.*).`),
    );
    expect(() => readCurves('events.out.tfevents.1')).toThrow(
      new Error('events.out.tfevents.1: there is no such file. Check the path.'),
    );
  });

  test('random garbage, also with good checksums, gives one line and no memory for what it claims', () => {
    const random = randomStream('garbage');
    const garbage = (length: number) => Array.from({ length }, () => Math.floor(256 * random()));
    for (let i = 0; i < 500; i++) {
      const length = Math.floor(80 * random());
      const content = i % 2 === 0 ? garbage(length) : [...version, ...record(garbage(length))];
      expect(() => readCurves(write(NAME, content))).toThrow(new RegExp(`^${NAME}: [^\\n]+$`));
    }
    // A length of 2^63 with its right checksum: the record is cut short, whatever it says.
    const length = [...uint32(0), ...uint32(2 ** 31)];
    const huge = [...good, ...length, ...masked(Uint8Array.from(length)), 1, 2, 3];
    expect(readCurves(write(NAME, huge)).curves[0].values).toEqual([2, 1]);
    // Groups inside of groups, 100 000 deep.
    const deep = record(new Array<number>(100_000).fill((20 << 3) | 3));
    expect(() => readCurves(write(NAME, version, deep))).toThrow(/record 2 is no TensorBoard event/);
  });
});
