import type { Builder } from './builder.ts';
import type { OptionalOperator } from './kernels/kernel.ts';

/** What is being recorded: into which graph, and which optional operators its device has. */
export interface Recording {
  readonly build: Builder;
  readonly operators: readonly OptionalOperator[];
}

let current: Recording | null = null;

/** The recording under way. */
export function recording(): Recording {
  if (!current) throw new Error('record: no recording is under way');
  return current;
}

/** Whether a recording is under way, for a device that has the operator. */
export const records = (operator: OptionalOperator): boolean => current?.operators.includes(operator) ?? false;

/** Runs `work` as part of a recording. */
export function withRecording<T>(now: Recording, work: () => T): T {
  current = now;
  try {
    return work();
  } finally {
    current = null;
  }
}
