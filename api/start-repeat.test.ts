import { Client, Connection } from '@temporalio/client';
import { freePort } from '../infra/local/ports';
import { createStartRepeat } from './start-repeat';

describe('starting a repeat', () => {
  it('answers false when Temporal cannot be reached', async () => {
    const connection = Connection.lazy({ address: `127.0.0.1:${await freePort()}` });
    const start = createStartRepeat(new Client({ connection, namespace: 'trading' }));
    expect(await start({ repeatId: 'paper:x/repeat/k', times: 2 })).toBe(false);
    await connection.close();
  });

  it('throws what is an error of ours', async () => {
    const client = {
      withDeadline: () => Promise.reject(new TypeError('ours')),
    } as unknown as Client;
    await expect(createStartRepeat(client)({ repeatId: 'r', times: 1 })).rejects.toThrow('ours');
  });
});
