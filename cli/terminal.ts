/** Where a command writes: results to `out` (stdout), everything else to `note` and `progress` (stderr). */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly note: (text: string) => void;
  /** Redraws one line on a TTY, is silent elsewhere; an empty text clears it. */
  readonly progress: (text: string) => void;
  readonly columns: number;
  readonly colour: boolean;
}

export function createTerminal(command: string, { color = true }: { readonly color?: boolean }): Terminal {
  const { stdout, stderr } = process;
  let shown = '';
  return {
    out: (text) => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${command}: ${text}\n`),
    progress(text) {
      if (stderr.isTTY && text !== shown) stderr.write(`\r\x1b[2K${text}`);
      shown = text;
    },
    columns: (stdout.isTTY && stdout.columns) || 80,
    colour: color && Boolean(stdout.isTTY) && !process.env.NO_COLOR,
  };
}
