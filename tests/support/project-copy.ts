import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from '../../config/project';

/** A folder that holds the project's commands and whatever a test puts beside them; its path has spaces. */
export class ProjectCopy {
  private readonly base = mkdtempSync(join(tmpdir(), 'project copy '));
  readonly root = join(this.base, 'trade wind');

  /** Copies the launcher and the scripts that need no packages, and links the installed packages. */
  constructor() {
    for (const name of ['tradewind', 'package.json', 'package-lock.json', 'tsconfig.json']) this.copy(name);
    const scripts = readdirSync(join(PROJECT_ROOT, 'infra', 'local')).filter((name) => name.endsWith('.mjs'));
    for (const name of scripts) this.copy(join('infra', 'local', name));
    symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(this.root, 'node_modules'));
  }

  /** Copies one file of the project to the same place. */
  copy(path: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    cpSync(join(PROJECT_ROOT, path), join(this.root, path));
  }

  /** Copies everything that is or could be committed. */
  copyAll(): void {
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: PROJECT_ROOT,
    });
    for (const file of files.toString().split('\0'))
      if (file !== '' && existsSync(join(PROJECT_ROOT, file))) this.copy(file);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}
