import { defineSearchAttributeKey } from '@temporalio/common';

/** What operators filter runs by. Never encrypted: no secret and no client name may be put here. */
export const tradePhaseAttribute = defineSearchAttributeKey('TradePhase', 'KEYWORD');
export const tradeInstrumentAttribute = defineSearchAttributeKey('TradeInstrument', 'KEYWORD');
export const tradeAccountAttribute = defineSearchAttributeKey('TradeAccount', 'KEYWORD');
export const tradeStrategyAttribute = defineSearchAttributeKey('TradeStrategy', 'KEYWORD');
export const tradeSideAttribute = defineSearchAttributeKey('TradeSide', 'KEYWORD');
export const tradeOutcomeAttribute = defineSearchAttributeKey('TradeOutcome', 'KEYWORD');
export const tradeModeAttribute = defineSearchAttributeKey('TradeMode', 'KEYWORD');
/** Of a trade the epoch that it was accepted under: a halt with a later one concerns it. Of a halt its own epoch. */
export const killEpochAttribute = defineSearchAttributeKey('KillEpoch', 'INT');
/** Approved quantity times its reference price, in quote currency. */
export const notionalAttribute = defineSearchAttributeKey('Notional', 'DOUBLE');
export const haltedAttribute = defineSearchAttributeKey('Halted', 'BOOL');
