/** How workflows of a type answer a halt, and why. */
export interface HaltAnswer {
  /** `stops`: enters nothing more and ends, or guards what it holds; `goes-on` in spite of the halt; `unless-all`: goes on but for `--all`. */
  readonly answer: 'stops' | 'goes-on' | 'unless-all';
  readonly why: string;
}

/** Every workflow type; a test holds it against the bundle. */
const ANSWERS: Readonly<Record<string, HaltAnswer>> = {
  trade: { answer: 'stops', why: 'enters nothing more; guards what it holds until flat, then ends halted' },
  watchAccount: { answer: 'goes-on', why: 'books fills and checks stops: it is what guards the open positions' },
  haltTrading: { answer: 'goes-on', why: 'carries a halt out' },
  repeatAnalysis: { answer: 'stops', why: 'asks a language model nothing more' },
  ingestCandles: { answer: 'unless-all', why: 'brings market data up to date and trades nothing' },
  ingestNews: { answer: 'unless-all', why: 'reads what others write and trades nothing' },
  dailyReport: { answer: 'unless-all', why: 'only counts the day and tells of it' },
  tradingCycle: { answer: 'stops', why: 'starts no trade' },
  remindSecretRotation: { answer: 'unless-all', why: 'only raises alerts about the age of secrets' },
  checkIntent: { answer: 'goes-on', why: 'only asks what risk would say, and is over in seconds' },
  measureRisk: { answer: 'goes-on', why: 'only measures what an account holds, and is over in seconds' },
  checkBroker: { answer: 'goes-on', why: 'only asks the venue, and is over in seconds' },
  reconcileAccount: {
    answer: 'goes-on',
    why: 'compares books and venue, which a halt wants to know too; sends no order',
  },
  reconcileDue: { answer: 'goes-on', why: 'starts comparisons, and is over in seconds' },
  findContracts: { answer: 'goes-on', why: 'only asks the venue, and is over in seconds' },
  backupDatabase: { answer: 'unless-all', why: 'only reads, and a halt is when a backup is wanted most' },
  verifyBackup: { answer: 'unless-all', why: 'only reads' },
  drillRestore: { answer: 'unless-all', why: 'works on a database of its own' },
  pruneHistory: { answer: 'unless-all', why: 'touches no trade and no order' },
  lookUpOrder: { answer: 'goes-on', why: 'only finds out what became of an order, and is over in seconds' },
};

/** The answer of a workflow type; of one that nobody knows, that nothing can be said. */
export function haltAnswerOf(type: string): HaltAnswer {
  return ANSWERS[type] ?? { answer: 'goes-on', why: 'nothing is known of how this type answers a halt' };
}

/** True when Tradewind says how this type answers. */
export function hasHaltAnswer(type: string): boolean {
  return type in ANSWERS;
}
