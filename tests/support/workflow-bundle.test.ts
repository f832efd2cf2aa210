import { readFileSync, statSync } from 'node:fs';
import { workflowBundlePath, workflowOptions } from './workflow-bundle';

describe('the workflow bundle of the tests', () => {
  it('holds our workflows and is kept while no source changes', async () => {
    const path = await workflowBundlePath();
    expect(readFileSync(path, 'utf8')).toContain('workflows/trade.ts');
    const made = statSync(path).mtimeMs;
    const { workflowBundle } = await workflowOptions();
    expect(workflowBundle).toEqual({ codePath: path });
    expect(statSync(path).mtimeMs).toBe(made);
  });
});
