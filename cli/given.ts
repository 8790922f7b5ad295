import type { Given } from '../infer/posterior.ts';
import type { CommandOption } from './command.ts';
import { UsageError } from './errors.ts';

export const GIVEN_OPTION: CommandOption = {
  flags: '--given <list>',
  description:
    'what is known of hyperparameters: lengthScale=0.3,noise=0.01..0.1,kernel=rbf; can come again (default: anywhere in their widest range)',
  parse: parseGiven,
};

/** `lengthScale=0.3,noise=0.01..0.1,kernel=rbf`, beside what was given before. Which names there are is for the checkpoint to say. */
export function parseGiven(text: string, before: Given = {}): Given {
  const given: Record<string, Given[string]> = { ...before };
  for (const part of text.split(',')) {
    const [name, value] = parsePart(part);
    if (Object.hasOwn(given, name)) throw new UsageError(`--given must have each name once, got ${name} twice.`);
    given[name] = value;
  }
  return given;
}

function parsePart(part: string): readonly [string, Given[string]] {
  const [name, value, ...rest] = part.split('=').map((piece) => piece.trim());
  if (name !== '' && rest.length === 0 && /^[a-z]\w*$/i.test(value ?? '')) return [name, value];
  const ends = (value ?? '').split('..').map(Number);
  const isRange = ends.length === 2 && ends[0] <= ends[1];
  if (name === '' || rest.length > 0 || !ends.every((end) => end > 0) || !(ends.length === 1 || isRange)) {
    throw new UsageError(
      `--given must be name=value, name=low..high or name=choice, separated by commas, values above 0, got '${part}'.`,
    );
  }
  return [name, isRange ? ([ends[0], ends[1]] as const) : ends[0]];
}

/** What is given as the line below a title: `given lengthScale 0.3, noise 0.01..0.1`. */
export function givenText(given: Given = {}): string | undefined {
  const parts = Object.entries(given).map(
    ([name, value]) => `${name} ${typeof value === 'object' ? value.join('..') : value}`,
  );
  return parts.length === 0 ? undefined : `given ${parts.join(', ')}`;
}
