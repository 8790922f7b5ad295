// The client of sklearn_tabular.py: models of scikit-learn and XGBoost on the same rows as ours.

import { fileURLToPath } from 'node:url';
import type { Skipped } from '../harness.ts';
import { askPython, readAnswer } from './python.ts';

export interface TabularRequest {
  readonly task: 'classification' | 'regression';
  readonly seed: number;
  readonly columns: readonly ('number' | 'category')[];
  /** [N][C] and [M][C], null where a value is missing. */
  readonly train: readonly (readonly (number | string | null)[])[];
  readonly test: readonly (readonly (number | string | null)[])[];
  /** [N]; classes are numbered from 0. */
  readonly targets: readonly number[];
}

export interface TabularAnswer {
  readonly versions: Readonly<Record<string, string>>;
  /** Why a method gave no answer. */
  readonly failed: Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<string, MethodAnswer>>;
}

export interface MethodAnswer {
  /** Preprocessing, fit and predict. */
  readonly seconds: number;
  /** [M][K], of a classification. */
  readonly probabilities?: readonly (readonly number[])[];
  /** [M] each, of a regression. */
  readonly means?: readonly number[];
  readonly sds?: readonly number[];
}

const SCRIPT = fileURLToPath(new URL('./sklearn_tabular.py', import.meta.url));

/** Reads what the script printed. Throws one line where that is no answer to the request. */
export function parseTabularAnswer(printed: string, { task, test, targets }: TabularRequest): TabularAnswer | Skipped {
  const answer = readAnswer<TabularAnswer>(printed, 'peers', 'python3-sklearn');
  if ('skipped' in answer) return answer;
  const numClasses = Math.max(...targets) + 1;
  for (const [method, { seconds, probabilities, means, sds }] of Object.entries(answer.answers)) {
    const isRight =
      task === 'classification'
        ? probabilities?.length === test.length && probabilities.every((row) => row.length === numClasses)
        : means?.length === test.length && means.every(Number.isFinite) && sds?.length === test.length;
    if (!isRight || !(seconds > 0)) {
      throw new Error(`sklearn_tabular.py: expected an answer of ${method} for each of ${test.length} rows.`);
    }
  }
  return answer;
}

/** Fits and predicts with every method, one after the other. */
export function runTabularPeers(request: TabularRequest, threads: number): Promise<TabularAnswer | Skipped> {
  return askPython('peers', SCRIPT, request, threads, parseTabularAnswer);
}
