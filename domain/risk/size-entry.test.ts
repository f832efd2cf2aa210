import { detail, outcome } from '../../tests/support/risk-input';
import { decimalString as d } from '../money/decimal';

describe('the size of an entry', () => {
  const long = (quantity: string, instrument = 'US500') => ({ instrument, quantity: d(quantity), mark: d('100') });

  test('takes what existing exposure leaves of the concentration limit', () => {
    expect(outcome({ portfolio: { exposures: [long('200')] } })).toBe('50');
    expect(outcome({ portfolio: { exposures: [long('-200')] } })).toBe('50');
    expect(outcome({ portfolio: { exposures: [long('200', 'USCOMP')] } })).toBe('100');
  });

  test('values what is held in the instrument at no less than the price of the order', () => {
    const cheap = { ...long('200'), mark: d('50') };
    expect(outcome({ portfolio: { exposures: [cheap] } })).toBe('50');
    const dear = { ...long('200'), mark: d('110') };
    expect(outcome({ portfolio: { exposures: [dear] } })).toBe('30');
  });

  test('is refused when the concentration limit leaves no lot', () => {
    expect(outcome({ portfolio: { exposures: [long('249.5')] } })).toBe('concentration');
    expect(outcome({ portfolio: { exposures: [long('400')] } })).toBe('concentration');
  });

  test('takes what gross exposure, long and short alike, leaves of the leverage limit', () => {
    const exposures = [long('2000', 'USCOMP'), long('-950', 'SIM')];
    expect(outcome({ portfolio: { exposures } })).toBe('50');
    expect(outcome({ portfolio: { exposures: [...exposures, long('60', 'SIM')] } })).toBe('leverage');
  });

  test('keeps its costs free in the buying power', () => {
    expect(outcome({ portfolio: { buyingPower: d('5010') } })).toBe('50'); // 5010 / 1.002 / 100
    expect(outcome({ portfolio: { buyingPower: d('5009') } })).toBe('49');
    expect(outcome({ portfolio: { buyingPower: d('99') } })).toBe('buying_power');
  });

  test('of zero says whether the risk or a limit left nothing', () => {
    expect(outcome({ portfolio: { equity: d('500') }, policy: { maxConcentration: d('9') } })).toBe('size_zero');
    expect(outcome({ portfolio: { equity: d('0') } })).toBe('size_zero');
    expect(outcome({ entry: { maxQuantity: d('0.5') } })).toBe('below_minimum');
  });

  test('below the venue’s minimum is refused, naming the order and the rule', () => {
    expect(detail({ instrument: { minQuantity: d('101') } })).toEqual({
      quantity: '100',
      binding: 'risk',
      order: 'entry',
      rule: 'min_quantity',
      value: '100',
      minimum: '101',
    });
    expect(outcome({ instrument: { minQuantity: d('101') } })).toBe('below_minimum');
  });

  test('must leave a stop that the venue takes, at the stop’s price and after a fee in the base asset', () => {
    expect(detail({ instrument: { minNotional: d('9001') } })).toMatchObject({
      order: 'stop',
      rule: 'min_notional',
      value: '9000',
    });
    const instrument = { minQuantity: d('100'), maxBaseFeeRate: d('0.001') };
    expect(detail({ instrument })).toMatchObject({ order: 'stop', rule: 'min_quantity', value: '99' });
    expect(outcome({ instrument, entry: { side: 'sell', stopPrice: d('110') } })).toBe('100');
  });
});
