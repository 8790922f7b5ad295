import { expect, it } from 'vitest';
import { TabularClassifier, TabularRegressor } from '../../../infer/table/tabular.node.ts';

it('a checkpoint that is not there is named', async () => {
  const expected = (name: string) => `${name}: expected a checkpoint folder or one of the shipped checkpoints`;
  await expect(TabularClassifier.load({ checkpoint: 'no-such' })).rejects.toThrow(expected('no-such'));
  await expect(TabularRegressor.load({ checkpoint: 'no/such' })).rejects.toThrow(expected('no/such'));
});

it('a checkpoint of learning curves is refused', async () => {
  await expect(TabularRegressor.load({ checkpoint: 'lc' })).rejects.toThrow(
    'TabularRegressor: expected a network for tables that answers with bars, but lc is not for tables.',
  );
});
