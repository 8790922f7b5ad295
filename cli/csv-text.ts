/** A column of a CSV file that a command writes. */
export interface CsvColumn {
  readonly name: string;
  readonly values: readonly (string | number | boolean | null)[];
}

/** Columns of one length as CSV with a header; null is an empty cell. Numbers have all their digits. */
export function csvText(columns: readonly CsvColumn[]): string {
  const lines = columns[0].values.map((_, row) => columns.map(({ values }) => cellText(values[row])).join(','));
  return `${[columns.map(({ name }) => cellText(name)).join(','), ...lines].join('\n')}\n`;
}

/** What the column of a quantile is called: `q05`, `median`, `q975`. */
export const quantileName = (level: number): string =>
  level === 0.5 ? 'median' : `q${String(level).replace('0.', '').padEnd(2, '0')}`;

function cellText(value: CsvColumn['values'][number]): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
