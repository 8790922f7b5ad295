// Peers in Python: a script is started, told what to do, and heard.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Skipped } from '../harness.ts';

// Debian's packages belong to the system's Python, which need not be the first one on the path.
const SYSTEM_PYTHON = '/usr/bin/python3';
/** The one that $PYTHON names, if any. */
const PYTHON = process.env.PYTHON || (existsSync(SYSTEM_PYTHON) ? SYSTEM_PYTHON : 'python3');

/** Starts a script with its arguments; its errors go to stderr. Skipped, in the name of the peer, where there is no Python. */
export async function startPython(
  peer: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProcessByStdio<Writable, Readable, null> | Skipped> {
  const child = spawn(PYTHON, argv, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const started = new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  // A process that ended before it read all its input is an error of the stream; what it did not answer says it better.
  child.stdin.on('error', () => {});
  try {
    await started;
  } catch {
    return { skipped: `${peer}: no Python found (${PYTHON}): skipped` };
  }
  return child;
}

/** What `parse` makes of what a script prints for one request, both JSON; the script is named in the error where it fails. */
export async function askPython<Request extends object, Answer>(
  peer: string,
  script: string,
  request: Request,
  threads: number,
  parse: (printed: string, request: Request) => Answer | Skipped,
): Promise<Answer | Skipped> {
  const count = String(threads);
  const child = await startPython(peer, [script], { OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count });
  if ('skipped' in child) return child;
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stdin.end(JSON.stringify(request));
  const printed = await text(child.stdout);
  const code = await exited;
  if (code !== 0) {
    throw new Error(`${script.split('/').at(-1)}: the process ended with ${code}; its own message is above.`);
  }
  return parse(printed, request);
}

/** What a script printed as JSON. Skipped where it says `{unavailable: reason}`: most often `packageName` is missing. */
export function readAnswer<Answer extends object>(
  printed: string,
  peer: string,
  packageName: string,
): Answer | Skipped {
  const answer = JSON.parse(printed) as Answer | { readonly unavailable: string };
  if (!('unavailable' in answer)) return answer;
  const missing = answer.unavailable.includes('No module named');
  return { skipped: `${peer}: ${missing ? `${packageName} not installed` : answer.unavailable}: skipped` };
}
