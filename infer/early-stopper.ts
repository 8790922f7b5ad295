import type { Curve } from './curve.ts';
import type { Forecast } from './forecast.ts';
import { decideGoal, GOALS } from './goal.ts';
import type { ExtrapolateOptions } from './learning-curve.ts';
import { boundsOfMetric, metricOf } from './metric.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import { adviseStop, bestOf, checkStopOptions, divergedTail, type StopAdvice, type StopOptions } from './stopping.ts';

/** What forecasts: a `LearningCurveModel`, which the stopper neither loads nor disposes of. */
export interface CurveForecaster {
  extrapolate(curve: Curve, options?: ExtrapolateOptions): Promise<Forecast>;
}

export interface EarlyStopperOptions extends StopOptions {
  readonly model: CurveForecaster;
  /** The number of epochs that the training would take. */
  readonly horizon: number;
  /** Which of the logged values decides. Default: `'val_loss'`. */
  readonly monitor?: string;
  /** Which way it improves. Default: `'auto'`, by the name of the metric (a `val_loss` is to fall even where it rises), or else by its values. */
  readonly goal?: ExtrapolateOptions['goal'];
  /**
   * Hard bounds, `-Infinity` and `Infinity` for none. Default: those that the metric of this name has by its definition (an `accuracy` lies between 0 and 1, or 100
   * once a value is above 1: tell `upper: 100` where it begins below 1 %).
   */
  readonly lower?: number;
  readonly upper?: number;
  /** No advice before this many epochs have a value. Default: 5. */
  readonly minEpochs?: number;
  /** The advice to stop must hold after this many epochs in a row. Default: 1. */
  readonly patience?: number;
  /** The best value of earlier runs, to be beaten beside this run's own. Default: only its own counts. */
  readonly best?: number;
  /** The model in training: its `stopTraining` is set when stopping is advised. Default: nothing is set, see `advice`. */
  readonly trainee?: { stopTraining: boolean };
  /** Called once, when stopping is advised. */
  readonly onStop?: (advice: StopAdvice) => void;
}

/**
 * Stops a training once it will most likely not become better than the best value so far, or has diverged (see `divergedTail`): no finite value in two epochs where
 * each had one before. It is a callback of tfjs:
 * `model.fit(x, y, { epochs, callbacks: new EarlyStopper({ model: curves, horizon: epochs, trainee: model }) })`; any other loop
 * awaits `onEpochEnd(epoch, logs)` and reads `advice`. One stopper is for one training.
 */
export class EarlyStopper {
  /** The last advice; null until `minEpochs` epochs have a value. */
  advice: StopAdvice | null = null;
  /** The epoch after which stopping was advised, counted from 0 as in `onEpochEnd`; null until then. */
  stoppedAt: number | null = null;

  readonly #options: EarlyStopperOptions;
  readonly #epochs: number[] = [];
  readonly #values: number[] = [];
  #inARow = 0;

  /** Throws RangeError for options out of range. */
  constructor(options: EarlyStopperOptions) {
    const {
      model: _model,
      monitor: _monitor,
      trainee: _trainee,
      onStop: _onStop,
      confidence,
      minDelta,
      horizon,
      goal = 'auto',
      minEpochs = 5,
      patience = 1,
      best = 0,
      lower = -Infinity,
      upper = Infinity,
      ...unknown
    } = options;
    refuseUnknown('EarlyStopper', unknown);
    checkStopOptions({ confidence, minDelta });
    for (const [name, value, least] of [
      ['horizon', horizon, 2],
      ['minEpochs', minEpochs, 2],
      ['patience', patience, 1],
    ] as const) {
      if (!Number.isInteger(value) || value < least) {
        throw new RangeError(`EarlyStopper: ${name} must be a whole number of at least ${least}, got ${value}.`);
      }
    }
    if (!GOALS.includes(goal)) {
      throw new RangeError(`EarlyStopper: goal must be one of ${GOALS.join(', ')}, got '${goal}'.`);
    }
    if (!Number.isFinite(best)) throw new RangeError(`EarlyStopper: best must be a finite number, got ${best}.`);
    if (!(lower < upper)) {
      throw new RangeError(`EarlyStopper: lower must be below upper, got ${lower} and ${upper}.`);
    }
    this.#options = options;
  }

