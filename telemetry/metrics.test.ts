import { createMetrics } from './metrics';
import { serveMetrics } from './serve-metrics';

const fresh = () => createMetrics({ service: 'test', version: '1.2.3', processSeries: false });

describe('the metrics of a process', () => {
  it('hold every series of the product, each movable', async () => {
    const metrics = fresh();
    metrics.httpRequests.inc({ method: 'GET', route: '/v1/trades', status: '200' });
    metrics.httpDuration.observe({ method: 'GET', route: '/v1/trades' }, 0.01);
    metrics.dbQueryDuration.observe({ query_type: 'fence_and_journal' }, 0.002);
    metrics.orders.inc({ status: 'filled' });
    metrics.ordersSubmitted.inc();
    metrics.ordersFilled.inc();
    metrics.ordersFailed.inc();
    metrics.orderLatency.observe(0.03);
    metrics.executionLatency.observe({ symbol: 'US500', side: 'buy', broker: 'paper' }, 0.4);
    metrics.orderSlippage.observe({ symbol: 'US500' }, 5);
    metrics.riskRejections.inc({ reason: 'market_closed' });
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/service_info\{version="1\.2\.3",node="[^"]+",service="test"\} 1/);
    expect(text).toContain('http_requests_total{method="GET",route="/v1/trades",status="200",service="test"} 1');
    expect(text).toContain('http_request_duration_seconds_count{service="test",method="GET",route="/v1/trades"} 1');
    expect(text).toContain('db_query_duration_seconds_count{service="test",query_type="fence_and_journal"} 1');
    expect(text).toContain('orders_total{status="filled",service="test"} 1');
    for (const name of [
      'orders_submitted_total',
      'orders_filled_total',
      'orders_failed_total',
      'order_latency_seconds_count',
    ]) {
      expect(text).toContain(`${name}{service="test"} 1`);
    }
    expect(text).toContain(
      'execution_latency_seconds_count{service="test",symbol="US500",side="buy",broker="paper"} 1',
    );
    expect(text).toContain('order_slippage_bps_sum{service="test",symbol="US500"} 5');
    expect(text).toContain('risk_rejections_total{reason="market_closed",service="test"} 1');
  });

  it('measure executions from a tenth of a second to ten seconds', async () => {
    const metrics = fresh();
    metrics.executionLatency.observe({ symbol: 'US500', side: 'buy', broker: 'paper' }, 1);
    const bounds = [...(await metrics.registry.metrics()).matchAll(/execution_latency_seconds_bucket\{le="([^"]+)"/g)];
    expect(bounds.map((match) => match[1])).toEqual(['0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf']);
  });

  it('include memory and event loop when asked', async () => {
    const metrics = createMetrics({ service: 'test', version: '0' });
    expect(await metrics.registry.metrics()).toContain('process_resident_memory_bytes');
    metrics.registry.clear();
  });
});

describe('the metrics server', () => {
  it('serves metrics and health and nothing else', async () => {
    const server = await serveMetrics(0, '127.0.0.1', fresh());
    const base = `http://127.0.0.1:${server.port}`;
    try {
      const metrics = await fetch(`${base}/metrics`);
      expect(metrics.status).toBe(200);
      expect(metrics.headers.get('content-type')).toContain('text/plain');
      expect(await metrics.text()).toContain('service_info');
      expect(await (await fetch(`${base}/health`)).json()).toEqual({ status: 'ok' });
      expect((await fetch(`${base}/other`)).status).toBe(404);
      expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(405);
    } finally {
      await server.close();
    }
  });

  it('refuses a port that is taken', async () => {
    const first = await serveMetrics(0, '127.0.0.1', fresh());
    await expect(serveMetrics(first.port, '127.0.0.1', fresh())).rejects.toThrow('EADDRINUSE');
    await first.close();
  });
});
