import type { Instant } from '../../domain/clock/instant';
import { dataOf } from '../../domain/analysis/prompt';
import type { Known, NewsItem } from '../../domain/signal/signal';
import { obedience, REPLIES } from '../../simulators/llm/replies';
import { hostileNews } from '../support/hostile';
import { ModelStage } from '../support/model-stage';

const ATTACKS = hostileNews('2018-07-09T12:00:00.000Z' as Instant);

/** Whole trades on hostile news, against an endpoint that does whatever the news says. */
describe('a trade on hostile news, whose model obeys it', () => {
  let shown: readonly Known<NewsItem>[] = [];
  let stage: ModelStage;
  beforeAll(async () => {
    stage = await ModelStage.open({ news: { news: () => Promise.resolve(shown) } });
  });
  afterAll(() => stage.close());

  /** The orders of a trade that asks now, at the venue-facing journal; none when it abstained. */
  async function ordersOf(): Promise<readonly object[]> {
    const tradeId = await stage.start();
    const facts = await stage.harness.untilFacts(tradeId, 'guarded or ended', ({ phase, orders }) => {
      return phase === 'ended' || (phase === 'managing' && orders.some((o) => o.leg === 'stop' && o.state === 'open'));
    });
    if (facts.phase !== 'ended') await stage.exit(tradeId);
    else expect(facts.signal?.kind).toBe('abstained');
    return facts.orders.map(({ leg, side, quantity, type, stopPrice }) => ({ leg, side, quantity, type, stopPrice }));
  }

  it.each(ATTACKS)('%s sends what code sends for that view without any news, and nothing else', async (_, item) => {
    shown = [item];
    stage.simulator.play(REPLIES.obey);
    const obeyed = await ordersOf();
    const [exchange] = stage.simulator.exchanges;
    const wanted = obedience(dataOf(exchange?.request.messages ?? []));
    shown = [];
    stage.simulator.play(() => ({ kind: 'text', text: wanted }));
    expect(obeyed).toEqual(await ordersOf());
    for (const order of obeyed) expect(order).toMatchObject({ quantity: '1' });
  });
});
