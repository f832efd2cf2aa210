import { SecType } from '@stoqey/ib';
import type { Contract } from '@stoqey/ib';
import type { ContractKind } from '../../domain/order/broker';

const KINDS: Readonly<Partial<Record<string, ContractKind>>> = { [SecType.STK]: 'stock', [SecType.FUT]: 'future' };

/** The kind of a contract of TWS; undefined for one that is not traded: options, combinations, CFDs and the rest. */
export function kindOf({ secType }: Pick<Contract, 'secType'>): ContractKind | undefined {
  return KINDS[secType ?? ''];
}
