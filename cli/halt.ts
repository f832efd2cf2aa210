import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { HaltDetailView, TripView } from '../api/contract/halt-views';
import type { Page } from '../api/contract/views';
import { breaches, describeReport } from '../domain/halt/describe-report';
import { ApiClient } from './api-client';
import { seconds, whole } from './arguments';
import { CliError, EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { epochArgument, throughADoor } from './halt-door';
import type { HaltDoor } from './halt-door';
import { detailText, engagedText, haltTable, releasedText, tripTable } from './halt-views';
import { leaf, more } from './leaf';
import type { ListOptions } from './leaf';
import { show } from './output';
import type { OutputOptions } from './output';

interface DoorOptions extends OutputOptions {
  readonly direct?: boolean;
}

interface EngageOptions extends DoorOptions {
  readonly scope?: string;
  readonly mode?: string;
  readonly flatten?: boolean;
  readonly all?: boolean;
  readonly reason: string;
  /** Seconds to follow the halt; 0 does not. */
  readonly wait: number;
}

/** How long `engage` follows a halt unless told. */
const FOLLOW_SECONDS = 120;
const LOOK_MS = 500;

/** Adds `halt` with its verbs. */
export function addHalt(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const halt = program.command('halt').description('The kill switch: engage, follow, prove and release halts.');
  addEngage(halt, context, exit);
  withDoor(halt, 'release <epoch>', 'Let new trades in again; what was halted stays halted.')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action(async (epoch: string, options: DoorOptions & { reason: string }) => {
      const id = epochArgument(epoch);
      const released = await throughADoor(context, options.direct === true, (door) => door.release(id, options.reason));
      show(context, options, released, releasedText);
    });
  withDoor(halt, 'list', 'List halts, newest first.')
    .option('--limit <rows>', 'rows a page, at most 200', whole)
    .option('--cursor <cursor>', 'go on where a page ended')
    .action(async (options: ListOptions & DoorOptions) => {
      const { limit, cursor } = options;
      const query = {
        ...(limit === undefined ? {} : { limit: String(limit) }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const page = await throughADoor(context, options.direct === true, (door) => door.list(query));
      show(context, options, page, ({ items, nextCursor }) => `${haltTable(items)}${more(nextCursor)}`);
    });
  withDoor(halt, 'show <epoch>', 'Show how far a halt has come and what it waits for.').action(
    async (epoch: string, options: DoorOptions) => {
      const id = epochArgument(epoch);
      show(context, options, await throughADoor(context, options.direct === true, (door) => door.show(id)), detailText);
    },
  );
  leaf(halt, 'trips', 'Show the automatic trips as they were last looked at.').action(
    async (options: OutputOptions) => {
      const page = await new ApiClient(context).get<Page<TripView>>('/v1/trips');
      show(context, options, page, ({ items }) => tripTable(items));
    },
  );
  addReport(halt, context, exit);
}

function withDoor(noun: Command, usage: string, description: string): Command {
  return leaf(noun, usage, description).option('--direct', 'straight on the database (DATABASE_URL), without the API');
}

function addEngage(halt: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  withDoor(halt, 'engage', 'Engage the kill switch: afterwards nothing that increases exposure is permitted.')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .option('--scope <scope>', 'global, account:NAME, strategy:NAME or instrument:ID (default: global)')
    .option('--mode <mode>', 'reduce-only, or halt-all: only stops pass (default: reduce-only)')
    .option('--flatten', 'close what the scope holds')
    .option('--all', 'stop ingestion, backups and research too')
    .option('--wait <span>', 'follow it for so long, such as 10m; 0 does not', waitSpan, FOLLOW_SECONDS)
    .action(async (options: EngageOptions) => {
      const { scope, mode, flatten, all, reason } = options;
      const ask = {
        reason,
        ...(scope === undefined ? {} : { scope }),
        ...(mode === undefined ? {} : { mode }),
        ...(flatten === true ? { flatten } : {}),
        ...(all === true ? { everything: true } : {}),
      };
      await throughADoor(context, options.direct === true, async (door) => {
        const engaged = await door.engage(ask);
        // At once, and before anything is waited for.
        if (options.json !== true) show(context, options, engaged, engagedText);
        else context.stderr(`${engagedText(engaged)}\n`);
        const last = await follow(context, door, String(engaged.epoch), options.wait);
        if (options.json === true) show(context, options, last ?? engaged, () => '');
        if (last === undefined) return;
        if (options.json !== true) show(context, options, last, detailText);
        if (last.finishedAt === null) {
          context.stderr(`Not done yet: follow it with \`tradewind halt show ${engaged.epoch}\`.\n`);
          exit(EXIT.attention);
        }
      });
    });
}

function waitSpan(text: string): number {
  return text === '0' ? 0 : seconds(text);
}

/** Tells how a halt goes on until its report is written or the time is over; answers the last look. */
async function follow(
  context: CliContext,
  door: HaltDoor,
  epoch: string,
  forSeconds: number,
): Promise<HaltDetailView | undefined> {
  if (forSeconds === 0) return undefined;
  const until = context.now() + forSeconds * 1_000;
  let told: string | undefined;
  for (;;) {
    const halt = await door.show(epoch);
    const line = progressLine(halt);
    if (line !== told) context.stderr(`${line}\n`);
    told = line;
    if (halt.finishedAt !== null || context.now() >= until) return halt;
    await context.sleep(LOOK_MS);
  }
}

function progressLine({ epoch, trades, acknowledged, open, waitsFor, finishedAt }: HaltDetailView): string {
  const waits =
    finishedAt !== null ? 'done' : waitsFor.length === 0 ? 'writing the report' : `waits for ${waitsFor.join('; ')}`;
  return `halt ${epoch}: ${acknowledged} of ${trades} trades acknowledged, ${open} not ended; ${waits}`;
}

function addReport(halt: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  withDoor(halt, 'report <epoch>', 'Show the signed report of a halt, as Markdown or with --json.')
    .option('--out <file>', 'write it to a file')
    .action(async (epoch: string, options: DoorOptions & { out?: string }) => {
      const id = epochArgument(epoch);
      const signed = await throughADoor(context, options.direct === true, (door) => door.report(id));
      if (options.out === undefined) show(context, options, signed, describeReport);
      else write(options.out, options.json === true ? JSON.stringify(signed, undefined, 2) : describeReport(signed));
      if (breaches(signed.report).length > 0) exit(EXIT.attention);
    });
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, `${text}\n`);
  } catch {
    throw new CliError(EXIT.failed, `The report cannot be written to ${file}.`);
  }
}
