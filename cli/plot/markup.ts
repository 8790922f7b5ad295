/** What SVG and HTML can hold: control characters become spaces, halves of characters are replaced. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML does not allow
  Array.from(text.replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, ' '), (letter) =>
    /[\ud800-\udfff]/.test(letter) && letter.length === 1 ? '\ufffd' : letter,
  ).join('');

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for the inside of an element or a quoted attribute of SVG and HTML. */
export const escaped = (text: string): string => printable(text).replace(/[&<>"']/g, (letter) => ENTITIES[letter]);
