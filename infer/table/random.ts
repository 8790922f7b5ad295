import seedrandom from 'seedrandom';

/**
 * The items in an order that depends on the keys and on the set of items, not on the order they come in: each is sorted by a
 * random number of its own, which its text and the keys decide.
 */
export function shuffled<T>(
  items: readonly T[],
  text: (item: T) => string,
  ...keys: readonly (string | number)[]
): T[] {
  const places = items.map((item) => ({ item, place: seedrandom.alea(JSON.stringify([...keys, text(item)]))() }));
  return places.toSorted((a, b) => a.place - b.place).map(({ item }) => item);
}
