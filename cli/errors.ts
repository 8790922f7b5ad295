/** The command was called wrongly: exit code 2. Every other error is exit code 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** An error as one line: `pfn extrapolate: what is wrong. What to do.` */
export function errorLine(command: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const oneLine = message
    .split(/\s*\n\s*/)
    .filter((part) => part !== '')
    .join(' ');
  // Errors of the library begin with the function's name, which is often the command's.
  const verb = `${command.split(' ').pop()}: `;
  const text = oneLine.startsWith(verb) ? oneLine.slice(verb.length) : oneLine;
  return `${command}: ${text || 'failed without a message; PFN_DEBUG=1 shows the stack.'}`;
}

export const exitCode = (error: unknown): 1 | 2 => (error instanceof UsageError ? 2 : 1);
