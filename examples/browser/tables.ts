import { parse } from 'csv-parse/browser/esm/sync';
import { TabularClassifier, TabularRegressor } from '../../browser.ts';
import { chooseTask } from '../../infer/table/choose-task.ts';
import knownRows from '../data/heart-known.csv?raw';
import newRows from '../data/heart-new.csv?raw';
import { DEVICE_NAME, one, say, source, takeFiles, trying } from './page-parts.ts';

const form = one<HTMLFormElement>('form');
const text = one<HTMLTextAreaElement>('[name=table]');
const select = one<HTMLSelectElement>('[name=target]');
const button = one<HTMLButtonElement>('button');
const SHOWN_NEW_ROWS = 20;

interface Line {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

const read = (): Line[] => parse(text.value, { skip_empty_lines: true, trim: true, info: true }) as unknown as Line[];

/** The columns to choose the target from; the last one at first. */
function listColumns(): void {
  const header = read()[0]?.record ?? [];
  const chosen = header.includes(select.value) ? select.value : header.at(-1);
  select.replaceChildren(...header.map((name) => new Option(name, name, false, name === chosen)));
  say('');
}

type Cells = string[][];

async function predict(): Promise<void> {
  const [first, ...rows] = read();
  const header = first?.record ?? [];
  if (rows.length === 0)
    throw new Error('the table: expected a header and rows, got none. Paste some, or choose a file.');
  const at = header.indexOf(select.value);
  const [known, asked] = [true, false].map((isKnown) => rows.filter(({ record }) => (record[at] !== '') === isKnown));
  if (known.length === 0 || asked.length === 0) {
    throw new Error(
      `${select.value}: expected rows that have it and rows where it is blank, got ${known.length} and ${asked.length}.`,
    );
  }
  say('Loading the network ...');
  const start = performance.now();
  const targets = known.map(({ record }) => record[at]);
  const { task, reason } = chooseTask(targets);
  const answer = task === 'classification' ? classes : numbers;
  const [knownCells, askedCells] = [known, asked].map((some) =>
    some.map(({ record }) => record.filter((_, k) => k !== at)),
  );
  const [titles, ...answers] = await answer(knownCells, targets, askedCells);
  const seconds = (performance.now() - start) / 1000;
  show([['line', ...titles], ...answers.map((texts, i) => [String(asked[i].info.lines), ...texts])]);
  say(
    `${select.value} in ${asked.length} rows, from ${known.length} where it is known: ${task}, since ${reason}. ` +
      `${seconds.toFixed(1)} s on the ${DEVICE_NAME}, with loading.`,
  );
}

const onProgress = (share: number) => say(`${Math.round(100 * share)} %`);

/** Titles, and the texts of each row. */
async function classes(known: Cells, targets: string[], asked: Cells): Promise<Cells> {
  const model = await TabularClassifier.load(await source('tabular-classifier'));
  const probabilities = await model
    .fit(known, targets)
    .then(() => model.predictProba(asked, { onProgress }))
    .finally(() => model.dispose());
  return [
    ['most probable', ...model.classes.map((label) => `P(${label})`)],
    ...probabilities.map((row) => [
      String(model.classes[row.indexOf(Math.max(...row))]),
      ...row.map((p) => p.toFixed(3)),
    ]),
  ];
}

async function numbers(known: Cells, targets: string[], asked: Cells): Promise<Cells> {
  const model = await TabularRegressor.load(await source('tabular-regressor'));
  const distributions = await model
    .fit(known, targets.map(Number))
    .then(() => model.predictDistribution(asked, { onProgress }))
    .finally(() => model.dispose());
  return [
    ['mean', 'median', '90 % interval', ''],
    ...distributions.map((distribution) =>
      [distribution.mean, ...[0.5, 0.05, 0.95].map((p) => distribution.quantile(p))].map((value) =>
        String(Number(value.toPrecision(4))),
      ),
    ),
  ];
}

/** A table; its first row is the header. */
function show([header, ...rows]: string[][]): void {
  const filled = (row: HTMLTableRowElement, tag: 'th' | 'td', texts: string[]) => {
    for (const each of texts) row.appendChild(document.createElement(tag)).textContent = each;
  };
  const table = document.createElement('table');
  filled(table.createTHead().insertRow(), 'th', header);
  const body = table.createTBody();
  for (const row of rows) filled(body.insertRow(), 'td', row);
  one('#picture').replaceChildren(table);
}

await trying(async () => {
  const unknown = newRows
    .trim()
    .split('\n')
    .slice(1, SHOWN_NEW_ROWS + 1);
  text.value = knownRows + unknown.map((row) => row.replace(/[^,]*$/, '')).join('\n');
  listColumns();
  const update = () => trying(async () => listColumns());
  takeFiles(text, update);
  text.addEventListener('input', update);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    button.disabled = true;
    trying(predict).finally(() => {
      button.disabled = false;
    });
  });
});
