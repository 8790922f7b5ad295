/** What a class is called. All labels of a table are of one type, which answers keep. */
export type Label = string | number | boolean;

export interface Labels {
  /** Sorted: numbers by size, texts by code units, false before true. */
  readonly classes: readonly Label[];
  /** [N], position in `classes`. */
  readonly index: Int32Array;
}

/** Throws one line where a label is missing, of another type than the others, or where there are fewer than two classes. */
export function fitLabels(y: readonly Label[]): Labels {
  const type = typeof y[0];
  for (const [i, label] of y.entries()) {
    if (label === null || label === undefined || label === '' || Number.isNaN(label)) {
      throw new RangeError(`fit: no target in row ${i + 1}. Leave out rows without one.`);
    }
    if (!['string', 'number', 'boolean'].includes(typeof label) || typeof label !== type) {
      const expected = ['string', 'number', 'boolean'].includes(type)
        ? `${type}s as in row 1`
        : 'strings, numbers or booleans';
      throw new TypeError(`fit: expected targets that are ${expected}, got ${typeof label} (row ${i + 1}).`);
    }
  }
  const classes = [...new Set(y)].toSorted((a, b) => (a < b ? -1 : 1));
  if (classes.length < 2) {
    throw new RangeError(
      `fit: expected at least 2 classes in y, got ${classes.length === 0 ? 'none' : `only '${classes[0]}'`}.`,
    );
  }
  const positions = new Map(classes.map((label, at) => [label, at]));
  return { classes, index: Int32Array.from(y, (label) => positions.get(label) as number) };
}
