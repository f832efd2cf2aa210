import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCycles } from '../temporal/cycles';
import { readCycleFile } from './cycle-file';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cycles-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const cycle = {
  name: 'morning',
  account: 'paper',
  strategy: 'technical',
  calendar: 'NYSE',
  instruments: ['US500'],
  at: { afterOpenMinutes: 15 },
};
const file = (content: unknown): string => {
  const path = join(folder, 'cycles.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

it('a cycle file fills in what is left out', () => {
  const path = file({ cycles: [{ ...cycle, trade: { maxNotional: '1000.50', timeExitSeconds: 60 } }] });
  expect(loadCycles(path, ['NYSE'])).toEqual([
    { ...cycle, latenessSeconds: 600, trade: { maxNotional: '1000.5', timeExitSeconds: 60 } },
  ]);
  expect(loadCycles(undefined, ['NYSE'])).toEqual([]);
  expect(() => loadCycles(path, ['FX'])).toThrow('CYCLES_FILE: cycles.0.calendar: must be one of: FX');
});

it.each([
  ['{', 'is not JSON'],
  [{ cycle: [] }, 'cycles'],
  [{ cycles: [{ ...cycle, name: 'Morning' }] }, 'cycles.0.name: must be 1 to 20'],
  [{ cycles: [{ ...cycle, instruments: [] }] }, 'cycles.0.instruments: must name at least one'],
  [{ cycles: [{ ...cycle, at: { afterOpenMinutes: 15, beforeCloseMinutes: 3 } }] }, 'cycles.0.at: must be'],
  [{ cycles: [{ ...cycle, latenessSeconds: 0 }] }, 'cycles.0.latenessSeconds: must be a whole number from 1'],
  [{ cycles: [{ ...cycle, trade: { maxNotional: 5 } }] }, 'cycles.0.trade.maxNotional'],
  [{ cycles: [{ ...cycle, trade: { maxNotional: '0.0' } }] }, 'cycles.0.trade.maxNotional: must be a decimal above 0'],
  [{ cycles: [{ ...cycle, stop: '5' }] }, 'stop'],
])('a cycle file with %j is refused by field and rule', (content, words) => {
  expect(() => readCycleFile(file(content))).toThrow(words);
});

it('a file that is not there is named', () => {
  expect(() => readCycleFile(join(folder, 'none.json'))).toThrow('none.json: the file cannot be read');
});
