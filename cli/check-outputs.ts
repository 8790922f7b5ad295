import { statSync } from 'node:fs';
import { UsageError } from './errors.ts';

interface Outputs {
  readonly out?: string;
  readonly plot?: string;
  readonly theme?: string;
  readonly logY?: boolean;
}

/** Refuses to write over a file that is read, and what is about no picture, before anything is computed. */
export function checkOutputs(inputs: readonly (string | undefined)[], { out, plot, theme, logY }: Outputs): void {
  for (const [option, value] of Object.entries({ '--log-y': logY, '--theme': theme })) {
    if (value && plot === undefined)
      throw new UsageError(`${option} is about the picture. Add --plot, or leave it out.`);
  }
  for (const [option, path] of Object.entries({ '--out': out, '--plot': plot })) {
    const input = inputs.find((each) => isSameFile(each, path));
    if (input === undefined) continue;
    throw new UsageError(`${option}: '${path}' is read as well, and would be lost. Name another file.`);
  }
}

/** By whatever name: links, and systems that do not tell capital letters. Paths of no file are of none. */
function isSameFile(a: string | undefined, b: string | undefined): boolean {
  const [one, other] = [a, b].map((path) => path && statSync(path, { bigint: true, throwIfNoEntry: false }));
  return Boolean(one && other && one.ino === other.ino && one.dev === other.dev);
}
