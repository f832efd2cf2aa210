import { possibleActions, TRADE_PHASES } from './phase';

test('the actions that each phase admits', () => {
  expect(Object.fromEntries(TRADE_PHASES.map((phase) => [phase, possibleActions(phase)]))).toEqual({
    accepted: ['cancel'],
    analysing: ['cancel'],
    'checking-risk': ['cancel'],
    'awaiting-open': ['cancel'],
    'awaiting-approval': ['approve', 'reject', 'cancel'],
    executing: ['exit', 'cancel'],
    managing: ['exit', 'cancel'],
    exiting: [],
    reconciling: [],
    ended: [],
  });
});
