import type { Command } from '../../cli/command.ts';

/** Runs a command with its default options and these, as main.ts would; `onOut` hears each text as it is printed, `onNote` each note. */
export async function runCommand<T>(
  command: Command<T>,
  path: string | readonly string[],
  options: object,
  onOut = (_: string) => {},
  onNote = (_: string) => {},
) {
  const out: string[] = [];
  const notes: string[] = [];
  const camel = (flag: string) => flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const defaults = command.options.flatMap(({ flags, default: value }) =>
    value === undefined ? [] : [[camel(flags.match(/--([a-z-]+)/)?.[1] ?? ''), value]],
  );
  await command.run([path].flat(), { ...Object.fromEntries(defaults), ...options } as T, {
    out(text) {
      out.push(text);
      onOut(text);
    },
    note(text) {
      notes.push(text);
      onNote(text);
    },
    progress: () => {},
    columns: 80,
    colour: false,
  });
  return { out: out.join('\n'), notes };
}
