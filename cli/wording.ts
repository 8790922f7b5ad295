/** `1 line`, `3 lines`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `'a', 'b' and 7 more`: a message stays one readable line, whatever names a file has. */
export function quoted(names: readonly string[], most = 20): string {
  const shown = names.slice(0, most).map((name) => `'${name.replace(/\s+/g, ' ')}'`);
  return shown.join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');
}

/** Mean log-likelihoods in nats, by number of context rows: `0.035 with 12 context rows, ...`. */
export const heldOutText = (heldOut: Readonly<Record<string, number>>): string =>
  Object.entries(heldOut)
    .map(([numContext, value]) => `${value.toFixed(3)} with ${numContext} context rows`)
    .join(', ');

/** What pictures and terminals can show: control characters become spaces, halves of characters are replaced. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML does not allow
  Array.from(text.replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, ' '), (letter) =>
    /[\ud800-\udfff]/.test(letter) && letter.length === 1 ? '\ufffd' : letter,
  ).join('');
