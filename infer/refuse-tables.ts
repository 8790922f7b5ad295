import type { CheckpointConfig } from '../model/checkpoint.ts';

/** Throws where the network of a checkpoint reads whole tables: its inputs are then in units that only tables have. */
export function refuseTables({ name, model }: Pick<CheckpointConfig, 'name' | 'model'>): void {
  if (model.layout !== 'cells') return;
  throw new RangeError(
    `${name}: its network reads tables, a cell at a time. Use predict for it, or another checkpoint.`,
  );
}
