import type { View } from './views.ts';

/** One of the views of an ensemble; `turn` tells members with the same view apart (which class is which, or the sign of the target). */
export interface Member {
  readonly view: View;
  readonly turn: number;
}

const VIEWS: readonly Omit<View, 'shuffle'>[] = [
  { numbers: 'as is', categories: 'codes', order: 'shuffled' },
  { numbers: 'ranks', categories: 'codes', order: 'by classes' },
  { numbers: 'as is', categories: 'one-hot', order: 'shuffled' },
  { numbers: 'ranks', categories: 'one-hot', order: 'by classes' },
];

/**
 * The members of an ensemble. They come in pairs with one view, so that two classes, or a target and its mirror image, get the
 * same share of each: an even number of members treats both alike. Columns are not permuted: the network does not depend on
 * their order.
 */
export const ensembleMembers = (nEstimators: number): Member[] =>
  Array.from({ length: nEstimators }, (_, turn) => {
    const pair = Math.floor(turn / 2);
    return { view: { ...VIEWS[pair % VIEWS.length], shuffle: pair }, turn };
  });
