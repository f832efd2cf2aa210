import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { worthOf } from '../domain/instrument/worth';
import type { TradeFacts } from '../domain/trade/facts';
import {
  haltedAttribute,
  killEpochAttribute,
  notionalAttribute,
  tradeOutcomeAttribute,
  tradePhaseAttribute,
  tradeSideAttribute,
} from '../temporal/messages/search-attributes';

/** The search attributes that differ between two readings of a trade; all that it has where nothing was read before. */
export function changedAttributes(
  before: TradeFacts | undefined,
  now: TradeFacts,
): readonly SearchAttributeUpdatePair[] {
  const changes = [
    ...(before?.phase === now.phase ? [] : [{ key: tradePhaseAttribute, value: now.phase }]),
    ...(before?.outcome === now.outcome || now.outcome === null
      ? []
      : [{ key: tradeOutcomeAttribute, value: now.outcome }]),
    ...(before?.direction === now.direction || now.direction === null
      ? []
      : [{ key: tradeSideAttribute, value: now.direction }]),
  ];
  const flags = before?.halted === now.halted ? [] : [{ key: haltedAttribute, value: now.halted }];
  const epoch = before === undefined ? [{ key: killEpochAttribute, value: now.epoch }] : [];
  const sized =
    before?.approvedQuantity === now.approvedQuantity || now.approvedQuantity === null || now.market.price === null
      ? []
      : [
          {
            key: notionalAttribute,
            value: worthOf(now.instrument, now.approvedQuantity, now.market.price).toNumber(),
          },
        ];
  return [...changes, ...flags, ...epoch, ...sized];
}
