#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { Command as Commander, CommanderError } from 'commander';
import type { CommandRow } from './command.ts';
import { errorLine, exitCode } from './errors.ts';
import { createTerminal } from './terminal.ts';

/** One row per command. Only the called one is imported: start-up is most of the time of a short command. */
const COMMANDS: readonly CommandRow[] = [
  { name: 'extrapolate', summary: 'extrapolate learning curves', load: () => import('./commands/extrapolate.ts') },
  { name: 'advise', summary: 'which runs to stop', load: () => import('./commands/advise.ts') },
  { name: 'watch', summary: 'follow a growing log and say when to stop', load: () => import('./commands/watch.ts') },
  {
    name: 'posterior',
    summary: 'the posterior predictive of a checkpoint for rows of your own',
    load: () => import('./commands/posterior.ts'),
  },
  { name: 'predict', summary: 'predict a column of a table', load: () => import('./commands/predict.ts') },
  { name: 'evaluate', summary: 'score a checkpoint on held-out data', load: () => import('./commands/evaluate.ts') },
  { name: 'sample', summary: 'draw data sets from a prior', load: () => import('./commands/sample.ts') },
  { name: 'train', summary: 'train a network on a prior', load: () => import('./commands/train.ts') },
  { name: 'info', summary: 'what a checkpoint is', load: () => import('./commands/info.ts') },
  { name: 'doctor', summary: 'which devices work here, and why not', load: () => import('./commands/doctor.ts') },
];

function version(): string {
  // The sources are one folder below package.json, the built files two.
  const here = new URL('../package.json', import.meta.url);
  const file = existsSync(here) ? here : new URL('../../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

async function createProgram(called: string | undefined): Promise<Commander> {
  const program = new Commander('pfn')
    .description('Prior-data fitted networks: Bayesian prediction in one forward pass.')
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // errors are printed once, below
    .addHelpText('after', '\npfn <command> --help shows its options and examples.');
  if (called === '--version' || called === '-V') program.version(version());
  else program.option('-V, --version', 'output the version number');
  for (const row of COMMANDS) {
    const subcommand = program.command(row.name).summary(row.summary).description(row.summary);
    if (row.name === called) await describe(subcommand, row);
  }
  return program;
}

async function describe(subcommand: Commander, row: CommandRow): Promise<void> {
  const { command } = await row.load();
  for (const argument of command.arguments) {
    subcommand.argument(argument.name, argument.description, argument.default);
  }
  for (const { flags, description, default: fallback, parse } of command.options) {
    if (parse) subcommand.option(flags, description, parse, fallback);
    else subcommand.option(flags, description, fallback as string | boolean | undefined);
  }
  const examples = command.examples.map((example) => `  pfn ${example}`);
  subcommand.addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
  subcommand.action(() => {
    const options = subcommand.opts();
    return command.run(subcommand.processedArgs.flat(), options as never, createTerminal(`pfn ${row.name}`, options));
  });
}

async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  const called = args[0] === 'help' ? args[1] : args[0];
  try {
    await (await createProgram(called)).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    const isUsage = error instanceof CommanderError;
    if (isUsage && error.exitCode === 0) return 0; // --help, --version
    if (isUsage && error.code === 'commander.help') return 2; // no command: the help is on stderr already
    const name = COMMANDS.some((row) => row.name === called) ? `pfn ${called}` : 'pfn';
    if (process.env.PFN_DEBUG === '1') console.error(error);
    else console.error(errorLine(name, isUsage ? error.message.replace(/^error: /, '') : error));
    return isUsage ? 2 : exitCode(error);
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `pfn ... | head` closes the pipe early; that is not a failure.
  if (error.code !== 'EPIPE') console.error(errorLine('pfn', `cannot write the output (${error.code}).`));
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
const code = await main(process.argv.slice(2));
// Once what was written is out; threads of the runtime must not keep the process.
process.stdout.write('', (error) => error || process.exit(code)); // an error is for the handler above
