import { GOALS } from '../infer/goal.ts';
import { stepText } from '../infer/number-text.ts';
import { DEFAULT_CONFIDENCE } from '../infer/stopping.ts';
import { MIN_CONTEXT } from '../model/units.ts';
import type { CommandOption } from './command.ts';
import { UsageError } from './errors.ts';
import { finiteNumber, INFERENCE_DEVICE_OPTIONS, type INFERENCE_DEVICES, oneOf, wholeNumber } from './options.ts';

/** What the commands that advise on stopping share. */
export interface StopCommandOptions {
  readonly checkpoint: string;
  readonly horizon?: number;
  readonly goal: (typeof GOALS)[number];
  readonly lower?: number;
  readonly upper?: number;
  readonly confidence: number;
  readonly minDelta: number;
  readonly minPoints: number;
  readonly stepKey?: string;
  readonly valueKey?: string;
  readonly curveKey?: string;
  readonly device: (typeof INFERENCE_DEVICES)[number];
  readonly threads?: number;
}

/** How far curves go and which values are good. `horizon` says what its default is. */
export const curveOptions = (horizon: string): readonly CommandOption[] => [
  {
    flags: '--horizon <step>',
    description: `the last step, in the steps of the file (default: ${horizon})`,
    parse: finiteNumber('--horizon'),
  },
  {
    flags: '--goal <goal>',
    description: `which way the metric improves: ${GOALS.join(', ')}`,
    default: 'auto',
    parse: oneOf('--goal', GOALS),
  },
  {
    flags: '--lower <value>',
    description: 'no value can be below this, or none (default: by the name of the metric)',
    parse: bound('--lower', -Infinity),
  },
  {
    flags: '--upper <value>',
    description: 'no value can be above this, or none (default: by the name of the metric)',
    parse: bound('--upper', Infinity),
  },
];

/** `curveOptions`, and when to stop. */
export const stopOptions = (horizon: string): readonly CommandOption[] => [
  ...curveOptions(horizon),
  {
    flags: '--confidence <p>',
    description: 'stop a run that will not beat the best with this probability',
    default: DEFAULT_CONFIDENCE,
    parse: share('--confidence'),
  },
  {
    flags: '--min-delta <value>',
    description: 'only values better by more than this beat the best',
    default: 0,
    parse: atLeastZero('--min-delta'),
  },
  {
    flags: '--min-points <n>',
    description: 'no advice before so many points of a run',
    default: 5,
    parse: wholeNumber('--min-points', MIN_CONTEXT, Infinity),
  },
];

export const CHECKPOINT_OPTION: CommandOption = {
  flags: '--checkpoint <name>',
  description: 'name of a shipped checkpoint, or a folder',
  default: 'curves', // DEFAULT_CURVE_CHECKPOINT, whose file would load onnxruntime even for --help
};

export const READING_OPTIONS: readonly CommandOption[] = [
  { flags: '--step-key <name>', description: 'column or key of the steps (default: found by name)' },
  { flags: '--value-key <name>', description: 'column, key or tag of the values (default: found by name)' },
  {
    flags: '--curve-key <name>',
    description: 'column or key that names the curve, or several with commas between (default: found)',
  },
  ...INFERENCE_DEVICE_OPTIONS,
];

/** Why a run that has diverged is to stop. */
export const divergedReason = (step: number): string =>
  `diverged: nothing but NaN or infinities from step ${stepText(step)} on`;

function bound(flag: string, none: number): (text: string) => number {
  return (text) => (text === 'none' ? none : finiteNumber(flag)(text));
}

function share(flag: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (value > 0 && value < 1) return value;
    throw new UsageError(`${flag} must be a number between 0 and 1, such as 0.95, got '${text}'.`);
  };
}

function atLeastZero(flag: string): (text: string) => number {
  return (text) => {
    const value = finiteNumber(flag)(text);
    if (value >= 0) return value;
    throw new UsageError(`${flag} must be a number of at least 0, got '${text}'.`);
  };
}
