import { spawn } from 'node:child_process';
import { nodeLoader } from '../../infra/local/node-service';

/**
 * Calls an exported async function in a Node process of its own and kills that process as soon as the promise has
 * settled, so that nothing it started can be tidied up.
 * @param module Absolute path of the TypeScript file.
 * @returns what the function gave, as far as JSON carries it.
 */
export async function calledByAKilledProcess(module: string, name: string, argument: object): Promise<unknown> {
  const script = `require(${JSON.stringify(module)}).${name}(${JSON.stringify(argument)})
    .then((result) => { console.log(JSON.stringify(result)); setInterval(() => undefined, 1000); });`;
  const child = spawn(process.execPath, [...nodeLoader(), '-e', script]);
  const result = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(text.toString()));
    child.stderr.once('data', (text: Buffer) => reject(new Error(text.toString())));
  });
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  return JSON.parse(result);
}
