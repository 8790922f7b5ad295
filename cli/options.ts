import { existsSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { DEVICES as ENGINE_DEVICES } from '../engine/devices.ts';
import type { CommandOption } from './command.ts';
import { UsageError } from './errors.ts';

/** Parsers of option values. Each refuses with what was expected and what came. */
export function wholeNumber(flag: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < low || value > high) {
      const range = high === Number.POSITIVE_INFINITY ? `of at least ${low}` : `from ${low} to ${high}`;
      throw new UsageError(`${flag} must be a whole number ${range}, got '${text}'.`);
    }
    return value;
  };
}

export function finiteNumber(flag: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`${flag} must be a number, got '${text}'.`);
    return value;
  };
}

/** A list such as `0.05,0.5,0.95` of numbers between low and high, both left out; sorted, each once. */
export function numberList(flag: string, low: number, high: number): (text: string) => readonly number[] {
  return (text) => {
    const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    if (!values.every((value) => value > low && value < high)) {
      const where = high === Infinity ? `above ${low}` : `between ${low} and ${high}`;
      throw new UsageError(`${flag} must be numbers ${where} with commas between, got '${text}'.`);
    }
    return [...new Set(values)].sort((a, b) => a - b);
  };
}

/** A list such as `id,name`; where the option comes again, the names of all. */
export const nameList = (text: string, before?: unknown): readonly string[] => [
  ...((before as readonly string[] | undefined) ?? []),
  ...text.split(',').map((name) => name.trim()),
];

/** `20` (points) or `20%` (a share of them). */
export function pointsOrShare(flag: string): (text: string) => number | `${number}%` {
  return (text) => {
    const value = Number(text.replace(/%$/, '') || Number.NaN);
    const share = text.endsWith('%');
    if (share ? value > 0 && value <= 100 : Number.isInteger(value) && value >= 1) {
      return share ? `${value}%` : value;
    }
    throw new UsageError(`${flag} must be a number of points such as 20 or a share such as 20%, got '${text}'.`);
  };
}

export function oneOf<T extends string>(flag: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new UsageError(`${flag} must be one of ${choices.join(', ')}, got '${text}'.`);
    return found;
  };
}

/** What a file is by the end of its name: `svg`, `csv`. */
export const kindOf = (path: string): string => extname(path).toLowerCase().slice(1);

/** A file of one of these kinds. */
export function fileOf(flag: string, ...kinds: readonly string[]): (path: string) => string {
  return (path) => {
    if (kinds.includes(kindOf(path))) {
      // Not only once all is computed.
      const folder = dirname(path);
      if (!existsSync(folder))
        throw new UsageError(`${flag}: there is no folder '${folder}'. Make it first, or correct the path.`);
      return path;
    }
    const names = kinds.map((kind) => kind.toUpperCase()).join(' or ');
    throw new UsageError(`${flag} writes ${names}, so its file must end in .${kinds.join(' or .')}, got '${path}'.`);
  };
}

export const DEVICES = [...ENGINE_DEVICES, 'auto'] as const;
/** Inference runs recorded graphs in onnxruntime only. */
export const INFERENCE_DEVICES = ['cpu', 'webgpu', 'cuda', 'auto'] as const;

/** Options that commands share. */
export const JSON_OPTION: CommandOption = { flags: '--json', description: 'print one JSON document and nothing else' };
export const COLOUR_OPTION: CommandOption = { flags: '--no-color', description: 'plain text, also on a terminal' };
export const THEME_OPTION: CommandOption = {
  flags: '--theme <name>',
  description: "light or dark colours in the picture (default: the reader's choice)",
  parse: oneOf('--theme', ['light', 'dark']),
};
export const DEVICE_OPTIONS = deviceOptions(DEVICES);
export const INFERENCE_DEVICE_OPTIONS = deviceOptions(INFERENCE_DEVICES);

function deviceOptions(devices: readonly string[]): readonly CommandOption[] {
  return [
    {
      flags: '--device <name>',
      description: `where to compute: ${devices.join(', ')}`,
      default: 'cpu',
      parse: oneOf('--device', devices),
    },
    { flags: '--threads <n>', description: 'CPU threads to use', parse: wholeNumber('--threads', 1, 1024) },
  ];
}

/** What --device and --threads of an inference command mean. */
export function loadOptions({
  device,
  threads,
}: {
  readonly device: (typeof INFERENCE_DEVICES)[number];
  readonly threads?: number;
}) {
  if (device !== 'auto') return { device, threads };
  return {
    device: 'cpu' as const,
    threads,
    reason: 'auto: starts at once, and models of this size answer in milliseconds',
  };
}

/** Of the commands that can draw what goes together. */
export const drawOptions = (description: string): CommandOption[] => [
  {
    flags: '--draws <n>',
    description,
    parse: wholeNumber('--draws', 1, 1000),
  },
  { flags: '--seed <n>', description: 'of --draws', default: 0, parse: wholeNumber('--seed', 0, 2 ** 31) },
];

/** From so many futures on, quantiles of the step at which they reach a target are counted over them. */
export const DRAWS_THAT_TELL = 100;

interface DrawsAsked {
  readonly draws?: number;
  readonly plot?: string;
  readonly json?: boolean;
  /** Of curves. */
  readonly target?: number;
}

/** Draws that nobody would see are refused. */
export function checkDraws({ draws, plot, json, target }: DrawsAsked): void {
  if (draws === undefined || plot !== undefined || json) return;
  if (target === undefined)
    throw new UsageError('--draws: they are in the picture and in the JSON. Add --plot or --json.');
  if (draws >= DRAWS_THAT_TELL) return;
  throw new UsageError(
    `--draws: from ${DRAWS_THAT_TELL} on they tell when --target is reached, fewer are in the picture and in the JSON. Ask for more, or add --plot or --json.`,
  );
}
