import { createMetrics } from './metrics';
import { orderMetrics } from './order-metrics';

function fresh() {
  const metrics = createMetrics({ service: 'test', version: '0', processSeries: false });
  return { orders: orderMetrics(metrics), text: () => metrics.registry.metrics() };
}

describe('the order metrics', () => {
  it('count an attempt as submitted unless nothing left', async () => {
    const { orders, text } = fresh();
    orders.submitted('acked', 0.02);
    orders.submitted('unknown', 5);
    orders.submitted('not-sent', 0.01);
    expect(await text()).toContain('orders_submitted_total{service="test"} 2');
    expect(await text()).toContain('order_latency_seconds_count{service="test"} 1');
  });

  it('count states, and filled and failed orders apart', async () => {
    const { orders, text } = fresh();
    for (const state of ['open', 'filled', 'rejected', 'cancelled']) orders.orderState(state);
    expect(await text()).toContain('orders_total{status="open",service="test"} 1');
    expect(await text()).toContain('orders_filled_total{service="test"} 1');
    expect(await text()).toContain('orders_failed_total{service="test"} 2');
  });

  it('measure each fill, its slippage only where a price was known before', async () => {
    const { orders, text } = fresh();
    orders.filled({ symbol: 'US500', side: 'buy', broker: 'paper', seconds: 0.3, slippageBps: 5 });
    orders.filled({ symbol: 'US500', side: 'buy', broker: 'paper', seconds: 0.3, slippageBps: null });
    expect(await text()).toMatch(/execution_latency_seconds_count\{[^}]*symbol="US500"[^}]*\} 2/);
    expect(await text()).toMatch(/order_slippage_bps_count\{[^}]*symbol="US500"[^}]*\} 1/);
  });

  it('count refusals by their code', async () => {
    const { orders, text } = fresh();
    orders.refused('market_closed');
    expect(await text()).toContain('risk_rejections_total{reason="market_closed",service="test"} 1');
  });
});
