import type { Forecast } from '../infer/forecast.ts';
import type { GoalChoice } from '../infer/goal.ts';
import { defaultHorizon } from '../infer/horizon.ts';
import type { ExtrapolateOptions, LearningCurveModel } from '../infer/learning-curve.ts';
import { stepText } from '../infer/number-text.ts';
import { adviseStop, bestOf, type StopAdvice, type StopOptions } from '../infer/stopping.ts';
import { settingsOf } from './curve-settings.ts';
import { type CurveFile, divergedAt, type FileCurve } from './read/curve-file.ts';
import { divergedReason } from './stop-options.ts';
import { counted, quoted } from './wording.ts';

export interface LookSettings extends StopOptions, Pick<ExtrapolateOptions, 'goal' | 'lower' | 'upper'> {
  /** Name of the curve to watch. Default: the last one of the file. */
  readonly curve?: string;
  /** Default: decided at every look from the steps so far, so that it moves on with the curve and is never reached. */
  readonly horizon?: number;
  /** A value to beat beside the best of the file. */
  readonly best?: number;
  /** The advice to stop must hold at this many points in a row, the last one among them. */
  readonly patience: number;
  /** At least 2. */
  readonly minPoints: number;
}

export interface Waiting {
  readonly state: 'waiting';
  readonly reason: string;
}

export interface Watched {
  readonly state: 'go on' | 'stop' | 'finished';
  readonly reason: string;
  readonly curve: FileCurve;
  readonly goal: GoalChoice;
  readonly lower?: number;
  readonly upper?: number;
  /** What of the bounds was not asked for; null for nothing. */
  readonly boundsNote: string | null;
  readonly horizon: number;
  readonly best: number;
  /** From all points; null where the horizon is reached or the curve has diverged. */
  readonly forecast: Forecast | null;
  readonly advice: StopAdvice | null;
}

/**
 * What one look at a file says, whose curves are runs of one metric. It depends on the file alone, not on earlier looks: with patience, the same forecasts are made
 * that a look after each of the last points would have made. `model` is asked for only once there is something to forecast.
 */
export async function look(
  file: CurveFile,
  settings: LookSettings,
  model: () => Promise<Pick<LearningCurveModel, 'extrapolate'>>,
): Promise<Waiting | Watched> {
  const { minPoints, patience } = settings;
  const curve =
    settings.curve === undefined ? file.curves.at(-1) : file.curves.find(({ name }) => name === settings.curve);
  if (curve === undefined) {
    return {
      state: 'waiting',
      reason: `no curve '${settings.curve}' yet, only ${quoted(
        file.curves.map(({ name }) => name),
        5,
      )}`,
    };
  }
  const count = curve.steps.length;
  const decided = settingsOf(
    { goal: settings.goal ?? 'auto', lower: settings.lower, upper: settings.upper, known: settings.best },
    file,
    file.curves.map(({ values }) => values),
  );
  const { goal, lower, upper } = decided.settings[file.curves.indexOf(curve)];
  const runs = file.curves.filter((other) => other !== curve);
  const others = runs.flatMap(({ values }) => [...values]);
  if (settings.best !== undefined) others.push(settings.best);
  const bestWith = (points: number) => bestOf([...others, ...curve.values.slice(0, points)], goal.goal);
  const horizon = settings.horizon ?? file.end ?? defaultHorizon(curve.steps);
  const known = { curve, goal, lower, upper, boundsNote: decided.boundsNote, horizon, best: bestWith(count) };
  const diverged = divergedAt(file, curve);
  if (diverged !== undefined) {
    return { state: 'stop', reason: divergedReason(diverged), ...known, forecast: null, advice: null };
  }
  if (curve.steps[count - 1] >= horizon) {
    const reason = `reached step ${stepText(curve.steps[count - 1])} of ${stepText(horizon)}`;
    return { state: 'finished', reason, ...known, forecast: null, advice: null };
  }
  if (count < minPoints) {
    return { state: 'waiting', reason: `'${curve.name}' has ${counted(count, 'point')}, waiting for ${minPoints}` };
  }
  const lengths = Array.from({ length: patience }, (_, i) => count - i).filter((length) => length >= minPoints);
  const parts = lengths.map((length) => ({
    name: curve.name,
    steps: curve.steps.slice(0, length),
    values: curve.values.slice(0, length),
  }));
  const forecasts = await (await model()).extrapolate(parts, { goal: goal.goal, lower, upper, horizon });
  const advices = forecasts.map((forecast, i) => adviseStop(forecast, bestWith(lengths[i]), settings));
  const inARow = advices.findIndex(({ stop }) => !stop);
  const [advice] = advices;
  const isPatient = advice.stop && (inARow >= 0 || advices.length < patience);
  const held = isPatient
    ? `; so at the last ${counted(inARow < 0 ? advices.length : inARow, 'point')} of ${patience}`
    : '';
  return {
    state: advice.stop && !isPatient ? 'stop' : 'go on',
    reason: advice.reason + held,
    ...known,
    forecast: forecasts[0],
    advice,
  };
}
