// npm run bench -- NAME: measures speed, always as a ratio to something real in the same run.
import { runSuite } from '../support/suites';
import { backupSuite } from './backup-suite';
import { calendarSuite } from './calendar-suite';
import { haltSuite } from './halt-suite';
import { ingestSuite } from './ingest-suite';
import { ordersSuite } from './orders-suite';
import { riskSuite } from './risk-suite';
import { tradeSuite } from './trade-suite';

const SUITES = {
  backup: backupSuite,
  calendar: calendarSuite,
  halt: haltSuite,
  ingest: ingestSuite,
  orders: ordersSuite,
  risk: riskSuite,
  trade: tradeSuite,
};

void runSuite('npm run bench --', SUITES, process.argv.slice(2)).then((code) => process.exit(code));
