import type { CurveFile, ReadCurvesOptions } from './curve-file.ts';
import { isObject, lenientJson } from './lenient-json.ts';
import { type LogRecord, recordCurves } from './record-curves.ts';

/**
 * Learning curves from the text of a log with one JSON object per line, called `source` in messages. A last line that is cut
 * short (a log being written) is ignored with a note; any other line that is no JSON object is an error with its number.
 */
export function parseJsonl(text: string, source: string, options: ReadCurvesOptions = {}): CurveFile {
  const lines = text.split('\n');
  const records: LogRecord[] = [];
  const notes: string[] = [];
  lines.forEach((line, i) => {
    const content = line.trim();
    if (content === '') return;
    const fields = lenientJson(content);
    if (isObject(fields)) records.push({ at: i + 1, fields });
    else if (i === lines.length - 1 && fields === undefined && content.startsWith('{')) {
      notes.push(`${source}, line ${i + 1}: cut short (is it still being written?) and left out.`);
    } else {
      throw new Error(
        `${source}, line ${i + 1}: not a JSON object. Expected one object per line, such as {"step": 1, "loss": 0.5}.`,
      );
    }
  });
  if (records.length === 0) {
    throw new Error(`${source}: no records. Expected one JSON object per line, such as {"step": 1, "loss": 0.5}.`);
  }
  const file = recordCurves({ records, source, unit: 'line' }, options);
  return { ...file, notes: [...notes, ...file.notes] };
}