  /** The monitored value of every epoch so far; NaN where it was not finite, which is a missing point until the training has diverged. */
  get values(): readonly number[] {
    return this.#values;
  }

  /**
   * Takes the logged values of an epoch, counted from 0, and decides. Bound, so that it can be handed over alone. Throws where
   * the monitored value is not among the logged ones.
   */
  onEpochEnd = async (epoch: number, logs: Readonly<Record<string, number>> = {}): Promise<void> => {
    this.#record(epoch, logs);
    const { model, horizon, goal = 'auto', lower, upper, best, minEpochs = 5, patience = 1 } = this.#options;
    if (this.stoppedAt !== null) return;
    // As they are now: other epochs may end before the forecast is there.
    const values = [...this.#values];
    const known = best === undefined ? values : [best, ...values];
    const metricGoal = goal === 'auto' ? (metricOf(this.#monitor)?.goal ?? goal) : goal;
    const lost = divergedTail(values);
    if (lost > 0) {
      const toBeat = known.some(Number.isFinite)
        ? bestOf(known, decideGoal(metricGoal, () => [known]).goal)
        : Number.NaN;
      const reason = `diverged: no finite '${this.#monitor}' in the last ${lost} epochs`;
      this.#stop(epoch, {
        stop: true,
        best: toBeat,
        probability: 0,
        step: epoch + 1,
        probabilityFinalBeats: 0,
        reason,
      });
      return;
    }
    const isMissing = Number.isNaN(values[values.length - 1]);
    const tooFew = values.filter(Number.isFinite).length < minEpochs;
    if (isMissing || tooFew || epoch + 1 >= horizon) return;
    const steps = this.#epochs.map((each) => each + 1);
    const options = { goal: metricGoal, ...boundsOfMetric(this.#monitor, known, { lower, upper }), horizon };
    const forecast = await model.extrapolate({ name: this.#monitor, steps, values }, options);
    // Another epoch may have ended meanwhile, and stopped it.
    if (this.stoppedAt !== null) return;
    const toBeat = bestOf(known, forecast.goal.goal);
    this.advice = adviseStop(forecast, toBeat, this.#options);
    this.#inARow = this.advice.stop ? this.#inARow + 1 : 0;
    if (this.#inARow >= patience) this.#stop(epoch, this.advice);
  };

  #stop(epoch: number, advice: StopAdvice): void {
    const { trainee, onStop } = this.#options;
    this.advice = advice;
    this.stoppedAt = epoch;
    if (trainee !== undefined) trainee.stopTraining = true;
    onStop?.(advice);
  }

  get #monitor(): string {
    return this.#options.monitor ?? 'val_loss';
  }

  #record(epoch: number, logs: Readonly<Record<string, number>>): void {
    const before = this.#epochs.at(-1);
    if (before !== undefined && epoch <= before) {
      throw new RangeError(
        `EarlyStopper: epoch ${epoch} came after epoch ${before}. Make a new EarlyStopper for each training.`,
      );
    }
    const value = logs[this.#monitor];
    if (value === undefined) {
      const keys = Object.keys(logs).map((key) => `'${key}'`);
      const hint = this.#monitor.startsWith('val_') ? ', or train with validation data' : '';
      throw new Error(
        `EarlyStopper: epoch ${epoch} logged no '${this.#monitor}', only ${keys.join(', ') || 'nothing'}. Set monitor to one of them${hint}.`,
      );
    }
    this.#epochs.push(epoch);
    this.#values.push(Number.isFinite(value) ? value : Number.NaN);
  }
}
