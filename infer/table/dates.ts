import type { Cell } from './table.ts';

/** The year first, then perhaps the time of the day and where it is that time. */
const DATE =
  /^\s*(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?\s*(?:(Z|UTC)|([+-])(\d{2})(?::?(\d{2}))?)?)?\s*$/i;

const DAY = 86_400_000; // ms

/** Whether a text is written as a date, be it one of the calendar or not. */
export const looksLikeDate = (cell: Cell): boolean => typeof cell === 'string' && DATE.test(cell);

/** Days from the start of 1970 to a date, in UTC where it does not say; NaN for what is none. */
export function daysIn(cell: Cell): number {
  if (cell instanceof Date) return cell.getTime() / DAY;
  const match = typeof cell === 'string' ? DATE.exec(cell) : null;
  if (match === null) return Number.NaN;
  const [, year, , month, day, hours = '0', minutes = '0', seconds = '0', , sign, awayHours, awayMinutes = '0'] = match;
  const midnight = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isDay = midnight.getUTCMonth() === Number(month) - 1 && midnight.getUTCDate() === Number(day);
  if (!isDay || Number(hours) > 24 || Number(minutes) > 59 || Number(seconds) >= 61) return Number.NaN;
  const away = sign === undefined ? 0 : Number(`${sign}1`) * (60 * Number(awayHours) + Number(awayMinutes));
  return midnight.getTime() / DAY + (Number(hours) + (Number(minutes) - away) / 60 + Number(seconds) / 3600) / 24;
}
