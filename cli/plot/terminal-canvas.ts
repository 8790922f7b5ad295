/** One character and what it stands for, which decides its color. */
export interface Cell {
  readonly text: string;
  readonly style: Style;
}

export type Style = 'blank' | 'band' | 'median' | 'seen' | 'later' | 'target' | 'axis' | 'plain';

/** ANSI colors that read on dark and light backgrounds. */
const COLORS: Readonly<Record<Style, string>> = {
  blank: '',
  plain: '',
  band: '\x1b[34m',
  median: '\x1b[1;36m',
  seen: '\x1b[1;33m',
  later: '\x1b[32m',
  target: '\x1b[31m',
  axis: '\x1b[2m',
};

/** A cell as text, with escape sequences only where color is wanted. */
export const painter =
  (colour: boolean) =>
  ({ text, style }: Cell): string =>
    colour && COLORS[style] ? `${COLORS[style]}${text}\x1b[0m` : text;

/** Bits of the dots of a braille character, by row and column. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/** A grid of characters. What lies outside of it is not drawn. */
export interface Canvas {
  readonly put: (row: number, column: number, text: string, style: Style) => void;
  /** Dots [x, y], two columns and four rows of them per character, as braille characters. */
  readonly putDots: (dots: readonly (readonly [x: number, y: number])[], style: Style) => void;
  /** One text per row, without spaces at its end. */
  readonly lines: (paint: (cell: Cell) => string) => string[];
}

export function createCanvas(columns: number, rows: number): Canvas {
  const cells: Cell[][] = Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => ({ text: ' ', style: 'blank' })),
  );
  const put: Canvas['put'] = (row, column, text, style) => {
    if (row >= 0 && row < rows && column >= 0 && column < columns) cells[row][column] = { text, style };
  };
  return {
    put,
    putDots(dots, style) {
      const bits = new Map<number, number>();
      for (const [x, y] of dots) {
        if (x < 0 || x >= 2 * columns || y < 0 || y >= 4 * rows) continue;
        const cell = (y >> 2) * columns + (x >> 1);
        bits.set(cell, (bits.get(cell) ?? 0) | DOTS[y & 3][x & 1]);
      }
      for (const [cell, dotsOfCell] of bits) {
        put(Math.floor(cell / columns), cell % columns, String.fromCodePoint(0x2800 + dotsOfCell), style);
      }
    },
    lines: (paint) =>
      cells.map((row) =>
        row
          .slice(0, row.findLastIndex(({ text }) => text !== ' ') + 1)
          .map(paint)
          .join(''),
      ),
  };
}
