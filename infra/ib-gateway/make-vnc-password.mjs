// Makes the password of the gateway's screen: `secrets/vnc_password.txt`, for this user alone. One that is there is kept.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Of randomness; as text it has 16 characters. */
const BYTES = 12;

const folder = join(process.argv[2] ?? ROOT, 'secrets');
const file = join(folder, 'vnc_password.txt');
mkdirSync(folder, { recursive: true, mode: 0o700 });
try {
  writeFileSync(file, `${randomBytes(BYTES).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  console.log(`made ${file}`);
} catch (error) {
  if (error.code !== 'EEXIST') throw error;
  if (readFileSync(file, 'utf8').trim() === '') {
    console.error(`${file} is empty: delete it, and run this again`);
    process.exit(1);
  }
  console.log(`${file} is there already and is kept`);
}
// Also where the file was there before, or a umask had its say.
chmodSync(file, 0o600);
