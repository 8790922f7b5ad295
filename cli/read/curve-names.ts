import { basename } from 'node:path';
import { metricOf } from '../../infer/metric.ts';
import { counted, quoted } from '../wording.ts';

/** What counts data; a size, such as that of a batch, is called so, too. */
const DATA_NAMES = [
  ...['round', 'batch', 'tokens', 'num_tokens', 'samples', 'n_samples', 'num_samples'],
  ...['train_size', 'training_size'],
];

/** What steps are called, the preferred first. */
const STEP_NAMES = [
  ...['step', 'epoch', 'global_step', '_step', 'steps', 'epochs'],
  ...['timestep', 'timesteps', 'total_timesteps', 'num_timesteps', 'env_steps', 'env_step'],
  ...['iteration', 'iter', 'iterations', 'iters', ...DATA_NAMES],
];

/** What tells curves apart in a long file, the preferred first. */
export const CURVE_NAMES = ['curve', 'run', 'run_id', 'name', 'config'];

/** As Weights & Biases calls the time since the start, in seconds or hours. */
export const RELATIVE_TIME = /^relative time \(.*\)$/i;
/** When something was logged; never a value unless it is asked for. */
export const TIME_NAME = /^(time\/.*|_?timestamp|_?runtime|wall[ _]?time|relative time \(.*\)|time|date|datetime)$/i;

/** What is logged of the training itself; never a value unless it is asked for. */
const SETTING_NAME = /^((.*\/)?(train[_-])?(lr|learning[-_ ]rate|grad(ient)?[-_ ]norm)(\/\w+)?|.*\/lr\d*)$/i;
/** As Lightning calls it by the optimiser; `lr-high` may be a run. */
const LIGHTNING_RATE = /^lr-[A-Z][A-Za-z]+(\/\w+)?$/;

export const isSettingName = (name: string): boolean => SETTING_NAME.test(name) || LIGHTNING_RATE.test(name);
/** As pandas reads an index that it wrote. */
const INDEX_NAME = /^unnamed: \d+$/i;

/** Libraries say who counts: `trainer/global_step`, `time/total_timesteps`. */
const stepRank = (name: string): number =>
  STEP_NAMES.indexOf(name.toLowerCase().replace(/^(trainer|train|time|global)\//, ''));

export const isStepName = (name: string): boolean => stepRank(name) >= 0;

/** The names that may be steps, the preferred first. */
export const stepNames = (names: readonly string[]): string[] =>
  names.filter(isStepName).sort((a, b) => stepRank(a) - stepRank(b));

/**
 * Which of the names to take as the steps, where `valuesOf` has the numbers of one from row to row: the first, but of an epoch that lasts for some rows the first other one whose numbers never
 * come again (those of a run that was taken up again do); what counts data only where its numbers do not come again, or `isTold` says why they do.
 */
export function chosenSteps(
  names: readonly string[],
  valuesOf: (name: string) => readonly number[],
  isTold: (name: string) => boolean,
): string | undefined {
  const ranked = stepNames(names);
  const ofTraining = ranked.filter((name) => stepRank(name) < STEP_NAMES.length - DATA_NAMES.length);
  const comesAgain = (name: string, values = valuesOf(name)) => new Set(values).size < values.length;
  const [first] = ofTraining;
  if (first === undefined) return ranked.find((name) => !comesAgain(name) || isTold(name));
  const firstValues = valuesOf(first);
  const lasts =
    comesAgain(first, firstValues) && firstValues.every((value, i) => i === 0 || value >= firstValues[i - 1]);
  return (lasts ? ofTraining.find((name) => !comesAgain(name)) : undefined) ?? first;
}

/** The names that may be values: no learning rates, no steps and no times, each unless there is nothing else. */
export function valueNames(names: readonly string[]): readonly string[] {
  const logged = names.filter((name) => !isStepName(name) && !TIME_NAME.test(name) && !INDEX_NAME.test(name));
  const values = logged.filter((name) => !isSettingName(name));
  return [values, logged].find((some) => some.length > 0) ?? names;
}

/** Is it called just `value`? Then it is the one that is meant. */
export const isValueName = (name: string): boolean => name.toLowerCase() === 'value';

export interface ChosenValues {
  readonly chosen: readonly string[];
  /** The candidates that are left out. */
  readonly others: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Which of the candidates to read where none is asked for: the only one, the one called `value`, or all that are metrics by their names; and a note that names
 * the others. An error where the names do not tell.
 */
export function chosenValues(source: string, kind: NameKind, candidates: readonly string[]): ChosenValues {
  const value = candidates.length === 1 ? candidates[0] : candidates.find(isValueName);
  const chosen = value === undefined ? candidates.filter((name) => metricOf(name) !== undefined) : [value];
  if (chosen.length === 0) throw unclear(source, kind, candidates, 'values', '--value-key');
  const others = candidates.filter((name) => !chosen.includes(name));
  const note = `${source}: reads ${quoted(chosen, 5)}; ${kind}s left out: ${quoted(others, 5)}. Another one: --value-key.`;
  return { chosen, others, notes: others.length === 0 ? [] : [note] };
}

/** What a curve is of: Weights & Biases calls one `run - val_loss`, as we do where files have several each. */
export const metricPart = (name: string): string => name.split(' - ').at(-1) as string;

/** The metric that each name is of, undefined where it is of none that is known. */
export const metricsOfNames = (names: readonly string[]): (string | undefined)[] =>
  names.map(metricPart).map((name) => (metricOf(name) === undefined ? undefined : name));

/** Whether these are metrics of one run: several, and of most names. A few may be chance: of the runs `r1`, `r2` and `r3` one is called like a metric. */
export function areOfOneRun(metrics: readonly (string | undefined)[]): boolean {
  const known = metrics.filter((metric) => metric !== undefined);
  return new Set(known).size > 1 && 2 * known.length >= metrics.length;
}

/** Without what says the format of a file; `v1.5` is a name. */
export const withoutExtension = (path: string): string =>
  path.replace(/\.gz$/i, '').replace(/\.(csv|tsv|txt|log|jsonl?|ndjson)$/i, '');

/** The name of a file's only curve. */
export const fileTitle = (source: string): string => basename(withoutExtension(source));

/** What names are called in messages: columns of CSV, keys of JSON, tags of event files. */
export type NameKind = 'column' | 'key' | 'tag';
export type KeyOption = '--step-key' | '--value-key' | '--curve-key';

/** Several could play a role: the error names them and the options that choose. */
export function unclear(
  source: string,
  kind: NameKind,
  names: readonly string[],
  role: string,
  ...options: KeyOption[]
): Error {
  return new Error(
    `${source}: ${counted(names.length, kind)} could be the ${role}: ${quoted(names)}. Choose with ${options.join(' and ')}.`,
  );
}

/** An option names what is not there: the error names what is. */
export function noSuchKey(
  source: string,
  kind: NameKind,
  names: readonly string[],
  option: KeyOption,
  key: string,
): Error {
  const there = names.length === 0 ? 'is none with a number' : `${names.length === 1 ? 'is' : 'are'} ${quoted(names)}`;
  return new Error(`${source}: no ${kind} '${key}' (${option}). There ${there}.`);
}
