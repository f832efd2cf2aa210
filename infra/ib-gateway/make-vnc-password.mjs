// Makes the password of the gateway's screen: `secrets/vnc_password.txt`, for this user alone. One that is there is kept.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Of randomness; as text it has 16 characters. */
const BYTES = 12;
/** All that VNC counts of a password; a shorter one is weaker still. */
const LEAST = 8;

const folder = join(process.argv[2] ?? ROOT, 'secrets');
const file = join(folder, 'vnc_password.txt');
try {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${randomBytes(BYTES).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  console.log(`made ${file}`);
} catch (error) {
  keep(error);
}
// Also where the file was there before, or a umask had its say.
chmodSync(file, 0o600);

/** A password that is there stays, if it is one. */
function keep(error) {
  if (error.code !== 'EEXIST' || error.path !== file || !statSync(file).isFile()) refuse(error.message);
  const { length } = readFileSync(file, 'utf8').trim();
  if (length === 0) refuse(`${file} is empty: delete it, and run this again`);
  if (length < LEAST) refuse(`${file} has a password of fewer than ${LEAST} characters: delete it, and run this again`);
  console.log(`${file} is there already and is kept`);
}

function refuse(why) {
  console.error(why);
  process.exit(1);
}
