import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

/**
 * Settings and bundled data as one gzipped JSON document: `{files: [{path, base64}]}`. It holds secrets as the settings
 * do, so that it may only be written encrypted.
 * @param paths files and folders below the root, or absolute; what is not there is left out
 */
export function configArchive(root: string, paths: readonly string[]): Readable {
  const files = paths.flatMap((path) => filesBelow(join(root, path)));
  const document = {
    files: files.map((file) => ({ path: relative(root, file), base64: readFileSync(file).toString('base64') })),
  };
  return Readable.from([JSON.stringify(document)]).pipe(createGzip());
}

function filesBelow(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}
