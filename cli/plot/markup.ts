import { printable } from '../wording.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for the inside of an element or a quoted attribute of SVG and HTML. */
export const escaped = (text: string): string => printable(text).replace(/[&<>"']/g, (letter) => ENTITIES[letter]);
