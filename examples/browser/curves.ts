import { LearningCurveModel } from '../../browser.ts';
import { plotCurve } from '../../cli/plot/plot-data.ts';
import { svgPlot } from '../../cli/plot/svg-plot.ts';
import unfinished from '../data/imagenet-resnet50-unfinished.csv?raw';
import { curveOf } from './curve-text.ts';
import { DEVICE_NAME, one, say, source, takeFiles, trying } from './page-parts.ts';

const form = one<HTMLFormElement>('form');
const text = one<HTMLTextAreaElement>('[name=curve]');

/** How often something was typed: what is no longer asked for is not shown. */
let turns = 0;

async function forecast(model: LearningCurveModel): Promise<void> {
  const turn = ++turns;
  const [horizon, lower, upper, target] = ['horizon', 'lower', 'upper', 'target'].map(numberIn);
  const curve = curveOf(text.value);
  const start = performance.now();
  const found = await model.extrapolate(curve, { horizon, lower, upper, target });
  const ms = performance.now() - start;
  const drawn = plotCurve({ name: 'curve', ...curve }, found);
  const svg = await svgPlot([drawn], { stepTitle: 'step', valueTitle: 'value', target });
  if (turn !== turns) return;
  one('#picture').innerHTML = svg;
  const { final, goal } = found;
  const show = (value: number) => Number(value.toPrecision(4));
  const [low, middle, high] = ['0.05', '0.5', '0.95'].map((level) => show(final.quantiles[level]));
  say(
    [
      `At step ${show(final.step)}: ${middle}, between ${low} and ${high} with 90 % probability.`,
      found.target && `Above ${target} with probability ${found.target.probability.toFixed(2)}.`,
      `It is taken to ${goal.goal === 'maximize' ? 'rise' : 'fall'}: ${goal.reason}. ${ms.toFixed(0)} ms on the ${DEVICE_NAME}.`,
    ]
      .filter(Boolean)
      .join('\n'),
  );
}

/** What is written in a field of numbers; undefined where nothing is. */
function numberIn(name: string): number | undefined {
  const field = one<HTMLInputElement>(`[name=${name}]`);
  const written = field.value.trim();
  if (written === '') return undefined;
  if (!Number.isFinite(Number(written))) {
    throw new Error(`${field.labels?.[0].textContent?.trim()}: expected a number, got '${written}'.`);
  }
  return Number(written);
}

await trying(async () => {
  text.value = unfinished;
  const model = await LearningCurveModel.load(await source('curves'));
  const update = () => trying(() => forecast(model));
  takeFiles(text, update);
  form.addEventListener('input', update);
  form.addEventListener('submit', (event) => event.preventDefault());
  await update();
});
