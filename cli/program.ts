import { Command, CommanderError } from 'commander';
import { VERSION } from '../config/project';
import { addAccount } from './account';
import { addAlert } from './alert';
import { addAnalysis } from './analysis';
import { addCalendar } from './calendar';
import { addBackup } from './backup';
import { addBroker } from './broker';
import { addInstrument } from './instrument';
import { addClock } from './clock';
import { addCycle } from './cycle';
import { CliError, EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { addData } from './data';
import { addDoctor } from './doctor';
import { addHalt } from './halt';
import { addKey } from './key';
import { addNews } from './news';
import { addOrder } from './order';
import { addSimulate } from './simulate';
import { addPortfolio } from './portfolio';
import { addQuote } from './quote';
import { addReconcile } from './reconcile';
import { addReport } from './report';
import { addRisk } from './risk';
import { addSchedule } from './schedule';
import { addSecret } from './secret';
import { addTrade } from './trade';
import { addUp } from './up';

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a rule (risk, calendar, halt, phase), 4 needs attention.
The API is found by TRADEWIND_API_URL or the running local stack, the key by TRADEWIND_API_KEY or var/api-key.`;

/**
 * Runs one command line. Results go to standard output, all else to standard error; errors are one sentence with the
 * next step, and with --json also one JSON document.
 * @param args without the program's name
 */
export async function run(args: readonly string[], context: CliContext): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const exit = (wanted: ExitCode): void => {
    code = wanted;
  };
  try {
    await program(context, exit).parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    const known = cliError(error);
    // Commander has told its own errors already.
    if (!(error instanceof CommanderError)) context.stderr(`tradewind: ${known.message}\n`);
    if (args.includes('--json')) {
      const document = { error: { message: known.message, exitCode: known.exitCode, ...known.facts } };
      context.stdout(`${JSON.stringify(document, undefined, 2)}\n`);
    }
    return known.exitCode;
  }
}

function program(context: CliContext, exit: (code: ExitCode) => void): Command {
  const root = new Command('tradewind')
    .description('Durable trades: start, watch and steer them.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: context.stdout, writeErr: context.stderr })
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', EXIT_CODES);
  addTrade(root, context, exit);
  addHalt(root, context, exit);
  addAlert(root, context, exit);
  addOrder(root, context);
  addCycle(root, context);
  addReport(root, context);
  addAnalysis(root, context, exit);
  addAccount(root, context);
  addPortfolio(root, context);
  addCalendar(root, context, exit);
  addBackup(root, context, exit);
  addBroker(root, context, exit);
  addInstrument(root, context, exit);
  addQuote(root, context);
  addReconcile(root, context, exit);
  addRisk(root, context, exit);
  addSchedule(root, context, exit);
  addKey(root, context);
  addSecret(root, context);
  addClock(root, context);
  addData(root, context, exit);
  addNews(root, context, exit);
  addDoctor(root, context, exit);
  addSimulate(root, context);
  addUp(root, context, exit);
  return root;
}

function cliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof CommanderError) return new CliError(EXIT.usage, error.message);
  const what = error instanceof Error ? error.message : String(error);
  return new CliError(EXIT.failed, `This is an error of the program: ${what}`);
}
