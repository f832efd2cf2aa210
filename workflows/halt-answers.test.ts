import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { haltAnswerOf, hasHaltAnswer } from '../domain/halt/answers';

it('every workflow type says how it answers a halt, and has the signal for it', () => {
  const index = readFileSync(join(__dirname, 'index.ts'), 'utf8');
  const types = [...index.matchAll(/export \{ (\w+) \} from '\.\/([\w-]+)'/g)];
  expect(types.length).toBeGreaterThanOrEqual(3);
  for (const [, type = '', file = ''] of types) {
    expect([type, hasHaltAnswer(type)]).toEqual([type, true]);
    const code = readFileSync(join(__dirname, `${file}.ts`), 'utf8');
    // The trade sets its handlers where its run is.
    const handles = /HaltSignal|new TradeRun/.test(code);
    expect([type, handles]).toEqual([type, true]);
  }
  expect(haltAnswerOf('strange').why).toContain('nothing is known');
});
