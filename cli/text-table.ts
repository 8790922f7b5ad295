import { printable } from './wording.ts';

/** Rows of cells as lines of text: the first column to the left, numbers to the right, two spaces between. */
export function textTable(titles: readonly string[], raw: readonly (readonly string[])[]): string {
  // Names come from files, and a control character in one would change the terminal.
  const header = titles.map(printable);
  const rows = raw.map((cells) => cells.map(printable));
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  return [header, ...rows].map(line).join('\n');
}
