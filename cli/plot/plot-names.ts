import { printable } from '../wording.ts';

/**
 * Names of at most `length` characters. A longer one is cut in its middle, since runs mostly differ at the end (a seed) or at
 * the start; names that would then look alike lose what all long names share instead.
 */
export function shortNames(names: readonly string[], length: number): string[] {
  const clean = names.map(printable);
  const cut = clean.map((name) => cutMiddle(name, length));
  if (new Set(cut).size === new Set(clean).size) return cut;
  const long = [...new Set(clean.filter((name) => lengthOf(name) > length))];
  const start = commonStart(long);
  const end = reversed(commonStart(long.map((name) => reversed(name.slice(start.length)))));
  return clean.map((name) =>
    lengthOf(name) <= length
      ? name
      : cutMiddle(`…${name.slice(start.length, name.length - end.length)}${end === '' ? '' : '…'}`, length),
  );
}

const lengthOf = (text: string): number => [...text].length;
const reversed = (text: string): string => [...text].reverse().join('');

function cutMiddle(text: string, length: number): string {
  const letters = [...text];
  if (letters.length <= length) return text;
  const end = Math.ceil((length - 1) / 2);
  return [...letters.slice(0, length - 1 - end), '…', ...letters.slice(letters.length - end)].join('');
}

function commonStart(names: readonly string[]): string {
  const letters = names.map((name) => [...name]);
  const end = (letters[0] ?? []).findIndex((letter, i) => letters.some((other) => other[i] !== letter));
  return (end < 0 ? (letters[0] ?? []) : letters[0].slice(0, end)).join('');
}
